"""Expect what rose to rise on."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.strategies.base import Search, Strategy


class Momentum(Strategy):
    """Long after a rise over `lookback` candles, short after a fall, flat when unchanged.

    The rise ends `skip` candles ago, because the last move is often taken back in part
    (time-series momentum: Moskowitz, Ooi, Pedersen 2012; the skip: Jegadeesh, Titman 1993).
    """

    name: ClassVar[str] = "momentum"
    title: ClassVar[str] = "Momentum"
    summary: ClassVar[str] = "Long after a rise over 120 candles that ended 10 candles ago."

    lookback: Annotated[int, Search(12, 500, log=True)] = Field(120, ge=1, le=2000)
    skip: Annotated[int, Search(0, 24)] = Field(10, ge=0, le=200)

    @property
    def warm_up(self) -> int:
        return self.lookback + self.skip

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        _follow(plain(candles.close), self.lookback, self.skip, signal)
        return signal


@compiled
def _follow(close: FloatArray, lookback: int, skip: int, signal: FloatArray) -> None:
    for i in range(lookback + skip, len(close)):
        new, old = close[i - skip], close[i - skip - lookback]
        signal[i] = 1.0 if new > old else (-1.0 if new < old else 0.0)
