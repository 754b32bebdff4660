"""How two prices move together: correlation with its interval, and beta, of log returns."""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np

from trading.candles import Candles, FloatArray, IntArray
from trading.errors import NotEnoughHistory
from trading.jumps import refuse_jumps

LEAST_COMMON = 60
Z_95 = 1.959963984540054
# A deviation below this share of the mean is rounding: the price does not move.
NO_VARIATION = 1e-9


@dataclass(frozen=True, eq=False)
class LogReturns:
    """Log returns of one symbol, each between two candles that follow each other in time.

    `time` is the open of the later candle (ms), `values` is as long.
    """

    symbol: str
    time: IntArray
    values: FloatArray

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class Together:
    """How one symbol moves with another.

    `correlation` is Pearson's, in [−1, 1], of the log returns of the times that both have;
    `low` and `high` its 95 % interval; `beta` the slope of the first on the second; `returns`
    how many both have.
    """

    correlation: float
    low: float
    high: float
    beta: float
    returns: int


def log_returns(candles: Candles) -> LogReturns:
    """Return ln(close / close of the candle before), only where that one is there.

    Errors: BadCandles on a jump that no market makes.
    """
    refuse_jumps(candles)
    changes = np.diff(np.log(candles.close))
    if not candles.missing:
        return LogReturns(candles.symbol, candles.time[1:], changes)
    neighbours = np.diff(candles.time) == candles.timeframe.ms
    return LogReturns(candles.symbol, candles.time[1:][neighbours], changes[neighbours])


def together(one: LogReturns, other: LogReturns) -> Together:
    """Measure how `one` moves with `other`, on the times that both have.

    The interval is Fisher's (1921): tanh(atanh r ± 1.96 / sqrt(n − 3)). It takes returns for
    normal and independent; those of prices are neither, so the truth is somewhat wider.

    Errors: NotEnoughHistory for fewer than 60 common returns, or where a price stands still.
    """
    if len(one) == len(other) and np.array_equal(one.time, other.time):
        x, y = one.values, other.values
    else:
        _, first, second = np.intersect1d(
            one.time, other.time, assume_unique=True, return_indices=True
        )
        x, y = one.values[first], other.values[second]
    count = len(x)
    if count < LEAST_COMMON:
        raise NotEnoughHistory(
            f"{one.symbol} and {other.symbol} have {count} returns in common, "
            f"{LEAST_COMMON} are needed"
        )
    mean_x, mean_y = float(x.mean()), float(y.mean())
    x, y = x - mean_x, y - mean_y
    both, own, base = float(x @ y), float(x @ x), float(y @ y)
    for each, mean, squares in ((one, mean_x, own), (other, mean_y, base)):
        if not _varies(mean, squares, count):
            raise NotEnoughHistory(f"the price of {each.symbol} does not move")
    if one is other:
        return Together(1.0, 1.0, 1.0, 1.0, count)
    value = min(1.0, max(-1.0, both / sqrt(own * base)))
    low, high = interval(value, count)
    return Together(value, low, high, both / base, count)


def interval(correlation: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a correlation of `count` pairs, at least 4."""
    if abs(correlation) >= 1.0:
        return correlation, correlation
    middle, reach = atanh(correlation), Z_95 / sqrt(count - 3)
    return tanh(middle - reach), tanh(middle + reach)


def moves(values: FloatArray) -> bool:
    """Tell whether returns vary by more than rounding."""
    if len(values) < 2:
        return False
    mean = float(values.mean())
    apart = values - mean
    return _varies(mean, float(apart @ apart), len(values))


def _varies(mean: float, squares: float, count: int) -> bool:
    return sqrt(squares / count) > NO_VARIATION * max(abs(mean), NO_VARIATION)
