"""Buy what left its usual range downwards."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.strategies.base import Search, Strategy

_ROUNDING = 1e-12  # of a price: the mean of equal prices is that close to them


class BollingerReversion(Strategy):
    """Long on a close below the lower band, until one at the middle or above; shorts mirrored.

    The middle is the mean of `period` closes, the bands lie `width` of their standard deviations
    away from it, counted over the population (Bollinger 2001).
    """

    name: ClassVar[str] = "bollinger_reversion"
    title: ClassVar[str] = "Bollinger reversion"
    summary: ClassVar[str] = "Long after a close below the lower Bollinger band, until the middle."

    period: Annotated[int, Search(10, 100)] = Field(20, ge=3, le=400)
    width: Annotated[float, Search(1.0, 3.5)] = Field(2.0, ge=0.5, le=5.0)

    @property
    def warm_up(self) -> int:
        return self.period - 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.warm_up:
            key = ("mean and deviation", self.period)
            mean, deviation = candles.once(key, lambda: _bands(candles, self.period))
            _revert(plain(candles.close), mean, deviation, self.width, self.warm_up, signal)
        return signal


def _bands(candles: Candles, period: int) -> tuple[FloatArray, FloatArray]:
    mean, deviation = np.zeros(len(candles)), np.zeros(len(candles))
    _roll(plain(candles.close), period, mean, deviation)
    return mean, deviation


@compiled
def _roll(close: FloatArray, period: int, mean: FloatArray, deviation: FloatArray) -> None:
    """Mean and standard deviation of each window, rolled on.

    Adding and taking away leaves rounding behind, so every `period` candles, counted from the
    first, the sums begin anew with the window itself. They are of distances from its newest close:
    squares of whole prices would lose what little they differ by.
    """
    base, total, squares = 0.0, 0.0, 0.0
    for i in range(period - 1, len(close)):
        if (i + 1) % period == 0:
            base, total, squares = close[i], 0.0, 0.0
            for j in range(i - period + 1, i + 1):
                step = close[j] - base
                total += step
                squares += step * step
        else:
            new, old = close[i] - base, close[i - period] - base
            total += new - old
            squares += new * new - old * old
        mean[i] = base + total / period
        deviation[i] = np.sqrt(max(0.0, squares - total * total / period) / period)


@compiled
def _revert(
    close: FloatArray,
    mean: FloatArray,
    deviation: FloatArray,
    width: float,
    warm_up: int,
    signal: FloatArray,
) -> None:
    held = 0.0
    for i in range(warm_up, len(close)):
        margin = _ROUNDING * close[i]
        above = close[i] - mean[i]
        band = width * deviation[i] + margin
        # What equals the middle but for rounding has reached it.
        if (held > 0.0 and above >= -margin) or (held < 0.0 and above <= margin):
            held = 0.0
        if above < -band:
            held = 1.0
        elif above > band:
            held = -1.0
        signal[i] = held
