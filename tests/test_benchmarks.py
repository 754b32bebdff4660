"""The benchmark's own judgement: goals, and what counts as the same trade."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import isclose
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmark
from benchmarks import forecasting, job, live, mood
from benchmarks.differences import (
    BACKTESTING,
    VECTORBT,
    Habit,
    Unexplained,
    Walk,
    explain,
    refuse_unequal,
)
from benchmarks.job import FULL, Deal
from benchmarks.rows import Row
from trading.candles import Candles
from trading.forecast import Plan, walk_forward
from trading.learners import Library

Maker = Callable[[int, int], Candles]


def test_moods_are_part_of_the_whole() -> None:
    assert mood in benchmark.PARTS


async def test_alerts_are_timed_while_nothing_else_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live, "EVENTS", 1)
    assert len(await live._alerts(tmp_path)) == 1
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.parametrize("library", Library)
def test_bare_library_is_timed_on_the_same_chances_only(library: Library) -> None:
    plan = Plan(4, library, folds=2, threads=1)
    walk = walk_forward(job.hours(700, 1), plan)
    bare = forecasting._Bare(library, walk.rows, plan)
    for theirs in (bare.models_beside(), bare.threads_within()):
        forecasting.refuse_unequal_chances(walk.raw, theirs)
    for others in (walk.raw + 1e-4, walk.raw[1:]):
        with pytest.raises(RuntimeError, match="not ours"):
            forecasting.refuse_unequal_chances(others, bare.models_beside())


def test_ratio_says_how_many_times_better_ours_is() -> None:
    assert Row("time", 2.0, 100.0, "ms", "ratio >= 50").ratio == 50.0
    assert Row("rate", 100.0, 2.0, "runs/s", "ratio >= 50").ratio == 50.0
    assert Row("no peer", 100.0, None, "ms", "ratio >= 50").ratio is None


@pytest.mark.parametrize(
    ("ours", "peer", "goal", "reached"),
    [
        (2.0, 100.0, "ratio >= 50", True),
        (2.1, 100.0, "ratio >= 50", False),
        (2.0, None, "ratio >= 50", None),
        (4.9, None, "ours < 5", True),
        (5.0, 1.0, "ours < 5", False),
        (5.0, 1.0, "", None),
    ],
)
def test_goal_is_judged(ours: float, peer: float | None, goal: str, reached: bool | None) -> None:
    assert Row("row", ours, peer, "ms", goal).reached is reached


def test_goal_that_nobody_can_judge_is_refused() -> None:
    with pytest.raises(ValueError, match="no goal"):
        Row("row", 1.0, 1.0, "ms", "fast enough")


@pytest.mark.parametrize("make", [job.hours, job.hours_with_gaps])
def test_walk_leaves_every_trade_where_the_backtest_does(make: Maker) -> None:
    candles, walk, deals = _tested(make)
    assert len(deals) > 20, candles
    assert not explain(walk, deals, deals, ())


@pytest.mark.parametrize("habits", [VECTORBT, BACKTESTING])
def test_each_difference_that_habits_make_is_told_with_its_reason(
    habits: tuple[Habit, ...],
) -> None:
    _, walk, ours = _tested(job.hours_with_gaps)
    theirs, cash = [], job.CASH
    for entered in walk.entries():
        end = walk.end(entered, habits)
        if end is not None:
            price = walk.entry_price(entered)
            quantity = cash / (price * (1 + job.FEE))
            theirs.append(Deal(entered, end[0], price, end[1], quantity))
            cash = quantity * end[1] * (1 - job.FEE)
    reasons = explain(walk, ours, theirs, habits)
    other = sum(
        a.left != b.left or not isclose(a.exit_price, b.exit_price)
        for a, b in zip(ours, theirs, strict=True)
    )
    assert 0 < other == reasons.total()
    with pytest.raises(Unexplained):
        explain(walk, ours, theirs, ())


@pytest.mark.parametrize(
    "changed", [{"left": 7}, {"exit_price": 1.0}, {"entry_price": 1.0}, {"quantity": 1.0}]
)
def test_trade_that_no_habit_explains_stops_the_benchmark(changed: dict[str, float]) -> None:
    _, walk, ours = _tested(job.hours)
    theirs = [*ours[:5], ours[5]._replace(**changed), *ours[6:]]  # type: ignore[arg-type] # one type for all fields
    with pytest.raises(Unexplained):
        refuse_unequal(ours, theirs, 1e-9)
    with pytest.raises(Unexplained):
        explain(walk, ours, theirs, VECTORBT)


def _tested(make: Maker) -> tuple[Candles, Walk, list[Deal]]:
    candles = make(4_000, 1)
    deals = job.our_deals(job.ours(candles, FULL))
    return candles, Walk(candles, job.wanted(candles)), deals
