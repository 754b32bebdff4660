"""Follow the trend by two exponential moving averages."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.indicators import ema
from trading.strategies.base import Search, Strategy

_ROUNDING = 1e-12  # of a price: averages of up to 1,000 equal prices differ by less


class EmaCross(Strategy):
    """Long while the fast average is above the slow one, short while below, flat when equal."""

    name: ClassVar[str] = "ema_cross"
    title: ClassVar[str] = "EMA cross"
    summary: ClassVar[str] = "Long while the fast exponential moving average is above the slow one."

    fast: Annotated[int, Search(5, 60)] = Field(20, ge=2, le=400)
    slow: Annotated[int, Search(20, 250)] = Field(50, ge=3, le=1000)

    @model_validator(mode="after")
    def _fast_is_faster(self) -> EmaCross:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warm_up(self) -> int:
        return self.slow - 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        fast, slow = average(candles, self.fast), average(candles, self.slow)
        _compare(fast, slow, self.warm_up, signal)
        return signal


def average(candles: Candles, length: int) -> FloatArray:
    """Exponential moving average of the closes, that of /indicators; nan before `length` candles.

    It depends on where the data begins, ever less: after five lengths by less than a
    twenty-thousandth of what it was.
    """
    return candles.once(("ema", length), lambda: ema(plain(candles.close), length))


@compiled
def side(difference: float, price: float) -> float:
    """Sign of a difference of averages; 0 where it is no more than their rounding, or nan.

    Averages of a price that stands still are equal, but their floats differ in the last bits.
    """
    margin = _ROUNDING * price
    return 1.0 if difference > margin else (-1.0 if difference < -margin else 0.0)


@compiled
def _compare(fast: FloatArray, slow: FloatArray, warm_up: int, signal: FloatArray) -> None:
    for i in range(warm_up, len(signal)):
        signal[i] = side(fast[i] - slow[i], slow[i])
