"""One backtest against vectorbt and backtesting.py: first the same trades, then the times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import cycle
from types import ModuleType
from typing import TypeVar

import numpy as np

from benchmarks import job
from benchmarks.differences import (
    BACKTESTING,
    VECTORBT,
    Habits,
    Unexplained,
    Walk,
    explain,
    refuse_unequal,
)
from benchmarks.job import FULL, MILLION, SIGNALS_ONLY, YEAR_OF_HOURS
from benchmarks.rows import Row, milliseconds, side_by_side
from trading.candles import Candles

T = TypeVar("T")
SEEDS = (1, 2, 3, 4, 5)
ABSENT = "is not installed (make .venv-bench/.bench)"
MOST_CALLS = 40
ERROR = 1e-9  # of quantities and equity after thousands of trades, relative


def rows() -> list[Row]:
    year = [job.hours(YEAR_OF_HOURS, seed) for seed in SEEDS]
    million = [job.hours(MILLION, seed) for seed in SEEDS[:2]]
    return [*_against_vectorbt(year, million), *_against_backtesting(year)]


def installed(name: str) -> bool:
    return find_spec(name) is not None


def _against_vectorbt(year: list[Candles], million: list[Candles]) -> list[Row]:
    if not installed("vectorbt"):
        return _alone(year, million)
    from benchmarks import with_vectorbt as peer

    compare("vectorbt", peer, VECTORBT, million[:1])
    rows = []
    for name, candles, goal, times in (
        ("8,760 candles", year, 50, 7),
        ("1,000,000 candles", million, 10, 2),
    ):
        prices = [peer.Prices(each) for each in candles]
        ours, whole, plain, inner = side_by_side(
            _our_job(candles),
            each_in_turn(prices, peer.whole),
            each_in_turn(prices, peer.without_metrics),
            each_in_turn(candles, peer.simulation),
            times=times,
        )
        at_least = f"ratio >= {goal}"
        rows += [
            Row(
                f"backtest, {name}, all metrics",
                ours,
                whole,
                "ms",
                at_least,
                "vectorbt: averages, from_signals, trades, value(), stats()",
            ),
            Row(
                f"backtest, {name}, peer without metrics",
                ours,
                plain,
                "ms",
                at_least,
                "vectorbt: averages, from_signals, trades, value()",
            ),
            Row(
                f"backtest, {name}, peer on bare arrays",
                ours,
                inner,
                "ms",
                "",
                "vectorbt's innermost function: orders only",
            ),
        ]
    return rows


def _alone(year: list[Candles], million: list[Candles]) -> list[Row]:
    return [
        Row(
            f"backtest, {len(candles[0]):,} candles, all metrics",
            milliseconds(_our_job(candles), times=10),
            None,
            "ms",
            f"ratio >= {goal}",
            f"vectorbt {ABSENT}",
        )
        for candles, goal in ((year, 50), (million, 10))
    ]


def _against_backtesting(year: list[Candles]) -> list[Row]:
    name, goal = "backtest, 8,760 candles, backtesting.py", "ratio >= 150"
    if not installed("backtesting"):
        ours = milliseconds(_our_job(year))
        return [Row(name, ours, None, "ms", goal, f"backtesting.py {ABSENT}")]
    from benchmarks import with_backtesting as peer

    compare("backtesting.py", peer, BACKTESTING)
    jobs = [peer.Job(each) for each in year]
    ours, theirs = side_by_side(_our_job(year), each_in_turn(jobs, peer.Job.run))
    return [Row(name, ours, theirs, "ms", goal, "backtesting.py: run() with all its statistics")]


def _our_job(candles: Sequence[Candles]) -> Callable[[], object]:
    def work(each: Candles) -> object:
        result = job.ours(each, FULL)
        return result.trade_table, result.equity, result.metrics

    # New candles for each call (views of the same arrays): nothing is remembered of them.
    return each_in_turn([each[:] for _ in range(MOST_CALLS) for each in candles], work)


def each_in_turn(given: Sequence[T], work: Callable[[T], object]) -> Callable[[], object]:
    """Call with the next one each time: a processor learns the turns of a single one by heart."""
    turns = cycle(given)
    return lambda: work(next(turns))


def compare(
    name: str,
    peer: ModuleType,
    habits: Habits,
    more: Sequence[Candles] = (),
) -> None:
    """Compare a peer's trades with ours and print what differs and why.

    Errors: Unexplained.
    """
    makers = (job.hours, job.hours_with_gaps)
    some = [make(YEAR_OF_HOURS, seed) for make in makers for seed in SEEDS[:3]]
    equal, total, reasons = 0, 0, Counter[str]()
    for candles in (*some, *more):
        wanted = job.wanted(candles)
        bare = job.ours(candles, SIGNALS_ONLY)
        refuse_unequal(job.our_deals(bare), peer.deals(candles, wanted, exits=False), ERROR)
        curve = peer.equity(candles, wanted)
        if not np.allclose(bare.equity[2:], curve[2:], rtol=ERROR, atol=0.0):
            raise Unexplained(f"{name}: another equity curve from the same trades.")
        equal += bare.metrics.trades
        full = job.our_deals(job.ours(candles, FULL))
        theirs = peer.deals(candles, wanted, exits=True)
        reasons += explain(Walk(candles, wanted), full, theirs, habits)
        total += len(full)
    print(f"{name}, signals only: {equal:,} trades and the equity curves are the same as ours")
    print(f"{name}, stop and target: {total - reasons.total():,} of {total:,} trades are the same")
    for reason, count in reasons.most_common():
        print(f"{count:>8,} {reason}")
