"""What is left of many candles or points when there are more of them than pixels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bot.charts.scale import DAY, HOUR, MINUTE
from trading.candles import Candles, FloatArray, IntArray

_LENGTHS = tuple(MINUTE * n for n in (1, 2, 5, 10, 15, 30)) + tuple(
    HOUR * n for n in (1, 2, 4, 6, 8, 12, 24, 48, 96, 168, 336, 672, 1344, 2688, 5376)
)


@dataclass(frozen=True, eq=False)
class Bars:
    """Candles as drawn: `time` is a bar's start in ms UTC, `length` its duration in ms.

    `merged` says that a bar stands for several candles.
    """

    time: IntArray
    length: int
    merged: bool
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray


def as_bars(candles: Candles, at_most: int) -> Bars:
    """Turn candles into at most about `at_most` bars' worth of time; gaps stay gaps."""
    own = candles.timeframe.ms
    span = int(candles.time[-1] - candles.time[0]) + own
    if span <= at_most * own:
        c = candles
        return Bars(c.time, own, False, c.open, c.high, c.low, c.close, c.volume)
    fitting = (n for n in _LENGTHS if n % own == 0 and n * at_most >= span)
    return _merge(candles, next(fitting, -(-span // (own * at_most)) * own))


def _merge(candles: Candles, length: int) -> Bars:
    """Join the candles of each stretch of `length` ms, counted from the first one's midnight."""
    origin = int(candles.time[0]) // DAY * DAY
    stretch = (candles.time - origin) // length
    starts = np.flatnonzero(np.r_[True, np.diff(stretch) > 0])
    ends = np.r_[starts[1:], len(candles)] - 1
    with np.errstate(over="ignore"):
        volume = np.minimum(np.add.reduceat(candles.volume, starts), np.finfo(np.float64).max)
    return Bars(
        time=origin + stretch[starts] * length,
        length=length,
        merged=True,
        open=candles.open[starts],
        high=np.maximum.reduceat(candles.high, starts),
        low=np.minimum.reduceat(candles.low, starts),
        close=candles.close[ends],
        volume=volume,
    )


def length_text(ms: int) -> str:
    """A duration as timeframes are written: 4h, 2d."""
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if ms % unit == 0:
            return f"{ms // unit}{letter}"
    return f"{ms} ms"


def telling_points(values: FloatArray, at_most: int) -> IntArray:
    """Indices that keep the picture of a curve: lowest and highest of each of some stretches.

    Returns all indices when there are at most `at_most` values; else no more than that, the
    first and the last among them. Values are finite.
    """
    count = len(values)
    if count <= at_most:
        return np.arange(count)
    cuts = np.linspace(0, count, max(1, at_most // 2 - 1) + 1).astype(np.int64)
    picked = {0, count - 1}
    for start, end in pairwise(cuts):
        part = values[start:end]
        picked.update((int(start + part.argmin()), int(start + part.argmax())))
    return np.array(sorted(picked))
