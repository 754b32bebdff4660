"""How far a backtest's figures may be luck: bootstrap intervals from its own returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import cbrt, ceil, exp, sqrt

import numpy as np
from numba import uint64

from trading.candles import DAY_MS, FloatArray, Timeframe
from trading.compiled import compiled, plain
from trading.curve import NO_VARIATION, moments
from trading.errors import BadArgument
from trading.metrics import SHORTEST_ANNUALISED_MS, annualised, percentile

LEVEL = 0.95
LEAST_RETURNS = 60
LEAST_BLOCKS = 30  # fewer hardly differ from each other, and the interval comes out too narrow
MOST_BLOCKS = 400  # more hardly sharpen the interval, they only take time
FEWEST_RESAMPLES = 200  # the 2.5th percentile of fewer is a handful of values
_SUMS = 3  # log returns, returns, squared returns


@dataclass(frozen=True)
class Interval:
    """Between `low` and `high` lie the middle 95 % of the resampled values."""

    low: float
    high: float


@dataclass(frozen=True)
class Intervals:
    """95 % intervals of total return and annual return (fractions) and of the Sharpe ratio.

    Definitions as in trading.metrics. Each is None where there is none: all of them for fewer
    than 60 returns (they tell nothing of the next), for equity that does not vary (it has nothing
    to resample), and for equity that reached zero (what follows ruin is no return); the annual
    return and the Sharpe ratio under 30 days too. `block` is the length of the blocks in candles,
    0 without intervals.
    """

    total_return: Interval | None = None
    annual_return: Interval | None = None
    sharpe: Interval | None = None
    block: int = 0


def intervals(
    equity: FloatArray,
    timeframe: Timeframe,
    seed: int = 7,
    resamples: int = 1000,
    *,
    period: timedelta | None = None,
) -> Intervals:
    """Compute 95 % intervals by the circular block bootstrap, percentile method.

    `equity` is one value a candle. Blocks of neighbouring returns are drawn with replacement, the
    last return followed by the first, until there are as many returns as before; blocks keep what
    neighbours have to do with each other, such as a trade's candles or a wild day. The same seed
    gives the same intervals. `period`: the time from first open to last close, where candles are
    missing in between. They tell how much luck was in this past, not whether the next is alike.

    Errors: BadArgument for fewer than 200 resamples.
    (Politis & Romano 1992, "A circular block-resampling procedure for stationary data".)
    """
    if resamples < FEWEST_RESAMPLES:
        raise BadArgument(f"resamples is {resamples}; it must be {FEWEST_RESAMPLES} or more.")
    equity = plain(equity)
    count = len(equity) - 1
    if count < LEAST_RETURNS or not equity.min() > 0.0 or moments(equity)[1] == 0.0:
        return Intervals()
    block = block_length(count, timeframe)
    sums = np.empty((count + block + 1, _SUMS))
    logs, sharpes = np.empty(resamples), np.empty(resamples)
    _fill_sums(equity, sums)
    _resample(sums, count, block, seed % 2**63, logs, sharpes)
    total, sharpe = _middle(logs), _middle(sharpes)
    ms = len(equity) * timeframe.ms if period is None else period // timedelta(milliseconds=1)
    yearly = sqrt(timeframe.per_year)
    low, high = exp(total.low) - 1.0, exp(total.high) - 1.0
    first, last = annualised(low, ms), annualised(high, ms)
    return Intervals(
        total_return=Interval(low, high),
        annual_return=None if first is None or last is None else Interval(first, last),
        sharpe=(
            Interval(sharpe.low * yearly, sharpe.high * yearly)
            if ms >= SHORTEST_ANNUALISED_MS
            else None
        ),
        block=block,
    )


def block_length(count: int, timeframe: Timeframe) -> int:
    """Return how many of `count` returns make a block: a day or count^(1/3), the longer.

    Days keep the hours' pattern together; the cube root is the growth at which the error of the
    bootstrap's variance is least (Künsch 1989). There are 30 blocks at least and 400 at most.
    """
    wanted = max(DAY_MS // timeframe.ms, ceil(cbrt(count) - 1e-9), ceil(count / MOST_BLOCKS))
    return max(1, min(wanted, count // LEAST_BLOCKS))


@compiled
def _fill_sums(equity: FloatArray, sums: FloatArray) -> None:
    """Fill the sums of log returns, returns and their squares before each candle.

    They go on past the end with the first returns again, so that a block may wrap around.
    """
    count = len(equity) - 1
    sums[0, :] = 0.0
    for i in range(1, len(sums)):
        at = i if i <= count else i - count
        change = equity[at] / equity[at - 1] - 1.0
        sums[i, 0] = np.log(equity[at] / equity[0]) if i <= count else sums[count, 0] + sums[at, 0]
        sums[i, 1] = sums[i - 1, 1] + change
        sums[i, 2] = sums[i - 1, 2] + change * change


@compiled
def _resample(
    sums: FloatArray, count: int, block: int, seed: int, logs: FloatArray, sharpes: FloatArray
) -> None:
    """Fill the total log return and the Sharpe ratio per candle of each resample.

    A resample without variation (only blocks without a position) has the ratio 0. The random
    numbers are SplitMix64's (Steele, Lea & Flood 2014).
    """
    state = uint64(seed)
    for k in range(len(logs)):
        whole = total = squares = 0.0
        left = count
        while left > 0:
            size = min(block, left)
            left -= size
            state += uint64(0x9E3779B97F4A7C15)
            mixed = (state ^ (state >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> uint64(27))) * uint64(0x94D049BB133111EB)
            # The upper half is enough for a place among fewer than 2^31 candles.
            start = ((mixed ^ (mixed >> uint64(31))) >> uint64(32)) * uint64(count) >> uint64(32)
            end = start + uint64(size)
            whole += sums[end, 0] - sums[start, 0]
            total += sums[end, 1] - sums[start, 1]
            squares += sums[end, 2] - sums[start, 2]
        logs[k] = whole
        mean = total / count
        variance = (squares - count * mean * mean) / (count - 1)
        deviation = sqrt(max(0.0, variance))
        sharpes[k] = mean / deviation if deviation > NO_VARIATION * abs(mean) else 0.0


def _middle(values: FloatArray) -> Interval:
    """Return the middle 95 % of the values, interpolated linearly; sorts them."""
    values.sort()
    low, high = (1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0
    return Interval(percentile(values, low), percentile(values, high))


def warm() -> None:
    """Load the compiled code, so that no first answer waits for it."""
    intervals(np.array([100.0, 101.0] * LEAST_RETURNS), Timeframe.H1)
