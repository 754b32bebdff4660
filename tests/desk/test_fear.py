"""Gauges on a frozen market, and what they mean in plain words."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.fear import Book, Fear, Funding, InterestChange, Missing, OpenInterest
from desk.fear_words import gaps, meanings
from desk.snapshot import Snapshot
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PERPETUAL, SOURCE = "BTC/USDT:USDT", "binance futures"
NONE = Missing("binance has no perpetual future of BTC")


def funding(rate: float, hours: float | None = 8.0, at: datetime = NOW) -> Funding:
    return Funding(rate, hours, None, PERPETUAL, at, SOURCE)


def change(fraction: float, *, in_coins: bool = True) -> InterestChange:
    return InterestChange(fraction, in_coins, PERPETUAL, NOW, SOURCE)


def book(imbalance: float, spread: float = 0.0001, reach: float = 0.01) -> Book:
    return Book(imbalance, spread, reach, NOW, "binance")


def fear(
    of_funding: Funding | Missing = NONE,
    of_change: InterestChange | Missing = NONE,
    of_book: Book | Missing = NONE,
    interest: OpenInterest | Missing = NONE,
) -> Fear:
    return Fear("BTC/USDT", of_funding, interest, of_change, of_book)


@pytest.mark.parametrize(
    ("gauge", "words"),
    [
        (funding(0.0008), "longs pay a lot (0.08 % per 8 h, +87.6 % a year): crowded longs"),
        (funding(0.0005), "longs pay a lot"),
        (funding(0.00049), "longs pay shorts, not much"),
        (funding(0.0001), "near the usual rate (0.01 % per 8 h, +11.0 % a year)"),
        (funding(0.000004), "near the usual rate (0.0004 % per 8 h"),
        (funding(-0.0001), "shorts pay longs, not much"),
        (funding(-0.0003), "shorts pay a lot (−0.03 % per 8 h, −32.8 % a year): crowded shorts"),
        (funding(0.00015, 1.0), "longs pay a lot (0.015 % per 1 h"),
        (funding(0.0008, None), "longs pay shorts; binance futures does not say how often"),
    ],
)
def test_funding_is_told_by_who_pays_and_how_much_of_the_usual(gauge: Funding, words: str) -> None:
    assert words in meanings(fear(gauge))[0]


@pytest.mark.parametrize(
    ("gauges", "words"),
    [
        (fear(of_change=change(0.12)), "many new contracts were opened"),
        (fear(of_change=change(-0.12)), "many contracts were closed or liquidated"),
        (fear(of_change=change(0.02)), "about as many contracts as a day before"),
        (fear(of_change=change(0.2, in_coins=False)), "the price's own move is in it"),
        (fear(of_book=book(0.31)), "clearly more money waits to buy than to sell, within 1 %"),
        (fear(of_book=book(-0.31, reach=0.00047)), "to sell than to buy, within 0.047 %"),
        (fear(of_book=book(0.0)), "wait with similar sums"),
    ],
)
def test_each_gauge_has_a_plain_meaning(gauges: Fear, words: str) -> None:
    assert words in meanings(gauges)[0]


def test_a_wide_spread_is_told() -> None:
    assert "wide" in meanings(fear(of_book=book(0.0, spread=0.002)))[1]
    assert "narrow" in meanings(fear(of_book=book(0.0, spread=0.0019)))[1]


def test_what_is_missing_is_told_once_for_each_reason() -> None:
    assert gaps(fear()) == ("Not known: binance has no perpetual future of BTC.",)
    assert gaps(fear(of_book=book(0))) == gaps(fear())
    assert meanings(fear()) == ()


def test_a_rate_is_the_same_by_the_year_whatever_its_interval() -> None:
    assert funding(0.0001, 8).per_year == pytest.approx(0.1095)
    assert funding(0.00005, 4).per_year == pytest.approx(0.1095)
    assert funding(0.0001, None).per_year is None


async def test_a_snapshot_freezes_the_gauges_of_its_first_look() -> None:
    market = FakeMarket(FakeClock(NOW))
    market.set_fear(fear(funding(0.0001)))
    snapshot = Snapshot(market, NOW)
    first = await snapshot.fear("BTC/USDT")
    market.set_fear(fear(funding(0.0009)))
    assert await snapshot.fear("BTC/USDT") == first
    assert first.funding == funding(0.0001)


async def test_a_snapshot_leaves_out_what_was_seen_after_its_moment() -> None:
    market = FakeMarket(FakeClock(NOW))
    market.set_fear(fear(funding(0.0001, at=NOW + timedelta(seconds=2)), of_book=book(0.2)))
    assert isinstance((await Snapshot(market, NOW).fear("BTC/USDT")).funding, Funding)
    early = await Snapshot(market, NOW - timedelta(seconds=1)).fear("BTC/USDT")
    assert isinstance(early.funding, Missing)
    assert "after the moment of this answer" in early.funding.reason
    assert isinstance(early.book, Book)
