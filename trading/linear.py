"""The linear baseline: what boosted trees must beat to be worth having."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from trading.candles import FloatArray

_FURTHEST = 5.0  # standard deviations; one wild candle must not turn the whole line
_STEPS = 50


@dataclass(frozen=True, eq=False)
class Line:
    """A logistic regression on standardised columns.

    `centre`, `spread`: mean and standard deviation of the rows it learned from, never of later
    ones. `weights` are of the standardised columns.
    """

    centre: FloatArray
    spread: FloatArray
    weights: FloatArray
    shift: float

    def chances(self, rows: FloatArray) -> FloatArray:
        """Return the probability of label 1 for each row (rows, columns)."""
        score = _standardised(rows, self.centre, self.spread) @ self.weights + self.shift
        return np.asarray(1.0 / (1.0 + np.exp(-score)), np.float64)


def learn_line(x: FloatArray, y: FloatArray) -> Line:
    """Learn the probability of label 1 (`y` holds 0.0 and 1.0) by a logistic regression."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    if y.min() == y.max():
        return Line(centre, spread, np.zeros(x.shape[1]), np.inf if y[0] > 0.5 else -np.inf)
    model = LogisticRegression(solver="newton-cholesky", max_iter=_STEPS)
    model.fit(_standardised(x, centre, spread), y)
    return Line(centre, spread, model.coef_[0], float(model.intercept_[0]))


def _standardised(rows: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    return np.clip((rows - centre) / spread, -_FURTHEST, _FURTHEST)
