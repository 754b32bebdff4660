"""Boosted trees, the same ones from either library, that learn a probability."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import lightgbm
import numpy as np

from trading.candles import FloatArray

TREES = 200
DEPTH = 4

# Prices are mostly noise, and trees that may look closer only learn it by heart: small steps,
# half of the columns a tree, and leaves of 200 rows, or an eighth of few.
_RATE = 0.015
_FEATURES = 0.5
_LEAF = 200
_LEAVES = 8
_BINS = 63


class Library(StrEnum):
    """Whose trees: LightGBM's, or XGBoost's where that is installed."""

    LIGHTGBM = "lightgbm"
    XGBOOST = "xgboost"

    @property
    def title(self) -> str:  # type: ignore[override]  # str.title() is of no use here
        return {"lightgbm": "LightGBM", "xgboost": "XGBoost"}[self.value]

    @property
    def version(self) -> str:
        """The installed version: another one may learn other trees."""
        return str(lightgbm.__version__ if self is Library.LIGHTGBM else _xgboost().__version__)


class Trees(Protocol):
    """What was learned. May be asked by several threads at once."""

    def chances(self, rows: FloatArray) -> FloatArray:
        """Return the probability of label 1 for each row (rows, columns)."""

    @property
    def gains(self) -> FloatArray:
        """Each column's share of all that the splits gained; they sum to 1, or are all 0."""


def learn(x: FloatArray, y: FloatArray, seed: int, library: Library = Library.LIGHTGBM) -> Trees:
    """Learn the probability of label 1 (`y` holds 0.0 and 1.0) from 200 trees of depth 4.

    The same rows and seed give the same trees. Small tables: whole models side by side beat
    threads within one, and on a busy machine these wait for each other, so each has one.
    """
    if y.min() == y.max():
        return _Always(float(y[0]), x.shape[1])
    if library is Library.XGBOOST:
        return _XgboostTrees(_xgboost_trees(x, y, seed), x.shape[1])
    parameters = lightgbm_parameters(len(x), seed)
    data = lightgbm.Dataset(x, y, params=parameters)
    return _LightgbmTrees(lightgbm.train(parameters, data, num_boost_round=TREES))


def learn_and_predict(x: FloatArray, y: FloatArray, new: FloatArray, seed: int) -> FloatArray:
    """Return the probability of label 1 for each row of `new`, by LightGBM's trees."""
    return learn(x, y, seed).chances(new)


_LIGHTGBM = {
    "objective": "binary",
    "learning_rate": _RATE,
    "max_depth": DEPTH,
    "num_leaves": 2**DEPTH,
    "lambda_l2": 1.0,
    "feature_fraction": _FEATURES,
    "max_bin": _BINS,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
_XGBOOST = {
    "objective": "binary:logistic",
    "eta": _RATE,
    "max_depth": DEPTH,
    "lambda": 1.0,
    "colsample_bytree": _FEATURES,
    "tree_method": "hist",
    "max_bin": _BINS,
    "verbosity": 0,
}


def lightgbm_parameters(rows: int, seed: int) -> dict[str, Any]:
    """Return what LightGBM is told for so many rows to learn from."""
    return {**_LIGHTGBM, "min_data_in_leaf": _leaf(rows), "seed": seed, "num_threads": 1}


def xgboost_parameters(rows: int, seed: int) -> dict[str, Any]:
    """Return what XGBoost is told for so many rows to learn from."""
    # A row weighs p(1 − p), a quarter at most.
    return {**_XGBOOST, "min_child_weight": _leaf(rows) / 4.0, "seed": seed, "nthread": 1}


def _xgboost() -> Any:
    # Loaded only where it is wanted: it need not be installed, and it takes a second.
    import xgboost

    return xgboost


def _xgboost_trees(x: FloatArray, y: FloatArray, seed: int) -> Any:
    xgboost = _xgboost()
    data = xgboost.DMatrix(x, y, nthread=1)
    parameters = xgboost_parameters(len(x), seed)
    return xgboost.train(parameters, data, num_boost_round=TREES)


@dataclass(frozen=True, eq=False)
class _Always:
    """All labels were the same, so there was nothing to learn."""

    chance: float
    columns: int

    def chances(self, rows: FloatArray) -> FloatArray:
        return np.full(len(rows), self.chance)

    @property
    def gains(self) -> FloatArray:
        return np.zeros(self.columns)


@dataclass(frozen=True, eq=False)
class _LightgbmTrees:
    model: Any

    def chances(self, rows: FloatArray) -> FloatArray:
        return np.asarray(self.model.predict(rows, num_threads=1), np.float64)

    @cached_property
    def gains(self) -> FloatArray:
        return _shares(np.asarray(self.model.feature_importance("gain"), np.float64))


@dataclass(frozen=True, eq=False)
class _XgboostTrees:
    model: Any
    columns: int

    def chances(self, rows: FloatArray) -> FloatArray:
        return np.asarray(self.model.inplace_predict(rows), np.float64)

    @cached_property
    def gains(self) -> FloatArray:
        found = self.model.get_score(importance_type="total_gain")
        return _shares(np.array([found.get(f"f{at}", 0.0) for at in range(self.columns)]))


def _leaf(rows: int) -> int:
    return max(1, min(_LEAF, rows // _LEAVES))


def _shares(gains: FloatArray) -> FloatArray:
    total = float(gains.sum())
    return gains / total if total > 0.0 else np.zeros(len(gains))
