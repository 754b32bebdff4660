"""Follow the trend, with less of it when the market is wild."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray, IntArray
from trading.compiled import compiled, plain
from trading.strategies.base import Search, Strategy
from trading.strategies.ema_cross import average, side

_STAY = 0.75  # of a step: a wish that is no further away changes nothing


class VolatilityTarget(Strategy):
    """Long or short by the trend, the size being target volatility / realised volatility.

    The trend is up while the exponential average of a quarter of `trend` candles is above that of
    all of them. `target` is annual volatility as a fraction. Realised volatility is the root of
    the exponential average, over `window` candles, of squared returns, annualised (Moskowitz,
    Ooi, Pedersen 2012); their mean counts as zero. The size is at most 1, in `steps` equal steps,
    and changes when the wanted one is more than three quarters of a step away.
    """

    name: ClassVar[str] = "volatility_target"
    title: ClassVar[str] = "Volatility target"
    summary: ClassVar[str] = "Follows the trend, and holds less when the market is wild."

    target: Annotated[float, Search(0.15, 0.8)] = Field(0.4, ge=0.02, le=3.0)
    window: Annotated[int, Search(20, 200)] = Field(72, ge=5, le=1000)
    trend: Annotated[int, Search(20, 300)] = Field(100, ge=8, le=1000)
    steps: int = Field(4, ge=1, le=20)

    @property
    def warm_up(self) -> int:
        return max(self.trend - 1, self.window)

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.warm_up:
            _size(
                average(candles, self.trend // 4),
                average(candles, self.trend),
                volatility(candles, self.window),
                self.target,
                self.steps,
                self.warm_up,
                signal,
            )
        return signal


def volatility(candles: Candles, window: int) -> FloatArray:
    """Annual volatility as a fraction at each candle, weight 2 / (window + 1); 0 at the first."""
    return candles.once(("volatility", window), lambda: _volatility(candles, window))


def _volatility(candles: Candles, window: int) -> FloatArray:
    values = np.zeros(len(candles))
    frame = candles.timeframe
    _realised(plain(candles.close), candles.time, frame.ms, frame.per_year, window, values)
    return values


@compiled
def _realised(
    close: FloatArray,
    time: IntArray,
    length: int,
    per_year: float,
    window: int,
    values: FloatArray,
) -> None:
    weight, variance = 2.0 / (window + 1), 0.0
    for i in range(1, len(close)):
        # Over a hole the return is that of all the candles that are missing.
        candles = (time[i] - time[i - 1]) / length
        change = close[i] / close[i - 1] - 1.0
        # The first ones count alike, so that none of them stays the whole estimate for long.
        variance += max(weight, 1.0 / i) * (change * change / candles - variance)
        values[i] = np.sqrt(variance * per_year)


@compiled
def _size(
    fast: FloatArray,
    slow: FloatArray,
    realised: FloatArray,
    target: float,
    steps: int,
    warm_up: int,
    signal: FloatArray,
) -> None:
    size = np.inf
    for i in range(warm_up, len(signal)):
        wanted = min(1.0, target / realised[i])  # a market without any movement: inf
        if abs(wanted - size) * steps > _STAY:
            size = np.rint(wanted * steps) / steps
        signal[i] = side(fast[i] - slow[i], slow[i]) * size
