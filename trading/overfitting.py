"""How much of a good backtest is the luck of having tried many.

Sharpe ratios here are per candle, not annualised: the formulas count candles. Sources:
- Bailey, López de Prado (2014), "The Deflated Sharpe Ratio: correcting for selection bias,
  backtest overfitting and non-normality";
- Bailey, Borwein, López de Prado, Zhu (2017), "The probability of backtest overfitting".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import e, nan, sqrt
from statistics import NormalDist

import numpy as np

from trading.candles import FloatArray
from trading.errors import BadArgument

EULER_MASCHERONI = 0.5772156649015329
BLOCKS = 12  # 924 ways to halve them
MOST_BLOCKS = 16  # 12,870 ways; beyond that memory is the price of nothing
SMALLEST = 1e-12  # a deviation below it, as a share of the mean, is rounding
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Moments:
    """What the tests need of a series of returns; `kurtosis` is 3 for a normal distribution.

    `sharpe` is mean / sample standard deviation, per candle; nan where nothing varies.
    """

    count: int
    sharpe: float
    skew: float
    kurtosis: float


def moments(returns: FloatArray) -> Moments:
    """Measure per-candle returns; BadArgument for fewer than two."""
    count = len(returns)
    if count < 2:
        raise BadArgument(f"{count} returns have no spread; at least 2 are needed.")
    mean = float(returns.mean())
    off = returns - mean
    variance = float((off * off).mean())
    if variance <= (SMALLEST * abs(mean)) ** 2:
        return Moments(count, nan, 0.0, 3.0)
    return Moments(
        count,
        mean / sqrt(variance * count / (count - 1)),
        float((off**3).mean()) / variance**1.5,
        float((off**4).mean()) / variance**2,
    )


def probabilistic_sharpe(measured: Moments, benchmark: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio is above `benchmark` (per candle).

    Φ((SR − SR*) √(T − 1) / √(1 − skew SR + (kurtosis − 1) / 4 SR²)); nan without a Sharpe ratio.
    """
    variance = sampling_variance(measured)
    if not variance > 0.0:  # nan, or so few returns that the expansion breaks down
        return nan
    return _NORMAL.cdf((measured.sharpe - benchmark) / sqrt(variance))


def sampling_variance(measured: Moments) -> float:
    """Return the variance of a Sharpe ratio's estimate: what chance alone spreads it by.

    (1 − skew SR + (kurtosis − 1) / 4 SR²) / (T − 1). A wider spread of trials than this is not
    luck: some of them are truly worse than others.
    """
    sharpe = measured.sharpe
    terms = 1.0 - measured.skew * sharpe + (measured.kurtosis - 1.0) / 4.0 * sharpe * sharpe
    return terms / (measured.count - 1)


def expected_best(variance: float, trials: int) -> float:
    """Return the Sharpe ratio that the best of so many worthless trials is expected to show.

    √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))), V: variance of the trials' Sharpe ratios.
    0 for a single trial, which is no choice.
    """
    if trials < 2:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second)


def deflated_sharpe(measured: Moments, variance: float, trials: int) -> float:
    """Return the probability that the best of so many trials has a true Sharpe ratio above 0.

    `measured`: its returns; `variance`: of the trials' Sharpe ratios, per candle.
    """
    return probabilistic_sharpe(measured, expected_best(variance, trials))


@dataclass(frozen=True)
class Overfitting:
    """How often the best of one half of the past was below the middle in the other half.

    `probability` is about 0.5 where the choice means nothing, near 0 where what was best stays
    good. `loss`: how often it lost money there. `splits`: the halvings counted.
    """

    probability: float
    loss: float
    splits: int


def overfitting(returns: FloatArray, blocks: int = BLOCKS) -> Overfitting:
    """Measure the probability of backtest overfitting by combinatorially symmetric splits.

    `returns` has the shape (candles, trials). They are cut into an even number of blocks, and
    each half of the blocks serves once as past, the rest as future. The first candles that fill
    no block are left out. Equal ranks count half.

    Errors: BadArgument for fewer than two trials or two candles a block, or blocks out of range.
    """
    if blocks % 2 or not 2 <= blocks <= MOST_BLOCKS:
        raise BadArgument(f"blocks is {blocks}; it must be even, 2 to {MOST_BLOCKS}.")
    candles, trials = returns.shape
    size = candles // blocks
    if trials < 2 or size < 2:
        raise BadArgument(
            f"{candles} returns of {trials} trials can't be split into {blocks} blocks."
        )
    used = returns[candles - size * blocks :].reshape(blocks, size, trials)
    # Sums of returns and of squares are all that a Sharpe ratio needs of a block.
    sums, squares = used.sum(axis=1), (used * used).sum(axis=1)
    picks = np.zeros((_halves(blocks), blocks))
    for row, chosen in enumerate(combinations(range(blocks), blocks // 2)):
        picks[row, list(chosen)] = 1.0
    half = size * blocks // 2
    past = _sharpes(picks @ sums, picks @ squares, half)
    future_sums = (1.0 - picks) @ sums
    future = _sharpes(future_sums, (1.0 - picks) @ squares, half)
    rows = np.arange(len(picks))
    best = past.argmax(axis=1)
    reached = future[rows, best][:, None]
    below = (future < reached).sum(axis=1) + 0.5 * ((future == reached).sum(axis=1) - 1)
    middle = (trials - 1) / 2.0
    worse = (below < middle) + 0.5 * (below == middle)
    return Overfitting(
        probability=float(worse.mean()),
        loss=float((future_sums[rows, best] < 0.0).mean()),
        splits=len(picks),
    )


def _halves(blocks: int) -> int:
    count = 1
    for taken in range(blocks // 2):
        count = count * (blocks - taken) // (taken + 1)
    return count


def _sharpes(sums: FloatArray, squares: FloatArray, count: int) -> FloatArray:
    """Sharpe ratios of sums over `count` returns; 0 where nothing varies."""
    means = sums / count
    variances = np.maximum(0.0, squares / count - means * means)
    deviations = np.sqrt(variances)
    varies = deviations > SMALLEST * np.abs(means)
    return np.divide(means, deviations, out=np.zeros_like(means), where=varies)


def without_market(returns: FloatArray, market: FloatArray) -> FloatArray:
    """Return what is left of returns without their share of the market's own.

    The share is the slope of the regression on the market's returns (beta): being invested in a
    market that rises is no skill. Both have one value a candle.
    """
    off = market - market.mean()
    spread = float(off @ off)
    share = float(off @ returns) / spread if spread > 0.0 else 0.0
    return returns - share * market
