"""Price events and closes of several exchanges come as those of one market."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from market.several import SeveralMarkets
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.candles import Candles, Timeframe, to_ms

BTC, KRAKEN = "BTC/USDT", "kraken:BTC/USD"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


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
    waiting = asyncio.ensure_future(market.closed(series, NOON - timedelta(minutes=1)))
    await asyncio.sleep(0)
    row = [to_ms(NOON) - Timeframe.H1.ms, 1.0, 1.0, 1.0, 1.0, 1.0]
    kraken.set_candles(Candles.from_rows("BTC/USD", Timeframe.H1, [row]))
    assert await asyncio.wait_for(waiting, 10) == {(KRAKEN, Timeframe.H1): NOON}
    await market.close()
