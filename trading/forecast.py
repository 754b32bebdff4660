"""Will the price be higher in a few candles? And is the answer worth anything?"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from trading.candles import Candles, FloatArray
from trading.errors import BadArgument, NotEnoughHistory
from trading.features import WARM_UP, features, labels
from trading.jumps import refuse_jumps
from trading.walk_forward import OutOfSample, Rows, learn_and_predict, predict_folds, split

FOLDS = 8
LEAST_ROWS = 400
LONGEST_HORIZON = 50
EFFECTIVE = 0.55  # the guide's rule: accuracy above it calls a model effective
_Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Forecast:
    """The chance of a higher close `horizon` candles from now, and how far to trust it.

    All rates are fractions. `accuracy` (with its 95 % interval) is out of sample: each call was
    made by a model that had seen only candles before it. `naive_rate` is the accuracy, on the
    same candles, of always calling the direction that was the more frequent one until then.
    `brier` is the mean squared error of the probabilities, `naive_brier` that of the base rate.
    `effective` is the guide's rule (accuracy > 0.55), `edge` the statistical answer: only with it
    is `probability_up` more than the base rate. `samples` out-of-sample calls overlap, so they
    are worth `effective_samples` independent ones.
    """

    horizon: int
    probability_up: float
    base_rate: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    naive_rate: float
    brier: float
    naive_brier: float
    samples: int
    effective_samples: int
    edge: bool
    effective: bool
    meaning: str


def forecast(
    candles: Candles, horizon: int = 4, seed: int = 7, threads: int = 2, folds: int = FOLDS
) -> Forecast:
    """Forecast the direction over `horizon` candles and judge it by walk-forward.

    Boosted trees on past returns, volatility, averages, volume and the hour. The same candles
    and seed give the same answer, whatever the number of threads.

    Errors: NotEnoughHistory under 400 usable candles after the warm-up, BadArgument for a
    horizon outside 1 to 50 or folds outside 2 to 20, BadCandles on a jump that no market makes.
    """
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise BadArgument(f"horizon is {horizon}; it must lie between 1 and {LONGEST_HORIZON}.")
    if not 2 <= folds <= 20:
        raise BadArgument(f"folds is {folds}; it must lie between 2 and 20.")
    rows, newest = _prepare(candles, horizon)
    out = predict_folds(rows, split(rows.at, horizon, folds), seed, threads)
    raw = float(learn_and_predict(rows.x, rows.y, newest, seed)[0])
    return _judge(out, float(rows.y.mean()), raw, horizon)


def wilson(rate: float, count: float) -> tuple[float, float]:
    """Return the 95 % interval of a share seen in `count` independent trials (Wilson 1927)."""
    spread = _Z * _Z / count
    centre = (rate + spread / 2.0) / (1.0 + spread)
    half = _Z * sqrt((rate * (1.0 - rate) + spread / 4.0) / count) / (1.0 + spread)
    return centre - half, centre + half


def _prepare(candles: Candles, horizon: int) -> tuple[Rows, FloatArray]:
    """Return the labelled rows and the newest row of features, shape (1, columns)."""
    needed = WARM_UP + LEAST_ROWS + horizon
    if len(candles) < needed:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the forecast needs {needed} closed candles, "
            f"there are {len(candles)}."
        )
    refuse_jumps(candles)
    _, table = features(candles)
    outcome = labels(candles, horizon)
    at = np.flatnonzero(np.isfinite(outcome) & np.isfinite(table).all(axis=1))
    if len(at) < LEAST_ROWS:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the forecast needs {LEAST_ROWS} candles with "
            f"no hole in the {horizon} after them, there are {len(at)} ({candles.missing} "
            "candles are missing)."
        )
    return Rows(at, table[at], outcome[at]), table[-1:]


def _judge(out: OutOfSample, base_rate: float, raw: float, horizon: int) -> Forecast:
    samples = len(out.label)
    # Labels of neighbouring candles share all but one of their candles: `horizon` calls in a row
    # are worth one.
    effective_samples = max(1, samples // horizon)
    accuracy = float(np.mean((out.probability > 0.5) == (out.label > 0.5)))
    naive = float(np.mean((out.base > 0.5) == (out.label > 0.5)))
    low, high = wilson(accuracy, effective_samples)
    # A naive rate under one half is bad luck, no lower bar: a coin does better.
    edge = low > max(naive, 0.5)
    trust = _trust(out, horizon) if edge else 0.0
    return Forecast(
        horizon=horizon,
        probability_up=base_rate + trust * (raw - base_rate),
        base_rate=base_rate,
        accuracy=accuracy,
        accuracy_low=low,
        accuracy_high=high,
        naive_rate=naive,
        brier=float(np.mean((out.probability - out.label) ** 2)),
        naive_brier=float(np.mean((out.base - out.label) ** 2)),
        samples=samples,
        effective_samples=effective_samples,
        edge=edge,
        effective=accuracy > EFFECTIVE,
        meaning=_in_words(edge, accuracy, naive),
    )


def _trust(out: OutOfSample, horizon: int) -> float:
    """Return how much of the model's departure from the base rate came true, in [0, 1].

    The slope of (outcome − base) over (probability − base), out of sample, through zero, less
    1.96 of its standard errors (widened for overlap). Trees on noise are overconfident: their
    slope is far below 1. Without an edge it is not used and the forecast is the base rate.
    """
    claimed = out.probability - out.base
    came = out.label - out.base
    weight = float(np.sum(claimed * claimed))
    if weight <= 0.0:
        return 0.0
    slope = float(np.sum(claimed * came)) / weight
    rest = came - slope * claimed
    error = sqrt(float(np.mean(rest * rest)) * horizon / weight)
    return min(1.0, max(0.0, slope - _Z * error))


def _in_words(edge: bool, accuracy: float, naive: float) -> str:
    start = "edge" if edge else "no edge"
    return f"{start}: {accuracy * 100:.1f} % right against {naive * 100:.1f} % naive"
