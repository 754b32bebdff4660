"""Price events and closes of several exchanges come as those of one market."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from desk.errors import MarketUnavailable
from market.several import SeveralMarkets
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.candles import Candles, Timeframe, to_ms

BTC, KRAKEN = "BTC/USDT", "kraken:BTC/USD"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def hour(pair: str) -> Candles:
    """The candle that closes at noon."""
    row = [to_ms(NOON) - Timeframe.H1.ms, 1.0, 1.0, 1.0, 1.0, 1.0]
    return Candles.from_rows(pair, Timeframe.H1, [row])


async def test_each_exchange_follows_its_own_symbols_and_tells_of_them() -> None:
    default, kraken = FakeMarket(FakeClock(NOON)), FakeMarket(FakeClock(NOON))
    market = SeveralMarkets(default, lambda _: kraken)
    default.set(BTC, 27_000)
    kraken.set("BTC/USD", 27_001)
    market.follow([BTC, KRAKEN])
    assert [*default.followed, *kraken.followed] == [BTC]
    await market.quote(KRAKEN)
    market.follow([BTC, KRAKEN])
    assert [*default.followed, *kraken.followed] == [BTC, "BTC/USD"]
    kraken.set("BTC/USD", 27_100)
    assert set(await asyncio.wait_for(market.moved(), 10)) == {KRAKEN}
    default.set(BTC, 27_100)
    assert set(await asyncio.wait_for(market.moved(), 10)) == {BTC}
    market.follow([])
    assert [*default.followed, *kraken.followed] == []
    assert market.flow == "set by a test; kraken: set by a test"
    before = len(asyncio.all_tasks())
    await market.close()
    assert len(asyncio.all_tasks()) == before - 2


async def test_the_first_close_of_any_exchange_is_told() -> None:
    default, kraken = FakeMarket(FakeClock(NOON)), FakeMarket(FakeClock(NOON))
    market = SeveralMarkets(default, lambda _: kraken)
    kraken.set("BTC/USD", 27_001)
    await market.quote(KRAKEN)
    series = [(BTC, Timeframe.H1), (KRAKEN, Timeframe.H1)]
    waiting = asyncio.ensure_future(market.closed(dict.fromkeys(series, NOON - MINUTE)))
    await asyncio.sleep(0)
    kraken.set_candles(hour("BTC/USD"))
    assert await asyncio.wait_for(waiting, 10) == {(KRAKEN, Timeframe.H1): NOON}
    await market.close()


async def test_a_close_that_comes_later_elsewhere_is_told_too() -> None:
    default, kraken = FakeMarket(FakeClock(NOON)), FakeMarket(FakeClock(NOON))
    market = SeveralMarkets(default, lambda _: kraken)
    kraken.set("BTC/USD", 27_001)
    await market.quote(KRAKEN)
    since = dict.fromkeys([(BTC, Timeframe.H1), (KRAKEN, Timeframe.H1)], NOON - MINUTE)
    default.set_candles(hour(BTC))
    first = await asyncio.wait_for(market.closed(since), 10)
    assert first == {(BTC, Timeframe.H1): NOON}
    kraken.set_candles(hour("BTC/USD"))
    second = await asyncio.wait_for(market.closed({**since, **first}), 10)
    assert second == {(KRAKEN, Timeframe.H1): NOON}
    await market.close()


async def test_an_exchange_that_is_opened_meanwhile_is_waited_for() -> None:
    default, kraken = FakeMarket(FakeClock(NOON)), FakeMarket(FakeClock(NOON))
    market = SeveralMarkets(default, lambda _: kraken)
    kraken.set("BTC/USD", 27_001)
    kraken.set_candles(hour("BTC/USD"))
    waiting = asyncio.ensure_future(market.closed({(KRAKEN, Timeframe.H1): NOON - MINUTE}))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await market.quote(KRAKEN)
    assert await asyncio.wait_for(waiting, 10) == {(KRAKEN, Timeframe.H1): NOON}
    await market.close()


async def test_the_default_exchange_is_watched_under_both_of_its_names() -> None:
    default = FakeMarket(FakeClock(NOON))
    market = SeveralMarkets(default, lambda _: FakeMarket(FakeClock(NOON)))
    own = f"{default.name}:{BTC}"
    market.follow([own])
    assert list(default.followed) == [BTC]
    default.set(BTC, 27_000)
    assert set(await asyncio.wait_for(market.moved(), 10)) == {own}
    market.follow([own, BTC])
    default.set(BTC, 27_100)
    assert set(await asyncio.wait_for(market.moved(), 10)) == {own, BTC}
    default.set_candles(hour(BTC))
    since = {(own, Timeframe.H1): NOON - MINUTE, (BTC, Timeframe.H1): NOON}
    assert await asyncio.wait_for(market.closed(since), 10) == {(own, Timeframe.H1): NOON}
    await market.close()


async def test_once_closed_no_exchange_is_opened_any_more() -> None:
    opened: list[str] = []

    def open_other(name: str) -> FakeMarket:
        opened.append(name)
        return FakeMarket(FakeClock(NOON))

    market = SeveralMarkets(FakeMarket(FakeClock(NOON)), open_other)
    await market.close()
    with pytest.raises(MarketUnavailable, match="closed meanwhile"):
        await market.quote(KRAKEN)
    assert opened == []
