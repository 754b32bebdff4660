"""A thousand pairs of lengths over a year of hours, on two cores: ours, vectorbt, a bare scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context

import numpy as np

from benchmarks import job
from benchmarks.bare_scan import BareScan
from benchmarks.differences import Unexplained
from benchmarks.job import FULL, SIGNALS_ONLY, YEAR_OF_HOURS, Pair
from benchmarks.peers import ABSENT, installed
from benchmarks.rows import Row, milliseconds, side_by_side
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe
from trading.strategies.sma_cross import SmaCross
from trading.sweep import Scores, sweep

CORES = 2
PAIRS: list[Pair] = [(fast, slow) for fast in range(5, 45, 2) for slow in range(50, 250, 4)]
CHUNK = 50  # pairs that vectorbt tests at once: the fastest of 10 to 1,000
ERROR = 1e-9


def rows() -> list[Row]:
    candles = job.hours(YEAR_OF_HOURS, 1)
    scan = BareScan(candles, PAIRS)
    _refuse_other("the bare scan", scan.run(CORES), _ours(candles, FULL).total_return)
    ours, bare = side_by_side(
        lambda: _ours(candles[:], FULL), lambda: scan.run(CORES), rounds=5, times=5
    )
    return [
        _against_vectorbt(candles),
        Row(
            "sweep of 1,000 pairs, bare scan",
            _rate(ours),
            _rate(bare),
            "runs/s",
            "ratio >= 0.25",
            "a compiled scan over given averages that keeps the last equity only",
        ),
    ]


def _against_vectorbt(candles: Candles) -> Row:
    name, goal = "sweep of 1,000 pairs", "ratio >= 60"
    if not installed("vectorbt"):
        ours = milliseconds(lambda: _ours(candles[:], FULL))
        return Row(name, _rate(ours), None, "runs/s", goal, f"vectorbt {ABSENT}")
    with _vectorbt(candles) as scores:
        _refuse_other_scores(scores(exits=False), _ours(candles, SIGNALS_ONLY))
        ours, theirs = side_by_side(
            lambda: _ours(candles[:], FULL), lambda: scores(exits=True), rounds=3, times=3
        )
    against = "vectorbt in two processes: return, Sharpe ratio, drawdown, trades"
    return Row(name, _rate(ours), _rate(theirs), "runs/s", goal, against)


def _ours(candles: Candles, rules: Rules) -> Scores:
    return sweep(candles, [SmaCross(fast=fast, slow=slow) for fast, slow in PAIRS], rules, CORES)


@contextmanager
def _vectorbt(candles: Candles) -> Iterator[Callable[..., FloatArray]]:
    """Give a function that tests all pairs in as many processes as there are cores."""
    from benchmarks import with_vectorbt as peer

    chunks = [PAIRS[at : at + CHUNK] for at in range(0, len(PAIRS), CHUNK)]
    for exits in (False, True):
        peer.scores(candles, chunks[0], exits=exits)  # compiles, and the processes inherit it
    with ProcessPoolExecutor(CORES, get_context("fork")) as pool:

        def scores(*, exits: bool) -> FloatArray:
            test = partial(peer.scores, candles, exits=exits)
            return np.concatenate(list(pool.map(test, chunks)))

        yield scores


def _rate(taken: float) -> float:
    """Runs a second from the milliseconds of all."""
    return len(PAIRS) / taken * 1000


def _refuse_other_scores(theirs: FloatArray, ours: Scores) -> None:
    _refuse_other("vectorbt's returns", theirs[:, 0], ours.total_return)
    _refuse_other("vectorbt's Sharpe ratios", theirs[:, 1], _with_a_zero(ours.sharpe))
    _refuse_other("vectorbt's drawdowns", -theirs[:, 2], ours.max_drawdown)
    _refuse_other("vectorbt's numbers of trades", theirs[:, 3], ours.trades.astype(np.float64))


def _with_a_zero(sharpe: FloatArray) -> FloatArray:
    """Return the Sharpe ratios as they are with a first return of zero, which vectorbt counts."""
    yearly = np.sqrt(Timeframe.H1.per_year)
    ratio, n = sharpe / yearly, YEAR_OF_HOURS  # n: with the zero
    mean = ratio * (n - 1) / n  # in units of the deviation without it
    squares = (n - 2) + (n - 1) * ratio**2 - n * mean**2
    return np.asarray(mean / np.sqrt(squares / (n - 1)) * yearly)


def _refuse_other(whose: str, theirs: FloatArray, ours: FloatArray) -> None:
    if not np.allclose(theirs, ours, rtol=ERROR, atol=ERROR):
        worst = int(np.argmax(np.abs(theirs - ours)))
        raise Unexplained(f"{whose}: {theirs[worst]} for {PAIRS[worst]}, ours {ours[worst]}.")
