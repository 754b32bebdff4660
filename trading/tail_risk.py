"""How bad a bad day is: value at risk and what lies beyond it, from past days as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil

import numpy as np

from trading.candles import Candles, FloatArray, IntArray, Timeframe
from trading.errors import BadArgument, NotEnoughHistory
from trading.jumps import refuse_jumps
from trading.volatility import ewma_volatility

WINDOW = 365  # days that a tail is learned from
LEAST_DAYS = 60
LEAST_IN_TAIL = 3  # a mean of fewer is an anecdote


@dataclass(frozen=True)
class TailRisk:
    """One-day losses as positive fractions of the value held.

    `var` is exceeded by about (1 − level) of the days, `cvar` is the mean loss of those days,
    `samples` is the number of days it was learned from.
    """

    var: float
    cvar: float
    level: float
    samples: int


def historical_tail(returns: FloatArray, level: float = 0.95) -> TailRisk:
    """Compute historical VaR and CVaR of daily returns (fractions, any order).

    With n returns the tail is the k = ceil(n · (1 − level)) worst of them. VaR is the mildest
    loss in the tail (the k-th worst), CVaR, also called expected shortfall, the mean loss of the
    tail; so VaR <= CVaR always. A loss is −return, and no loss is reported below 0.
    (Acerbi & Tasche 2002, "On the coherence of expected shortfall", for whole k.)

    Errors: BadArgument for a level outside [0.5, 0.99] or a return that is no number,
    NotEnoughHistory under 60 days or when the tail holds fewer than 3.
    """
    if not 0.5 <= level <= 0.99:
        raise BadArgument(f"level is {level}; it must lie between 0.5 and 0.99, such as 0.95.")
    if not bool(np.all(np.isfinite(returns))):
        raise BadArgument("A daily return is not a finite number.")
    count = len(returns)
    tail = tail_size(count, level)
    if count < LEAST_DAYS or tail < LEAST_IN_TAIL:
        needed = max(LEAST_DAYS, ceil((LEAST_IN_TAIL - 1) / (1.0 - level) + 1e-6))
        raise NotEnoughHistory(
            f"The one-day risk at {level:.0%} needs {needed} daily returns, there are {count}."
        )
    return tail_of(np.sort(np.partition(returns, tail - 1)[:tail]), level, count)


def filtered_tail(returns: FloatArray, level: float = 0.95, window: int = WINDOW) -> TailRisk:
    """Compute VaR and CVaR of past days put at today's volatility (daily returns, oldest first).

    Filtered historical simulation: each return is divided by the volatility that was expected of
    its day (EWMA of the days before it) and multiplied by the one that is expected of the next
    day; then as `historical_tail`. A quiet year then says little less of a wild week than a wild
    one. (Hull & White 1998, "Incorporating volatility updating into the historical simulation
    method for value at risk", Journal of Risk 1.) The past days are the last `window`; earlier
    ones count for the volatility alone, and the first 20 have none to be divided by.

    Nobody who holds something loses more than all of it: larger losses are cut to 1.

    Errors: as `historical_tail`; a day before which the price stood still can't be scaled and is
    left out.
    """
    surprises = standardised(returns)[-window:]
    scaled = surprises[np.isfinite(surprises)] * ewma_volatility(returns)[-1:]
    return historical_tail(np.maximum(scaled, -1.0), level)


def standardised(returns: FloatArray) -> FloatArray:
    """Divide each return by the volatility that the days before it let expect, else nan."""
    expected = np.full(len(returns), np.nan)
    expected[1:] = ewma_volatility(returns)[:-1]
    known = expected > 0.0
    return np.where(known, returns / np.where(known, expected, 1.0), np.nan)


def tail_size(count: int, level: float) -> int:
    """Return how many of `count` daily returns are the tail."""
    return ceil(count * (1.0 - level) - 1e-9)  # 100 · 0.05 is 5.000000000000004


def tail_of(worst: FloatArray, level: float, samples: int) -> TailRisk:
    """Return VaR and CVaR of a tail: the `tail_size` worst of `samples` returns, worst first."""
    return TailRisk(
        var=max(0.0, -float(worst[-1])),
        cvar=max(0.0, -float(worst.mean())),
        level=level,
        samples=samples,
    )


def portfolio_tail(
    returns: FloatArray, exposures: Sequence[float], level: float = 0.95
) -> TailRisk:
    """Compute VaR and CVaR of today's book over past days, as fractions of equity.

    `returns` has one row a day and one column a symbol (see `aligned_daily_returns`);
    `exposures` are signed position values / equity, negative for shorts, in the same order. Each
    past day is replayed on the book as it is now, so hedges and concentrations count.
    """
    weights = np.asarray(exposures, np.float64)
    if returns.ndim != 2 or weights.shape != (returns.shape[1],):
        raise BadArgument(
            f"The returns have shape {returns.shape}, but there are {len(weights)} exposures."
        )
    if not bool(np.all(np.isfinite(weights))):
        raise BadArgument("An exposure is not a finite number.")
    return historical_tail(returns @ weights, level)


def daily_returns(candles: Candles) -> FloatArray:
    """Return close / close of the day before − 1, only where both days exist.

    Errors: BadArgument for another timeframe than 1d, BadCandles on a jump that no market makes.
    """
    return _returns_at(candles)[1]


def aligned_daily_returns(candles: Sequence[Candles]) -> FloatArray:
    """Return daily returns of several symbols, shape (days, symbols), on their common days."""
    if not candles:
        raise BadArgument("There are no candles to align.")
    columns = [_returns_at(part) for part in candles]
    common = reduce(np.intersect1d, [time for time, _ in columns])
    return np.column_stack(
        [values[np.searchsorted(time, common)] for time, values in columns]
    ).astype(np.float64)


def _returns_at(candles: Candles) -> tuple[IntArray, FloatArray]:
    """Return the days that have a return, and the returns."""
    if candles.timeframe is not Timeframe.D1:
        raise BadArgument(f"One-day risk needs 1d candles, these are {candles.timeframe}.")
    refuse_jumps(candles)
    neighbours = np.diff(candles.time) == Timeframe.D1.ms
    changes = candles.close[1:] / candles.close[:-1] - 1.0
    return candles.time[1:][neighbours], changes[neighbours]
