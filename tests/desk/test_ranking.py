"""A list is ranked on one frozen market, and whoever can't be is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desk.ranking as room
from desk.errors import MarketError, MarketUnavailable
from desk.lab import Lab
from desk.ranking import MOST_SYMBOLS, in_order, ranked, usual_symbols
from desk.ranking_words import columns, figures, note
from tests.fakes.fake_market import FakeMarket
from tests.fakes.rank_market import RankDesk, hours, like, rank_desk
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument
from trading.factor_names import NAMES, FactorName
from trading.factors import Factor, Measured, Profile

H1 = Timeframe.H1


@pytest.fixture
async def desk() -> AsyncIterator[RankDesk]:
    async with rank_desk() as opened:
        yield opened


async def names(desk: RankDesk, words: str) -> list[str]:
    return [profile.symbol for profile in (await desk.ranking(words)).profiles]


# Order


@pytest.mark.parametrize("by", NAMES)
async def test_every_factor_sorts_by_its_own_values(desk: RankDesk, by: FactorName) -> None:
    ranking = await desk.ranking(f"by={by}")
    values = [profile.value(by) for profile in ranking.profiles]
    known = [value for value in values if value is not None]
    assert len(known) == len(values) == 5
    assert known == sorted(known, reverse=by not in ("value", "illiquidity"))


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=10))
def test_equal_values_keep_the_order_asked_for_and_unknown_ones_come_last(
    values: list[int | None],
) -> None:
    profiles = tuple(
        Profile(str(at), datetime.max, 1, {"beta": Factor("beta", "", value, "", "")})  # noqa: DTZ901
        for at, value in enumerate(values)
    )
    found = [int(one.symbol) for one in in_order(Measured(profiles), "beta")]
    known = [at for at, value in enumerate(values) if value is not None]
    missing = [at for at, value in enumerate(values) if value is None]
    assert found == [*sorted(known, key=lambda at: (-(values[at] or 0), at)), *missing]


async def test_another_order_of_the_words_ranks_the_same(desk: RankDesk) -> None:
    straight = await names(desk, "BTC ETH SOL XRP ADA momentum")
    assert await names(desk, "ADA XRP SOL ETH BTC momentum") == straight


async def test_symbol_named_twice_is_ranked_once(desk: RankDesk) -> None:
    assert await names(desk, "ETH eth ETH/USDT BTC size") == await names(desk, "BTC ETH size")


async def test_btc_itself_has_a_beta_of_one(desk: RankDesk) -> None:
    (only,) = (await desk.ranking("btc by=beta")).profiles
    assert (only.value("beta"), only.value("correlation"), only.value("score")) == (1.0, 1.0, 50.0)


async def test_beta_is_to_btc_also_when_it_is_not_on_the_list(desk: RankDesk) -> None:
    desk.lists("TWICE/USDT", like(hours(1), 2.0, 9))
    (only,) = (await desk.ranking("TWICE by=beta")).profiles
    assert only.value("beta") == pytest.approx(2.0, abs=0.05)


# The usual list


async def test_usual_list_is_what_the_market_has_of_the_majors(desk: RankDesk) -> None:
    desk.lists("OBSCURE/USDT", hours(8))
    assert await usual_symbols(desk.snapshot) == (
        "BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT",
    )  # fmt: skip
    assert len(await names(desk, "")) == 5
    assert (await desk.ranking("")).asked == ()


async def test_usual_list_of_a_market_in_dollars_is_in_dollars() -> None:
    async with rank_desk(("BTC", "ETH"), "USD") as desk:
        assert sorted(await names(desk, "")) == ["BTC/USD", "ETH/USD"]


async def test_market_without_usual_coins_asks_for_names() -> None:
    async with rank_desk(("FOO", "BAR")) as desk:
        with pytest.raises(BadArgument, match="lists none of the usual coins"):
            await desk.types("")


# Who can't be ranked


async def test_one_that_fails_is_named_and_the_others_go_on(desk: RankDesk) -> None:
    broken = hours(6)
    broken[400:, 1:5] *= 1000
    desk.lists("REDENOM/USDT", broken)
    desk.lists("HALTED/USDT", hours(7)[:-100])
    ranking = await desk.ranking("BTC NOSUCH REDENOM ETH HALTED ETH/BTC 1h")
    assert {one.symbol for one in ranking.profiles} == {"BTC/USDT", "ETH/USDT"}
    reasons = {one.symbol: one.reason for one in ranking.refused}
    assert list(reasons) == ["NOSUCH/USDT", "REDENOM/USDT", "HALTED/USDT", "ETH/BTC"]
    assert "no closed 1h candle" in reasons["NOSUCH/USDT"]
    assert reasons["REDENOM/USDT"].startswith("1h: the price goes from")
    assert "is it still traded?" in reasons["HALTED/USDT"]
    assert reasons["ETH/BTC"] == "it is quoted in BTC, the first one in USDT"
    assert "– REDENOM/USDT: 1h: the price goes from" in note(ranking)


async def test_failing_btc_costs_the_others_their_beta_only(desk: RankDesk) -> None:
    del desk.market._candles["BTC/USDT", H1]
    ranking = await desk.ranking("ETH SOL by=beta")
    assert not ranking.refused
    assert "– ETH/USDT: BTC/USDT: fake has no closed 1h candle" in note(ranking)
    assert all(one.value("momentum") is not None for one in ranking.profiles)


async def test_market_that_is_down_is_told_as_such(desk: RankDesk) -> None:
    desk.market.no_candles = True
    with pytest.raises(MarketUnavailable, match="no 1h candles of BTC/USDT"):
        await desk.types("BTC ETH")


async def test_none_that_can_be_ranked_are_told_with_their_reasons(desk: RankDesk) -> None:
    with pytest.raises(MarketError, match=r"None of these can be ranked.\nFOO/USDT: .*\nBAR/USDT:"):
        await desk.types("FOO BAR")


async def test_symbol_whose_candles_do_not_come_is_left_out_in_time(desk: RankDesk) -> None:
    class Slow(FakeMarket):
        async def candles(
            self, symbol: str, timeframe: Timeframe, end: datetime, count: int
        ) -> Candles:
            if symbol == "SOL/USDT":
                await asyncio.Event().wait()
            return await desk.market.candles(symbol, timeframe, end, count)

    slow = RankDesk(Slow(desk.clock), desk.clock, desk.lab)
    with patch.object(room, "PATIENCE", 0.05):
        ranking = await slow.ranking("SOL ETH BTC")
    assert [one.symbol for one in ranking.refused] == ["SOL/USDT"]
    assert "no candles within" in ranking.refused[0].reason
    assert len(ranking.profiles) == 2


async def test_symbol_that_breaks_as_nothing_should_does_not_stop_the_others(
    desk: RankDesk, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeMarket):
        async def candles(
            self, symbol: str, timeframe: Timeframe, end: datetime, count: int
        ) -> Candles:
            if symbol == "SOL/USDT":
                raise ZeroDivisionError
            return await desk.market.candles(symbol, timeframe, end, count)

    ranking = await RankDesk(Broken(desk.clock), desk.clock, desk.lab).ranking("SOL ETH BTC")
    assert ranking.refused[0].reason == "its candles could not be read"
    assert "candles of SOL/USDT failed" in caplog.text


async def test_all_are_asked_for_at_once(desk: RankDesk) -> None:
    asked: list[str] = []
    all_there = asyncio.Event()

    class Together(FakeMarket):
        async def candles(
            self, symbol: str, timeframe: Timeframe, end: datetime, count: int
        ) -> Candles:
            asked.append(symbol)
            if len(asked) == 5:
                all_there.set()
            await asyncio.wait_for(all_there.wait(), 5)
            return await desk.market.candles(symbol, timeframe, end, count)

    ranking = await RankDesk(Together(desk.clock), desk.clock, desk.lab).ranking(
        "BTC ETH SOL XRP ADA"
    )
    assert len(ranking.profiles) == 5
    assert len(asked) == len(set(asked)) == 5, "BTC's candles are asked for once"


async def test_thirty_symbols_are_ranked_and_31_refused() -> None:
    many = [f"C{at}" for at in range(MOST_SYMBOLS)]
    async with rank_desk(["BTC", *many]) as desk:
        ranking = await desk.ranking(" ".join(many))
        assert len(ranking.profiles) == MOST_SYMBOLS
        with pytest.raises(BadArgument, match="31 symbols are too many, 30 at most"):
            await ranked(
                desk.snapshot, desk.lab, [f"{one}/USDT" for one in ["BTC", *many]], H1, "beta"
            )


async def test_timeframe_that_is_too_fine_is_refused_before_anything_is_fetched(
    desk: RankDesk,
) -> None:
    desk.market.no_candles = True
    with pytest.raises(BadArgument, match="15m to 1d, not 1m"):
        await desk.types("BTC ETH 1m")


async def test_nothing_after_the_snapshot_is_looked_at(desk: RankDesk) -> None:
    desk.clock.move(hours=-5)
    before = await desk.ranking("BTC ETH SOL")
    tampered = hours(2)
    tampered[-5:, 1:5] *= 2
    desk.lists("ETH/USDT", tampered)
    fresh = Lab()  # it remembers nothing
    again = await RankDesk(desk.market, desk.clock, fresh).ranking("BTC ETH SOL")
    assert [p.factors for p in again.profiles] == [p.factors for p in before.profiles]
    desk.clock.move(hours=5)
    assert (await desk.ranking("BTC ETH SOL")).profiles != before.profiles
    fresh.close()


# Words


@pytest.mark.parametrize("by", NAMES)
async def test_figures_are_bounded_and_begin_with_what_was_asked_for(
    desk: RankDesk, by: FactorName
) -> None:
    ranking = await desk.ranking(f"by={by}")
    for profile in ranking.profiles:
        rows = figures(ranking, profile)
        assert rows[0][:2] == (profile.factors[by].label, profile.value(by))
        assert len(rows) <= 5
        assert len({label for label, *_ in rows}) == len(rows)
    assert columns(by)[0] == by
    assert "A screen of the past, no forecast." in note(ranking)


async def test_young_listing_is_told_with_how_much_there_is(desk: RankDesk) -> None:
    desk.lists("AR/USDT", hours(9, 300))
    ranking = await desk.ranking("AR BTC ETH momentum")
    words = note(ranking)
    assert ranking.profiles[-1].symbol == "AR/USDT"
    assert "– AR/USDT: it has no price of 30 days ago" in words
    assert "AR/USDT has 300 of 721 candles." in words
