"""Technical indicators (TA-Lib) and what their newest values usually mean.

Series are as long as their input and nan until the indicator has enough values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import talib

from trading.candles import Candles, FloatArray, Timeframe
from trading.errors import NotEnoughHistory

NEEDED = 100  # the longest average has 50 candles and needs as many again to forget its start
_DAY_MS = 86_400_000

Unit = Literal["", "fraction", "price"]


@dataclass(frozen=True)
class Reading:
    """An indicator's newest value and its plain meaning.

    `unit` is "" for a plain number or a word, "fraction" (0.01 = 1 %), "price" for quote units.
    """

    label: str
    value: float | str
    unit: Unit
    meaning: str


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


def readings(candles: Candles) -> tuple[Reading, ...]:
    """Return the newest value of each usual indicator with its meaning.

    Left out when undefined: %B and ADX of a market that stands still, volume against a mean of
    zero, the day's change when the candle of a day ago is missing.

    Raises NotEnoughHistory under 100 candles.
    """
    if len(candles) < NEEDED:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the indicators need {NEEDED} closed candles, "
            f"there are {len(candles)}."
        )
    found = (
        _rsi(candles),
        *_averages(candles),
        _macd(candles),
        _bollinger(candles),
        _atr(candles),
        _adx(candles),
        _volume(candles),
        _change(candles),
    )
    return tuple(reading for reading in found if reading is not None)


def _rsi(candles: Candles) -> Reading:
    value = float(rsi(candles.close, 14)[-1])
    if value >= 70:
        meaning = "overbought by the usual reading"
    elif value <= 30:
        meaning = "oversold by the usual reading"
    else:
        meaning = "neither overbought nor oversold"
    return Reading("RSI(14)", value, "", meaning)


def _averages(candles: Candles) -> tuple[Reading, Reading, Reading]:
    close = float(candles.close[-1])
    fast, slow = float(ema(candles.close, 20)[-1]), float(ema(candles.close, 50)[-1])
    if abs(fast - slow) <= 1e-12 * slow:
        order, trend = "equal", "no trend in the averages"
    elif fast > slow:
        order, trend = "above", "the short average leads: trend up"
    else:
        order, trend = "below", "the short average lags: trend down"
    return (
        Reading("EMA 20", fast, "price", f"the close is {_side(close, fast)} it"),
        Reading("EMA 50", slow, "price", f"the close is {_side(close, slow)} it"),
        Reading("EMA 20/50", order, "", trend),
    )


def _side(price: float, level: float) -> str:
    if abs(price - level) <= 1e-12 * level:
        return "at"
    return "above" if price > level else "below"


def _macd(candles: Candles) -> Reading:
    _, _, histogram = talib.MACD(candles.close, 12, 26, 9)
    value, before = float(histogram[-1]), float(histogram[-2])
    way = "up" if value > 0 else "down"
    change = "growing" if abs(value) > abs(before) else "fading"
    meaning = f"momentum {way} and {change}" if value else "no momentum"
    return Reading("MACD histogram", value, "price", meaning)


def _bollinger(candles: Candles) -> Reading | None:
    upper, _, lower = talib.BBANDS(candles.close, 20, 2.0, 2.0)
    width = float(upper[-1] - lower[-1])
    if not width > 0.0:
        return None
    value = float(candles.close[-1] - lower[-1]) / width
    if value > 1:
        meaning = "above the upper band: stretched upwards"
    elif value < 0:
        meaning = "below the lower band: stretched downwards"
    else:
        meaning = f"{'upper' if value >= 0.5 else 'lower'} half of the bands (0 lower, 1 upper)"
    return Reading("Bollinger %B", value, "", meaning)


def _atr(candles: Candles) -> Reading:
    true_range = talib.ATR(candles.high, candles.low, candles.close, 14)
    value = float(true_range[-1] / candles.close[-1])
    return Reading("ATR(14)", value, "fraction", "usual range of one candle, as a share of price")


def _adx(candles: Candles) -> Reading | None:
    value = float(talib.ADX(candles.high, candles.low, candles.close, 14)[-1])
    if value == 0.0:
        return None
    if value >= 50:
        meaning = "very strong trend, either way"
    elif value >= 25:
        meaning = "clear trend, either way"
    elif value >= 20:
        meaning = "weak trend, either way"
    else:
        meaning = "no clear trend"
    return Reading("ADX(14)", value, "", meaning)


def _volume(candles: Candles) -> Reading | None:
    mean = float(np.mean(candles.volume[-20:]))
    if not mean > 0.0:
        return None
    value = float(candles.volume[-1]) / mean
    if value >= 2:
        meaning = "unusually busy"
    elif value <= 0.5:
        meaning = "unusually quiet"
    else:
        meaning = "usual activity"
    return Reading("Volume / mean of 20", value, "", meaning)


def _change(candles: Candles) -> Reading | None:
    """Change of the close over a day, found by time because candles may be missing."""
    weekly = candles.timeframe is Timeframe.W1
    back = candles.timeframe.ms if weekly else _DAY_MS
    label = "Change 7 d" if weekly else "Change 24 h"
    wanted = int(candles.time[-1]) - back
    at = int(np.searchsorted(candles.time, wanted, side="right")) - 1
    if at < 0 or wanted - int(candles.time[at]) > back // 8:
        return None
    value = float(candles.close[-1] / candles.close[at]) - 1.0
    meaning = "risen" if value > 0 else "fallen" if value < 0 else "unchanged"
    return Reading(label, value, "fraction", meaning)
