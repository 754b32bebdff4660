"""The whole walk-forward forecast of a year of hours against the bare libraries, same folds.

Ours makes features and labels, learns the trees and the linear baseline, calibrates, and judges.
The bare library gets the finished table: it makes its data sets, learns the same trees and
predicts. It may use the two threads either way, within a model or a model each; the faster way
counts. Both must give the same chances.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm
import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from benchmarks import job
from benchmarks.job import YEAR_OF_HOURS
from benchmarks.peers import ABSENT, installed
from benchmarks.rows import Row, side_by_side
from trading import learners
from trading.candles import Candles, FloatArray
from trading.forecast import Plan, walk_forward
from trading.learners import TREES, Library
from trading.proof import judge
from trading.walk_forward import Fold, Rows, split

THREADS = 2
HORIZON = 4
_NEAR = 1e-6  # single precision, in which XGBoost predicts
GOAL = "ratio >= 0.83"  # no more than 1.2 times its time


def rows() -> list[Row]:
    candles = job.hours(YEAR_OF_HOURS, 1)
    return [_against(library, candles) for library in Library]


def _against(library: Library, candles: Candles) -> Row:
    name = f"forecast, 8,760 rows, {library.title}"
    if not installed(library.value):
        return Row(name, 0.0, None, "ms", GOAL, f"{library.title} {ABSENT}")
    plan = Plan(HORIZON, library, threads=THREADS)
    walk = walk_forward(candles, plan)
    bare = _Bare(library, walk.rows, plan)
    for theirs in (bare.models_beside(), bare.threads_within()):
        refuse_unequal_chances(walk.raw, theirs)
    ours, beside = side_by_side(lambda: _ours(candles, plan), bare.models_beside, rounds=6, times=3)
    # Threads within a model wait for each other: on a busy machine for minutes, if often.
    (within,) = side_by_side(bare.threads_within, rounds=1, times=2)
    way = "threads within a model" if within < beside else "a thread a model"
    against = f"bare {library.title}: the same 8 folds and trees, {way}"
    return Row(name, ours, min(within, beside), "ms", GOAL, against)


def refuse_unequal_chances(ours: FloatArray, theirs: Sequence[FloatArray]) -> None:
    """Compare the trees' chances before calibration; times of different work are no ratio.

    Errors: RuntimeError where any of them differs.
    """
    bare = np.concatenate(theirs)
    if ours.shape != bare.shape or not np.allclose(ours, bare, rtol=0.0, atol=_NEAR):
        raise RuntimeError("The bare library's chances of a rise are not ours.")


def _ours(candles: Candles, plan: Plan) -> object:
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        return judge(walk_forward(candles, plan).told, plan.horizon, plan.seed)


class _Bare:
    """The library alone on labelled rows."""

    def __init__(self, library: Library, rows: Rows, plan: Plan) -> None:
        self._rows = rows
        self._folds = split(rows.at, plan.horizon, plan.folds)
        self._learn = {Library.LIGHTGBM: _lightgbm, Library.XGBOOST: _xgboost}[library]
        self._seed = plan.seed

    def threads_within(self) -> Sequence[FloatArray]:
        return [self._one(fold, THREADS) for fold in self._folds]

    def models_beside(self) -> Sequence[FloatArray]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(lambda fold: self._one(fold, 1), self._folds))

    def _one(self, fold: Fold, threads: int) -> FloatArray:
        x, y = self._rows.x, self._rows.y
        known, new = slice(0, fold.learned), slice(fold.start, fold.stop)
        return self._learn(x[known], y[known], x[new], self._seed, threads)


def _lightgbm(x: FloatArray, y: FloatArray, new: FloatArray, seed: int, threads: int) -> FloatArray:
    set_up = {**learners.lightgbm_parameters(len(x), seed), "num_threads": threads}
    data = lightgbm.Dataset(x, y, params=set_up)
    model = lightgbm.train(set_up, data, num_boost_round=TREES)
    return np.asarray(model.predict(new, num_threads=threads), np.float64)


def _xgboost(x: FloatArray, y: FloatArray, new: FloatArray, seed: int, threads: int) -> FloatArray:
    import xgboost

    set_up = {**learners.xgboost_parameters(len(x), seed), "nthread": threads}
    data = xgboost.DMatrix(x, y, nthread=threads)
    model: Any = xgboost.train(set_up, data, num_boost_round=TREES)
    return np.asarray(model.predict(xgboost.DMatrix(new, nthread=threads)), np.float64)
