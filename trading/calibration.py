"""Make probabilities mean what they say: of calls at 0.6, six of ten should come true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from trading.candles import FloatArray
from trading.walk_forward import Fold

LEAST_CALLS = 50
_EDGE = 1e-6  # probabilities are kept this far from 0 and 1, where the log odds have no end
_FARTHEST = log((1.0 - _EDGE) / _EDGE)
_LOOSE = 1e-6  # so weak a penalty on the slope that it only matters where nothing else ends it
_STEPS = 50
_FLAT = 1e-9  # a gradient for each call under this is the end of the search
_SINGULAR = 1e-12  # keeps a curvature of next to nothing one that can be divided by


@dataclass(frozen=True)
class Calibration:
    """Platt's scaling: log odds = `shift` + `slope` × log odds of the raw probability.

    Slope 1 and shift 0 leave a probability as it is; slope 0 says that the raw one tells
    nothing. (Platt 1999, "Probabilistic outputs for support vector machines".)
    """

    shift: float = 0.0
    slope: float = 1.0

    def of(self, raw: FloatArray) -> FloatArray:
        """Return the calibrated probabilities."""
        # Calls that part rises from falls without a fault have a slope without an end.
        score = np.clip(self.shift + self.slope * _log_odds(raw), -_FARTHEST, _FARTHEST)
        return np.asarray(1.0 / (1.0 + np.exp(-score)))


def calibrated(raw: FloatArray, label: FloatArray, folds: Sequence[Fold]) -> FloatArray:
    """Calibrate each fold's out-of-sample probabilities on those of the folds before it.

    `raw` and `label` hold the tested rows of `folds`, in their order. What a fold learns from is
    purged and embargoed as its model's rows are: a call counts once its outcome was known a
    horizon before the fold begins. The first fold has no calls before it and keeps its raw
    probabilities.
    """
    first = folds[0].start
    result = raw.copy()
    for fold in folds[1:]:
        known = slice(0, max(0, fold.learned - first))
        part = slice(fold.start - first, fold.stop - first)
        result[part] = fit(raw[known], label[known]).of(raw[part])
    return result


def fit(raw: FloatArray, label: FloatArray) -> Calibration:
    """Fit the scaling to out-of-sample probabilities and what came of them (0.0 or 1.0).

    A slope below zero (the calls were wrong more often than right) is luck, no knowledge to be
    turned around: then, and with fewer than 50 calls, the answer is their base rate.
    """
    base = float(np.clip(label.mean(), _EDGE, 1.0 - _EDGE)) if len(label) else 0.5
    nothing = Calibration(log(base / (1.0 - base)), 0.0)
    if len(label) < LEAST_CALLS or label.min() == label.max() or raw.min() == raw.max():
        return nothing
    shift, slope = _likeliest(_log_odds(raw), label)
    return Calibration(shift, slope) if slope > 0.0 else nothing


def _likeliest(odds: FloatArray, label: FloatArray) -> tuple[float, float]:
    """Return shift and slope under which the labels are the likeliest.

    Newton's method with halved steps (Lin, Lin and Weng 2007, "A note on Platt's probabilistic
    outputs"). Each fold calibrates anew, and a library checks its arguments for ten times as long
    as these two figures take.
    """
    columns = np.column_stack([np.ones(len(odds)), odds])
    penalty = np.array([0.0, _LOOSE])

    def cost(at: FloatArray) -> float:
        score = columns @ at
        unlikely = float(np.logaddexp(0.0, score).sum() - label @ score)
        return unlikely + 0.5 * float(penalty @ at**2)

    best = np.zeros(2)
    lowest = cost(best)
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(columns @ best)))
        gradient = columns.T @ (chance - label) + penalty * best
        if np.abs(gradient).max() <= _FLAT * len(label):
            break
        curvature = (columns.T * (chance * (1.0 - chance))) @ columns
        step = np.linalg.solve(curvature + np.diag(penalty + _SINGULAR), gradient)
        tries = (best - step / 2.0**halvings for halvings in range(30))
        found = next(((new, low) for new in tries if (low := cost(new)) < lowest), None)
        if found is None:
            break
        best, lowest = found
    return float(best[0]), float(best[1])


def _log_odds(chances: FloatArray) -> FloatArray:
    inside = np.clip(chances, _EDGE, 1.0 - _EDGE)
    return np.asarray(np.log(inside / (1.0 - inside)))
