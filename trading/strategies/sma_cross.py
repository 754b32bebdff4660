"""Follow the trend by two simple moving averages."""

from __future__ import annotations

from math import floor, log10
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray, IntArray
from trading.compiled import compiled
from trading.strategies.base import Search, Strategy

_DIGITS = 11  # of the first close; exchanges quote fewer
_CAP = 2.0**52  # a thousand of them, the longest average, fit into 63 bits


class SmaCross(Strategy):
    """Long while the fast average is above the slow one, short while below, flat when equal."""

    name: ClassVar[str] = "sma_cross"
    title: ClassVar[str] = "SMA cross"
    summary: ClassVar[str] = "Long while the fast simple moving average is above the slow one."

    fast: Annotated[int, Search(5, 60)] = Field(10, ge=2, le=400)
    slow: Annotated[int, Search(20, 250)] = Field(50, ge=3, le=1000)

    @model_validator(mode="after")
    def _fast_is_faster(self) -> SmaCross:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warm_up(self) -> int:
        return self.slow - 1

    def signal(self, candles: Candles) -> FloatArray:
        if len(candles) < self.slow:
            return np.zeros(len(candles))
        signal = np.empty(len(candles))
        fast, slow = window_sums(candles, self.fast), window_sums(candles, self.slow)
        # Equal averages give equal products, however these are rounded.
        _compare(fast, slow, float(self.slow), float(self.fast), self.warm_up, signal)
        return signal


def window_sums(candles: Candles, length: int) -> FloatArray:
    """Sum of the newest `length` closes at each candle, in whole units; 0 before there are so many.

    The units are 11 digits of the first close. Equal sums then compare as equal: sums of whole
    numbers are exact, while sums of decimal fractions as floats differ in their last bits, and
    which way depends on the order of adding. The first close is in every prefix, so the unit knows
    nothing of what comes later.
    """
    return candles.once(("window sums", length), lambda: _window_sums(candles, length))


def _window_sums(candles: Candles, length: int) -> FloatArray:
    units = candles.once("whole closes", lambda: _whole(candles))
    sums = np.zeros(len(candles))
    _add_up(units, length, sums)
    return sums


def _whole(candles: Candles) -> IntArray:
    scale = float(10.0 ** (_DIGITS - 1 - floor(log10(candles.close[0]))))
    return np.minimum(candles.close * scale + 0.5, _CAP).astype(np.int64)


@compiled
def _add_up(units: IntArray, length: int, sums: FloatArray) -> None:
    total = 0
    for i in range(len(units)):
        total += units[i]
        if i >= length:
            total -= units[i - length]
        if i >= length - 1:
            sums[i] = total


@compiled
def _compare(
    fast: FloatArray,
    slow: FloatArray,
    fast_weight: float,
    slow_weight: float,
    warm_up: int,
    signal: FloatArray,
) -> None:
    for i in range(len(signal)):
        a = fast[i] * fast_weight
        b = slow[i] * slow_weight
        signal[i] = 1.0 if a > b else (-1.0 if a < b else 0.0)
    signal[:warm_up] = 0.0
