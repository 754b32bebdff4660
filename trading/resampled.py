"""How far a mean over neighbouring candles may be luck: a block bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from trading.candles import FloatArray

RESAMPLES = 1_000
FEWEST_BLOCKS = 5
_LEVELS = (0.025, 0.975)


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


def estimate(values: FloatArray, horizon: int, seed: int) -> Estimate:
    """Return the mean of `values` (one a candle, in time order) with its 95 % interval.

    Circular block bootstrap, percentile method: blocks of neighbours are drawn with replacement,
    the last value followed by the first. A block is two horizons long, or the square root of the
    count where that is longer: what overlaps, and what wild days have in common, stays together.
    The same seed gives the same interval.
    (Politis & Romano 1992, "A circular block-resampling procedure for stationary data".)
    """
    count = len(values)
    block = min(max(2 * horizon, ceil(sqrt(count))), max(1, count // FEWEST_BLOCKS))
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[: block - 1]]))])
    of_block = (sums[block:] - sums[:-block]) / block
    random = np.random.default_rng(seed)
    drawn = random.integers(0, count, (RESAMPLES, ceil(count / block)))
    low, high = np.quantile(of_block[drawn].mean(axis=1), _LEVELS)
    return Estimate(float(values.mean()), float(low), float(high))
