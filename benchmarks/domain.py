"""The backtest and the indicators against plain ways of doing the same."""

from __future__ import annotations

import numpy as np
import talib
from talib._ta_lib import MA_Type

from benchmarks.rows import Row, milliseconds, side_by_side
from tests.fakes.candle_files import made_candles
from tests.trading.slow_backtest import slow_backtest
from trading.backtest import Rules, backtest, backtest_strategy
from trading.candles import Candles, FloatArray, Timeframe
from trading.indicators import atr, bollinger, ema, macd, rsi, sma
from trading.readings import readings
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
        *_indicators(candles),
    ]


def _indicators(candles: Candles) -> list[Row]:
    """Measure six indicators, at most 20 % slower than TA-Lib and equal to it, and all readings."""
    for mine, peers in zip(_six(candles), _bare_six(candles), strict=True):
        np.testing.assert_array_equal(mine, peers)
    ours, peer = side_by_side(lambda: _six(candles), lambda: _bare_six(candles), rounds=10)
    whole, bare = side_by_side(
        lambda: readings(candles), lambda: _bare_indicators(candles), rounds=10
    )
    return [
        Row("six indicators, 8,760 candles", ours, peer, "ms", "ratio >= 0.834", "bare TA-Lib"),
        Row("all readings in words, 8,760 candles", whole, bare, "ms", "ours < 5", "bare TA-Lib"),
    ]


def _six(candles: Candles) -> list[FloatArray]:
    close = candles.close
    return [
        sma(close, 200),
        ema(close, 50),
        rsi(close, 14),
        *macd(close),
        *bollinger(close),
        atr(candles),
    ]


def _bare_six(candles: Candles) -> list[FloatArray]:
    close, high, low = candles.close, candles.high, candles.low
    return [
        talib.SMA(close, 200),
        talib.EMA(close, 50),
        talib.RSI(close, 14),
        *talib.MACD(close, 12, 26, 9),
        *talib.BBANDS(close, 20, 2.0, 2.0),
        talib.ATR(high, low, close, 14),
    ]


def _bare_indicators(candles: Candles) -> None:
    """Compute what TA-Lib has of the readings; VWAP, Ichimoku's shift and pivots it has not."""
    close, high, low = candles.close, candles.high, candles.low
    _bare_six(candles)
    talib.EMA(close, 20)
    talib.ADX(high, low, close, 14)
    talib.STOCH(high, low, close, 14, 3, MA_Type.SMA, 3, MA_Type.SMA)
    talib.OBV(close, candles.volume)
    for n in (9, 26, 52):
        talib.MAX(high, n)
        talib.MIN(low, n)
