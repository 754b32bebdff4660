"""Technical indicators (TA-Lib) as series.

Series are as long as their input and nan until the indicator has enough values. The value at a
candle is made of that candle and those before it, never of later ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import talib
from talib._ta_lib import MA_Type

from trading.candles import DAY_MS, Candles, FloatArray

VWAP_CANDLES = 20  # of daily and longer candles, which have no day to be measured over
CLOUD_SHIFT = 26
CLOUD_CANDLES = 52 + CLOUD_SHIFT


@dataclass(frozen=True, eq=False)
class Ichimoku:
    """Ichimoku's lines as a chart shows them at each candle.

    `turning` (tenkan) and `base` (kijun) are the middles of the last 9 and 26 candles; `top` and
    `bottom` bound the cloud, which was computed 26 candles earlier.
    """

    turning: FloatArray
    base: FloatArray
    top: FloatArray
    bottom: FloatArray


def sma(values: FloatArray, n: int) -> FloatArray:
    """Simple moving average of n values."""
    return talib.SMA(values, n)


def ema(values: FloatArray, n: int) -> FloatArray:
    """Exponential moving average, weight 2 / (n + 1), started with the mean of the first n."""
    return talib.EMA(values, n)


def highest(values: FloatArray, n: int) -> FloatArray:
    """Highest of the last n values."""
    return talib.MAX(values, n)


def lowest(values: FloatArray, n: int) -> FloatArray:
    """Lowest of the last n values."""
    return talib.MIN(values, n)


def rsi(close: FloatArray, n: int = 14) -> FloatArray:
    """Relative strength index (Wilder), 0 to 100.

    Without any movement it is 50: TA-Lib's 0 would read as oversold on a market that stands still.
    """
    values: FloatArray = talib.RSI(close, n)
    zero = values == 0.0
    if zero.any():
        still = talib.MAX(close, n + 1) == talib.MIN(close, n + 1)
        values[zero & still] = 50.0
    return values


def macd(close: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return EMA 12 − EMA 26, its EMA 9 (the signal), and the difference (the histogram)."""
    return talib.MACD(close, 12, 26, 9)


def bollinger(close: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the upper, middle and lower band: SMA 20 and two standard deviations around it."""
    return talib.BBANDS(close, 20, 2.0, 2.0)


def atr(candles: Candles, n: int = 14) -> FloatArray:
    """Average true range (Wilder), in quote units."""
    return talib.ATR(candles.high, candles.low, candles.close, n)


def adx(candles: Candles, n: int = 14) -> FloatArray:
    """Average directional index (Wilder), 0 to 100; it has no direction."""
    return talib.ADX(candles.high, candles.low, candles.close, n)


def stochastic(candles: Candles) -> tuple[FloatArray, FloatArray]:
    """Return the slow stochastic's %K and %D (14, 3, 3), 0 to 100.

    A range of 14 candles without any height counts as its middle, 50: TA-Lib's 0 would read as
    oversold on a market that stands still.
    """
    high, low, close = candles.high, candles.low, candles.close
    if len(close) < 14:
        return np.full(len(close), np.nan), np.full(len(close), np.nan)
    still = talib.MAX(high, 14) == talib.MIN(low, 14)
    if not still.any():
        slow, mean = talib.STOCH(high, low, close, 14, 3, MA_Type.SMA, 3, MA_Type.SMA)
        return slow, mean
    raw, _ = talib.STOCHF(high, low, close, 14, 1, MA_Type.SMA)
    raw[still] = 50.0
    slow = talib.SMA(raw, 3)
    mean = talib.SMA(slow, 3)
    slow[np.isnan(mean)] = np.nan  # as TA-Lib begins both at once
    return slow, mean


def obv(candles: Candles) -> FloatArray:
    """On-balance volume: volume added where the close rose, taken away where it fell.

    Its level depends on where the candles begin; only its direction means something.
    """
    return talib.OBV(candles.close, candles.volume)


def vwap(candles: Candles) -> FloatArray:
    """Volume-weighted average of the candles' typical prices (high + low + close) / 3.

    Within a day (candles under 1d): of the candles since 00:00 UTC, by their times. Else: of the
    last 20 candles. nan where nothing was traded, and on a first day that begins with its middle.
    """
    weighted = (candles.high + candles.low + candles.close) / 3.0 * candles.volume
    if candles.timeframe.ms < DAY_MS:
        value, volume = (_of_the_day(candles, each) for each in (weighted, candles.volume))
    else:
        value, volume = (_of_the_last(VWAP_CANDLES, each) for each in (weighted, candles.volume))
    traded = volume > 0.0
    return np.where(traded, value / np.where(traded, volume, 1.0), np.nan)


def day_start(candles: Candles) -> int:
    """Return where the newest candle's day (UTC) begins among the candles."""
    return int(np.searchsorted(candles.time, candles.time[-1] // DAY_MS * DAY_MS))


def ichimoku(candles: Candles) -> Ichimoku:
    """Return Ichimoku's lines for the usual 9, 26 and 52 candles (Hosoda, 1969)."""
    turning, base, wide = (_middle(candles, n) for n in (9, 26, 52))
    leading = (turning + base) / 2.0
    top, bottom = np.maximum(leading, wide), np.minimum(leading, wide)
    return Ichimoku(turning, base, _shifted(top), _shifted(bottom))


def _middle(candles: Candles, n: int) -> FloatArray:
    if len(candles) < n:
        return np.full(len(candles), np.nan)
    middle: FloatArray = (talib.MAX(candles.high, n) + talib.MIN(candles.low, n)) / 2.0
    return middle


def _shifted(values: FloatArray) -> FloatArray:
    result = np.full(len(values), np.nan)
    result[CLOUD_SHIFT:] = values[: max(len(values) - CLOUD_SHIFT, 0)]
    return result


def _of_the_day(candles: Candles, values: FloatArray) -> FloatArray:
    """Sum up within each day; each day apart, so that a busy day leaves no error in a quiet one."""
    result = np.empty(len(values))
    if not len(values):
        return result
    days = candles.time // DAY_MS
    firsts = np.flatnonzero(np.diff(days, prepend=-1))
    for first, last in zip(firsts, np.append(firsts[1:], len(values)), strict=True):
        np.add.accumulate(values[first:last], out=result[first:last])
    if candles.time[0] % DAY_MS:
        result[days == days[0]] = np.nan
    return result


def _of_the_last(n: int, values: FloatArray) -> FloatArray:
    """Sum up windows of n values, each anew: a running sum of zeros would keep a residue."""
    result = np.full(len(values), np.nan)
    if len(values) >= n:
        result[n - 1 :] = np.lib.stride_tricks.sliding_window_view(values, n).sum(axis=1)
    return result
