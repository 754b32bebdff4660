"""Follow prices that leave their range."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.indicators import highest, lowest
from trading.strategies.base import Search, Strategy


class DonchianBreakout(Strategy):
    """Long on a close above the highest high of the `entry` candles before it.

    Left on a close below the lowest low of the `exit` candles before it; mirrored for shorts.
    """

    name: ClassVar[str] = "donchian_breakout"
    title: ClassVar[str] = "Donchian breakout"
    summary: ClassVar[str] = "Long above the highest high of 20 candles, out below a 10-candle low."

    entry: Annotated[int, Search(10, 120)] = Field(20, ge=2, le=400)
    exit: Annotated[int, Search(5, 60)] = Field(10, ge=2, le=400)

    @model_validator(mode="after")
    def _exit_is_nearer(self) -> DonchianBreakout:
        if self.exit > self.entry:
            raise ValueError(f"exit ({self.exit}) must not exceed entry ({self.entry})")
        return self

    @property
    def warm_up(self) -> int:
        return self.entry

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.entry:
            _follow(
                plain(candles.close),
                *_channel(candles, self.entry),
                *_channel(candles, self.exit),
                self.entry,
                signal,
            )
        return signal


def _channel(candles: Candles, length: int) -> tuple[FloatArray, FloatArray]:
    """Return the highest high and the lowest low of the newest `length` candles."""
    return candles.once(
        ("channel", length),
        lambda: (highest(candles.high, length), lowest(candles.low, length)),
    )


@compiled
def _follow(
    close: FloatArray,
    entry_high: FloatArray,
    entry_low: FloatArray,
    exit_high: FloatArray,
    exit_low: FloatArray,
    warm_up: int,
    signal: FloatArray,
) -> None:
    held = 0.0
    for i in range(warm_up, len(close)):
        # The channel ends at the candle before: a close is never above its own high.
        if (held > 0.0 and close[i] < exit_low[i - 1]) or (
            held < 0.0 and close[i] > exit_high[i - 1]
        ):
            held = 0.0
        if close[i] > entry_high[i - 1]:
            held = 1.0
        elif close[i] < entry_low[i - 1]:
            held = -1.0
        signal[i] = held
