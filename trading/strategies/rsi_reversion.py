"""Buy what fell too fast."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.compiled import compiled
from trading.indicators import rsi
from trading.strategies.base import Search, Strategy


class RsiReversion(Strategy):
    """Long when RSI falls below `lower`, short when it rises above `upper`, out at `middle`."""

    name: ClassVar[str] = "rsi_reversion"
    title: ClassVar[str] = "RSI reversion"
    summary: ClassVar[str] = "Long after RSI falls below 30, until it is back above 50."

    period: Annotated[int, Search(5, 40)] = Field(14, ge=2, le=200)
    lower: Annotated[float, Search(15.0, 40.0)] = Field(30.0, ge=5.0, le=45.0)
    middle: float = Field(50.0, ge=45.0, le=55.0)
    upper: Annotated[float, Search(60.0, 85.0)] = Field(70.0, ge=55.0, le=95.0)

    @property
    def warm_up(self) -> int:
        return self.period

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        values = candles.once(("rsi", self.period), lambda: rsi(candles.close, self.period))
        _revert(values, self.lower, self.middle, self.upper, signal)
        return signal


@compiled
def _revert(
    values: FloatArray, lower: float, middle: float, upper: float, signal: FloatArray
) -> None:
    held = 0.0
    for i in range(len(values)):
        value = values[i]
        # During the warm-up the value is nan and every comparison false.
        if (held > 0.0 and value > middle) or (held < 0.0 and value < middle):
            held = 0.0
        if value < lower:
            held = 1.0
        elif value > upper:
            held = -1.0
        signal[i] = held
