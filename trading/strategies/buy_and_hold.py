"""Buy once and keep it: what every other strategy is measured against."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from trading.candles import Candles, FloatArray
from trading.strategies.base import Strategy


class BuyAndHold(Strategy):
    """Long from the first candle on."""

    name: ClassVar[str] = "buy_and_hold"
    title: ClassVar[str] = "Buy and hold"
    summary: ClassVar[str] = "Buys everything at the start and keeps it."
    exits: ClassVar[bool] = False

    @property
    def warm_up(self) -> int:
        return 0

    def signal(self, candles: Candles) -> FloatArray:
        return np.ones(len(candles))
