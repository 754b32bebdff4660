"""The demo market's gauges fit its prices, and are the same whenever they are asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.errors import MarketError, UnknownSymbol
from desk.fear import Book, Fear, Funding, InterestChange, OpenInterest
from market.demo.market import DemoMarket
from tests.fakes.clock import FakeClock
from trading.candles import Timeframe

START = datetime(2025, 2, 1, 12, 34, 56, tzinfo=UTC)


def parts(fear: Fear) -> tuple[Funding, OpenInterest, InterestChange, Book]:
    assert isinstance(fear.funding, Funding)
    assert isinstance(fear.interest, OpenInterest)
    assert isinstance(fear.change, InterestChange)
    assert isinstance(fear.book, Book)
    return fear.funding, fear.interest, fear.change, fear.book


async def test_the_same_moment_has_the_same_gauges_in_another_life() -> None:
    first, second = DemoMarket(FakeClock(START)), DemoMarket(FakeClock(START))
    await second.fear("ETH/USDT")
    assert await first.fear("BTC/USDT") == await second.fear("BTC/USDT")
    await first.close()
    await second.close()


async def test_every_coin_has_plausible_gauges_labelled_as_the_demos() -> None:
    market = DemoMarket(FakeClock(START))
    for symbol in await market.symbols():
        fear = await market.fear(symbol)
        funding, interest, change, book = parts(fear)
        assert abs(funding.rate) <= 0.002
        assert funding.next_at == datetime(2025, 2, 1, 16, tzinfo=UTC)
        assert interest.value > 0
        assert -1 < change.fraction < 5
        assert -1 <= book.imbalance <= 1
        quote = await market.quote(symbol)
        assert book.spread == pytest.approx(float((quote.ask - quote.bid) / quote.last))
        gauges = (funding, interest, change, book)
        assert {(part.source, part.at) for part in gauges} == {("demo", START)}
    with pytest.raises(UnknownSymbol):
        await market.fear("NOPE/USDT")
    await market.close()


async def test_longs_pay_more_after_rises_than_after_falls() -> None:
    clock = FakeClock(START)
    market = DemoMarket(clock)
    seen = []
    for _ in range(60):
        clock.move(hours=24)
        days = await market.candles("BTC/USDT", Timeframe.H1, clock(), 25)
        funding, *_ = parts(await market.fear("BTC/USDT"))
        seen.append((float(days.close[-1] / days.close[0] - 1), funding.rate))
    seen.sort()
    falls, rises = seen[:10], seen[-10:]
    assert max(rate for _, rate in falls) < min(rate for _, rate in rises)
    await market.close()


async def test_a_days_change_is_the_one_between_the_two_open_interests() -> None:
    clock = FakeClock(START)
    market = DemoMarket(clock)

    async def contracts() -> float:
        _, interest, _, _ = parts(await market.fear("SOL/USDT"))
        return interest.value / float((await market.quote("SOL/USDT")).last)

    before = await contracts()
    clock.move(hours=24)
    _, _, change, _ = parts(await market.fear("SOL/USDT"))
    assert change.fraction == pytest.approx(await contracts() / before - 1, rel=1e-6)
    await market.close()


async def test_the_first_minute_of_the_world_has_gauges_and_no_time_before_it() -> None:
    market = DemoMarket(FakeClock(datetime(2025, 1, 1, 0, 0, 5, tzinfo=UTC)))
    parts(await market.fear("BTC/USDT"))
    await market.close()
    early = DemoMarket(FakeClock(datetime(2025, 1, 1, tzinfo=UTC) - timedelta(seconds=1)))
    with pytest.raises(MarketError):
        await early.fear("BTC/USDT")
    await early.close()
