"""The backtest and the indicators against plain ways of doing the same."""

from __future__ import annotations

import numpy as np
import talib

from benchmarks.rows import Row, milliseconds
from tests.fakes.candle_files import made_candles
from tests.trading.slow_backtest import slow_backtest
from trading.backtest import Rules, backtest, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.indicators import readings
from trading.strategies.sma_cross import SmaCross

YEAR_OF_HOURS = 8_760


def rows() -> list[Row]:
    table = made_candles(Timeframe.H1, YEAR_OF_HOURS)
    candles = Candles.from_rows("BTC/USDT", Timeframe.H1, table)
    strategy = SmaCross()
    signal = strategy.signal(candles)
    rules = Rules()
    return [
        Row(
            "backtest of a signal, 8,760 candles",
            milliseconds(lambda: backtest(candles, signal, rules)),
            milliseconds(lambda: slow_backtest(candles, signal, rules), times=3),
            "ms",
            "ratio >= 30",
            "a plain Python loop",
        ),
        Row(
            "the same with its SMA cross signal",
            milliseconds(lambda: backtest_strategy(candles, strategy, rules)),
            milliseconds(lambda: talib.SMA(candles.close, 10) - talib.SMA(candles.close, 50)),
            "ms",
            "ratio >= 0.1",
            "TA-Lib's two averages alone",
        ),
        Row(
            "all indicators, 8,760 candles",
            milliseconds(lambda: readings(candles)),
            milliseconds(lambda: _bare_indicators(candles)),
            "ms",
            "ratio >= 0.83",
            "bare TA-Lib",
        ),
    ]


def _bare_indicators(candles: Candles) -> None:
    close, high, low = candles.close, candles.high, candles.low
    talib.RSI(close, 14)
    talib.EMA(close, 20)
    talib.EMA(close, 50)
    talib.MACD(close, 12, 26, 9)
    talib.BBANDS(close, 20, 2.0, 2.0)
    talib.ATR(high, low, close, 14)
    talib.ADX(high, low, close, 14)
    np.mean(candles.volume[-20:])
