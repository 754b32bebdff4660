"""Follow the momentum that MACD shows."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray
from trading.compiled import compiled
from trading.strategies.base import Search, Strategy
from trading.strategies.ema_cross import average, side


class Macd(Strategy):
    """Long while the MACD line is above its signal line, short while below, flat when equal.

    The line is the fast exponential average minus the slow one, its signal line the exponential
    average of the line, begun with the mean of its first values (Appel 1979). With `zero_line` a
    long also needs a line above zero, a short one below.
    """

    name: ClassVar[str] = "macd"
    title: ClassVar[str] = "MACD"
    summary: ClassVar[str] = "Long while the MACD line is above its signal line."

    fast: Annotated[int, Search(5, 40)] = Field(12, ge=2, le=200)
    slow: Annotated[int, Search(15, 120)] = Field(26, ge=3, le=400)
    smooth: Annotated[int, Search(3, 30)] = Field(9, ge=2, le=100)
    zero_line: bool = False

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Macd:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warm_up(self) -> int:
        return self.slow + self.smooth - 2

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.warm_up:
            fast, slow = average(candles, self.fast), average(candles, self.slow)
            _compare(fast, slow, self.smooth, self.warm_up, self.zero_line, signal)
        return signal


@compiled
def _compare(
    fast: FloatArray,
    slow: FloatArray,
    smooth: int,
    warm_up: int,
    zero_line: bool,
    signal: FloatArray,
) -> None:
    first = warm_up + 1 - smooth
    smoothed = 0.0
    for i in range(first, warm_up + 1):
        smoothed += (fast[i] - slow[i]) / smooth
    weight = 2.0 / (smooth + 1)
    for i in range(warm_up, len(signal)):
        line = fast[i] - slow[i]
        if i > warm_up:
            smoothed += weight * (line - smoothed)
        way = side(line - smoothed, slow[i])
        if zero_line and side(line, slow[i]) != way:
            way = 0.0
        signal[i] = way
