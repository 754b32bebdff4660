"""Small candle series for the tests of the quantitative rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tests.fakes.candle_files import made_candles, need_candles
from trading.candles import Candles, FloatArray, Timeframe


def bars(
    rows: Sequence[tuple[float, float, float, float]], timeframe: Timeframe = Timeframe.H1
) -> Candles:
    """Make candles of (open, high, low, close)."""
    table = [[i * timeframe.ms, *row, 1.0] for i, row in enumerate(rows)]
    return Candles.from_rows("AAA/USDT", timeframe, table)


def flat_bars(closes: Sequence[float] | FloatArray, timeframe: Timeframe = Timeframe.H1) -> Candles:
    """Make candles that open, stay and close at one price each."""
    return bars([(float(c), float(c), float(c), float(c)) for c in closes], timeframe)


def walk(count: int, seed: int = 1, timeframe: Timeframe = Timeframe.H1) -> Candles:
    """Make a random walk with fat tails."""
    return Candles.from_rows("AAA/USDT", timeframe, made_candles(timeframe, count, seed=seed))


def real(path: str, symbol: str, timeframe: Timeframe) -> Candles:
    """Read candles of the shared test data, or skip the test."""
    return Candles.from_rows(symbol, timeframe, need_candles(path))


def scaled(candles: Candles, factor: float) -> Candles:
    """Multiply all prices."""
    names = ("open", "high", "low", "close")
    return replace(candles, **{name: getattr(candles, name) * factor for name in names})


def without(candles: Candles, first: int, last: int) -> Candles:
    """Cut a hole: the candles [first, last) are missing."""
    keep = np.r_[0:first, last : len(candles)]
    names = ("time", "open", "high", "low", "close", "volume")
    return replace(candles, **{name: getattr(candles, name)[keep] for name in names})


def joined(first: Candles, second: Candles) -> Candles:
    """Append the second's prices, moved to the first's level, right after the first."""
    second = scaled(second, float(first.close[-1] / second.open[0]))
    more = first.time[-1] + first.timeframe.ms * np.arange(1, len(second) + 1)
    names = ("open", "high", "low", "close", "volume")
    return replace(
        first,
        time=np.concatenate([first.time, more]),
        **{n: _end_to_end(getattr(first, n), getattr(second, n)) for n in names},
    )


def _end_to_end(first: FloatArray, second: FloatArray) -> Any:
    # Any, because replace() can't tell which field a name in a mapping is.
    return np.concatenate([first, second])
