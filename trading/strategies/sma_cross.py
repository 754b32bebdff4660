"""Follow the trend by two simple moving averages."""

from __future__ import annotations

from math import floor, log10
from typing import ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.strategies.base import Strategy

_DIGITS = 11  # of the first close; exchanges quote fewer
_CAP = 2.0**62


class SmaCross(Strategy):
    """Long while the fast average is above the slow one, short while below, flat when equal."""

    name: ClassVar[str] = "sma_cross"
    title: ClassVar[str] = "SMA cross"
    summary: ClassVar[str] = "Long while the fast simple moving average is above the slow one."

    fast: int = Field(10, ge=2, le=400)
    slow: int = Field(50, ge=3, le=1000)

    @model_validator(mode="after")
    def _fast_is_faster(self) -> SmaCross:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warm_up(self) -> int:
        return self.slow - 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) >= self.slow:
            _compare(plain(candles.close), self.fast, self.slow, _scale(candles), signal)
        return signal


def _scale(candles: Candles) -> float:
    """Factor that makes whole numbers of prices, to 11 digits of the first close.

    Equal averages then compare as equal: sums of whole numbers are exact, while sums of decimal
    fractions as floats differ in their last bits, and which way depends on the order of adding.
    The first close is in every prefix, so the factor knows nothing of what comes later.
    """
    return float(10.0 ** (_DIGITS - 1 - floor(log10(candles.close[0]))))


@compiled
def _compare(close: FloatArray, fast: int, slow: int, scale: float, signal: FloatArray) -> None:
    cap = _CAP / slow
    fast_sum = 0
    slow_sum = 0
    for i in range(len(close)):
        units = int(min(close[i] * scale + 0.5, cap))
        fast_sum += units
        slow_sum += units
        if i >= fast:
            fast_sum -= int(min(close[i - fast] * scale + 0.5, cap))
        if i >= slow:
            slow_sum -= int(min(close[i - slow] * scale + 0.5, cap))
        if i >= slow - 1:
            # Equal averages give equal products, however these are rounded.
            a = float(fast_sum) * slow
            b = float(slow_sum) * fast
            signal[i] = 1.0 if a > b else (-1.0 if a < b else 0.0)
