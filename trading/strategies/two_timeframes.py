"""Follow the trend when a longer timeframe agrees."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray, IntArray
from trading.compiled import compiled, plain
from trading.indicators import ema
from trading.strategies.base import Search, Strategy
from trading.strategies.ema_cross import average, side


class TwoTimeframes(Strategy):
    """Exposure by the trends of the candles and of candles `factor` times as long.

    A trend is up while the exponential average of `fast` closes is above that of `slow`. Both up:
    1, both down: -1. Where they differ `mixed` of it is held in the direction of the longer one:
    0 flat, 0.5 half.
    """

    name: ClassVar[str] = "two_timeframes"
    title: ClassVar[str] = "Two timeframes"
    summary: ClassVar[str] = "Long while the trend is up here and on candles four times as long."

    factor: Annotated[int, Search(3, 12)] = Field(4, ge=2, le=96)
    fast: Annotated[int, Search(5, 30)] = Field(10, ge=2, le=100)
    slow: Annotated[int, Search(20, 80)] = Field(40, ge=3, le=200)
    mixed: float = Field(0.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _fast_is_faster(self) -> TwoTimeframes:
        if self.fast >= self.slow:
            raise ValueError(f"fast ({self.fast}) must be less than slow ({self.slow})")
        return self

    @property
    def warm_up(self) -> int:
        return self.factor * self.slow

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) > self.warm_up:
            _look_up(
                average(candles, self.fast),
                average(candles, self.slow),
                _longer_average(candles, self.factor, self.fast),
                _longer_average(candles, self.factor, self.slow),
                self._table(),
                self.warm_up,
                signal,
            )
        return signal

    def _table(self) -> FloatArray:
        """Exposure by the longer trend (rows: down, none, up) and the candles' own (columns)."""
        mixed = self.mixed
        return np.array([[-1.0, -mixed, -mixed], [0.0, 0.0, 0.0], [mixed, mixed, 1.0]])


def _longer_average(candles: Candles, factor: int, length: int) -> FloatArray:
    """Average of the longer candles that have closed by each candle's close; nan: too few yet."""
    return candles.once(("longer ema", factor, length), lambda: _spread(candles, factor, length))


def _spread(candles: Candles, factor: int, length: int) -> FloatArray:
    closed, closes = candles.once(("longer", factor), lambda: _rolled_up(candles, factor))
    averages = np.concatenate([[np.nan], ema(closes, length)])  # the first is for none closed
    return plain(averages[closed])


def _rolled_up(candles: Candles, factor: int) -> tuple[IntArray, FloatArray]:
    """Number of longer candles that have closed at each candle's close, and their closes.

    They begin at multiples of their length since 1970, as exchanges' candles do, whatever candles
    are missing. One of which the last part is missing is known to be over at the next candle; one
    of which all is missing does not exist.
    """
    closed, closes = np.zeros(len(candles), np.int64), np.zeros(len(candles) + 1)
    length = candles.timeframe.ms
    count = _roll_up(candles.time, plain(candles.close), length, length * factor, closed, closes)
    return closed, closes[:count].copy()


@compiled
def _roll_up(
    time: IntArray,
    close: FloatArray,
    length: int,
    longer: int,
    closed: IntArray,
    closes: FloatArray,
) -> int:
    count, end = 0, 0
    over = True  # the newest longer candle is counted
    for i in range(len(time)):
        if time[i] >= end:
            if not over:
                closes[count] = close[i - 1]
                count += 1
            end = (time[i] // longer + 1) * longer
            over = False
        if not over and time[i] + length >= end:
            closes[count] = close[i]
            count += 1
            over = True
        closed[i] = count
    return count


@compiled
def _look_up(
    fast: FloatArray,
    slow: FloatArray,
    longer_fast: FloatArray,
    longer_slow: FloatArray,
    table: FloatArray,
    warm_up: int,
    signal: FloatArray,
) -> None:
    for i in range(warm_up, len(signal)):
        own = int(side(fast[i] - slow[i], slow[i]))
        longer = int(side(longer_fast[i] - longer_slow[i], longer_slow[i]))
        signal[i] = table[longer + 1, own + 1]
