"""One measured line, and how it is timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured: ours and the peer's figure in `unit`, and the ratio that is aimed at.

    `ratio` is peer / ours: above 1 ours is faster. `goal` says in words what it should be.
    """

    name: str
    ours: float
    peer: float
    unit: str
    goal: str

    @property
    def ratio(self) -> float:
        return self.peer / self.ours


def milliseconds(work: Callable[[], object], times: int = 30) -> float:
    """Return the median time of one call, after two that warm up."""
    work()
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000
