"""A timeframe that an exchange lacks is made of the next finer one that it has."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles, need_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Candles, Timeframe, to_ms
from trading.errors import BadArgument
from trading.rollup import roll_up

HOURS = made_candles(count=3000)
NOW = datetime(2021, 2, 20, 13, 30, tzinfo=UTC)
FEW = {name: name for name in ("1m", "15m", "1h", "1d", "2w")}


@pytest.mark.parametrize("timeframe", [Timeframe.H2, Timeframe.H4, Timeframe.H6, Timeframe.H12])
async def test_hours_are_joined_and_say_so(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch, timeframe: Timeframe
) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        monkeypatch.setattr(market._client._ccxt, "timeframes", FEW)
        found = await market.candles("BTC/USDT", timeframe, NOW, 100)
        assert (found.timeframe, found.made_from, len(found)) == (timeframe, Timeframe.H1, 100)
        assert found.last_close_time <= NOW
        assert NOW - found.last_close_time < timeframe.delta
        closed = HOURS[HOURS[:, 0] + Timeframe.H1.ms <= to_ms(NOW)]
        whole = roll_up(Candles.from_rows("BTC/USDT", Timeframe.H1, closed), timeframe).tail(100)
        for name in ("time", "open", "high", "low", "close", "volume"):
            assert np.array_equal(getattr(found, name), getattr(whole, name))
        stock = await market.backfill("BTC/USDT", timeframe, NOW, lambda text: None)
        assert stock.timeframe is Timeframe.H1


async def test_what_the_exchange_has_is_its_own(connect: MakeMarket) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        found = await connect(server, FakeClock(NOW)).candles("BTC/USDT", Timeframe.H1, NOW, 5)
        assert found.made_from is None
        assert found.tail(2).made_from is None


async def test_nothing_finer_is_refused_with_what_there_is(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        monkeypatch.setattr(market._client._ccxt, "timeframes", {"1h": "1h"})
        with pytest.raises(BadArgument, match=r"has no 30m candles\. Use one of 1h\."):
            await market.candles("BTC/USDT", Timeframe.M30, NOW, 5)


async def test_real_five_minutes_give_the_hours_of_the_exchange(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = need_candles("candles_5m/binance/BTC_USDT-5m")
    hours = need_candles("candles_1h/binance/BTC_USDT-1h")
    now = datetime(2021, 4, 30, 7, 3, tzinfo=UTC)
    async with BinanceServer({("BTCUSDT", "5m"): minutes}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        monkeypatch.setattr(market._client._ccxt, "timeframes", {"5m": "5m", "1d": "1d"})
        found = await market.candles("BTC/USDT", Timeframe.H1, now, 400)
        closed = hours[hours[:, 0] + Timeframe.H1.ms <= to_ms(now)][-400:]
        prices = np.column_stack([found.time, found.open, found.high, found.low, found.close])
        assert np.array_equal(prices, closed[:, :5])
