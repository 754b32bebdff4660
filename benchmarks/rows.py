"""One measured line, what is aimed at, and how it is timed."""

from __future__ import annotations

import operator
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

_GOAL = re.compile(r"(ratio|ours) (>=|<=|<) ([\d.]+)")
_COMPARED = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class Row:
    """What was measured: ours and the peer's figure in `unit`, and what is aimed at.

    `ratio` says how many times better ours is: peer / ours, or ours / peer where more is better
    (units a second); None without a peer's figure. `goal` is `ratio >= 50`, `ours < 5` (in
    `unit`), or empty where nothing is aimed at. `against` says what the peer is.
    """

    name: str
    ours: float
    peer: float | None
    unit: str
    goal: str
    against: str = ""

    def __post_init__(self) -> None:
        if self.goal and not _GOAL.fullmatch(self.goal):
            raise ValueError(f"{self.goal!r} is no goal such as 'ratio >= 50' or 'ours < 5'.")

    @property
    def ratio(self) -> float | None:
        if self.peer is None:
            return None
        return self.ours / self.peer if self.unit.endswith("/s") else self.peer / self.ours

    @property
    def reached(self) -> bool | None:
        """Tell whether the goal is met; None where there is none, or no peer to tell."""
        parts = _GOAL.fullmatch(self.goal)
        if parts is None:
            return None
        what, sign, number = parts.groups()
        value = self.ours if what == "ours" else self.ratio
        return None if value is None else _COMPARED[sign](value, float(number))


def milliseconds(work: Callable[[], object], times: int = 30) -> float:
    """Return the median time of one call, after two that warm up."""
    work()
    work()
    return statistics.median(_timed(work) for _ in range(times))


def side_by_side(*works: Callable[[], object], rounds: int = 3, times: int = 5) -> list[float]:
    """Return each one's shortest time in ms, as timeit advises: what else runs only ever adds.

    They take turns, so that all see the same busy moments of the machine, but each runs `times`
    in a row, after one that is not counted: what ran before it has emptied the caches.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, column in zip(works, taken, strict=True):
            work()
            column.extend(_timed(work) for _ in range(times))
    return [min(column) for column in taken]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
