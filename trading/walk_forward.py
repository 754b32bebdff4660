"""Predict each stretch of the past by a model that knew only what came before it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import lightgbm
import numpy as np

from trading.candles import FloatArray, IntArray

FIRST_SHARE = 0.4  # of the rows, that the first fold learns from
TREES = 150
_MODEL = {
    "objective": "binary",
    "learning_rate": 0.03,
    "max_depth": 4,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambda_l2": 1.0,
    "feature_fraction": 0.8,
    "max_bin": 63,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    # Small tables: whole folds side by side beat threads within one, and the result does not
    # depend on the number of threads.
    "num_threads": 1,
}


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled rows in time order: candle number, features (rows, columns), label 0.0 or 1.0."""

    at: IntArray
    x: FloatArray
    y: FloatArray


@dataclass(frozen=True)
class Fold:
    """Rows [0, learned) to learn from, rows [start, stop) to be judged by."""

    learned: int
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class OutOfSample:
    """Predictions of rows that their model had not seen.

    `probability` of label 1, the `label` that came, and `base`, the share of label 1 that was
    known when the model learned.
    """

    probability: FloatArray
    label: FloatArray
    base: FloatArray


def split(at: IntArray, horizon: int, count: int) -> tuple[Fold, ...]:
    """Return expanding folds, purged and embargoed.

    The first 40 % of the rows are only learned from, the rest is cut into `count` equal tests. A
    row may be learned from when its label was known `horizon` candles before the test starts:
    purged by one horizon, for the label, and embargoed by another, because rows that close to
    the test share most of their label's and features' candles with it.
    """
    edges = np.linspace(len(at) * FIRST_SHARE, len(at), count + 1).astype(int).tolist()
    return tuple(
        Fold(int(np.searchsorted(at, at[start] - 2 * horizon, side="right")), start, stop)
        for start, stop in pairwise(edges)
    )


def predict_folds(rows: Rows, folds: Sequence[Fold], seed: int, threads: int) -> OutOfSample:
    """Learn and predict every fold, `threads` of them at a time."""
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        parts = list(pool.map(lambda fold: _predict(rows, fold, seed), folds))
    bases = [np.full(f.stop - f.start, rows.y[: f.learned].mean()) for f in folds]
    return OutOfSample(
        probability=np.concatenate(parts),
        label=np.concatenate([rows.y[f.start : f.stop] for f in folds]),
        base=np.concatenate(bases),
    )


def learn_and_predict(x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
    """Return the probability of label 1 for each row of `new`: boosted trees (LightGBM)."""
    if y.min() == y.max():
        return np.full(len(new), float(y[0]))
    data = lightgbm.Dataset(x, y, params={"max_bin": _MODEL["max_bin"], "verbosity": -1})
    model = lightgbm.train({**_MODEL, "seed": seed}, data, num_boost_round=TREES)
    return np.asarray(model.predict(new, num_threads=1), np.float64)


def _predict(rows: Rows, fold: Fold, seed: int) -> FloatArray:
    known = slice(0, fold.learned)
    return learn_and_predict(rows.x[known], rows.y[known], rows.x[fold.start : fold.stop], seed)
