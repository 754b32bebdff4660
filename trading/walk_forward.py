"""Predict each stretch of the past by models that knew only what came before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trading.candles import FloatArray, IntArray

FIRST_SHARE = 0.4  # of the rows, that the first fold learns from
Learn = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""Learns from rows and labels, and returns its predictions for new rows."""
Each = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled rows in time order: candle number, features (rows, columns), label."""

    at: IntArray
    x: FloatArray
    y: FloatArray


@dataclass(frozen=True)
class Fold:
    """Rows [0, learned) to learn from, rows [start, stop) to be judged by."""

    learned: int
    start: int
    stop: int


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


def judged(values: FloatArray, folds: Sequence[Fold]) -> FloatArray:
    """Return the values of the rows that the folds test, in their order."""
    return values[folds[0].start : folds[-1].stop]


def unheard(fold: int) -> None:
    """Take the number of folds that are done, and go on."""


def predict_folds(
    rows: Rows,
    folds: Sequence[Fold],
    learners: Sequence[Learn],
    threads: int = 1,
    each: Each = unheard,
) -> tuple[FloatArray, ...]:
    """Return each learner's predictions of all tested rows; `threads` folds at a time.

    `each` is told how many folds are done, one after the other; what it raises ends the work
    with the folds at hand.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, threads), thread_name_prefix="fold")
    try:
        # The last folds learn from the most rows: begun first, they keep no thread waiting alone.
        running = [pool.submit(_predict, rows, fold, learners) for fold in reversed(folds)]
        parts = []
        for number, future in enumerate(running, start=1):
            parts.append(future.result())
            each(number)
    finally:
        pool.shutdown(cancel_futures=True)
    return tuple(np.concatenate(column) for column in zip(*reversed(parts), strict=True))


def base_rates(rows: Rows, folds: Sequence[Fold]) -> FloatArray:
    """Return, for each tested row, the share of label 1 that was known when its model learned."""
    return np.concatenate(
        [np.full(fold.stop - fold.start, rows.y[: fold.learned].mean()) for fold in folds]
    )


def _predict(rows: Rows, fold: Fold, learners: Sequence[Learn]) -> tuple[FloatArray, ...]:
    x, y = rows.x[: fold.learned], rows.y[: fold.learned]
    return tuple(learn(x, y, rows.x[fold.start : fold.stop]) for learn in learners)
