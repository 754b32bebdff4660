"""One lineup's runs on a question: which are started when, and which are stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.members import Member
from agents.run_log import RunLog
from agents.trace import TracedRun
from agents.verdict import ballot_of
from agents.vote import Plan

Work = Callable[[Member, RunLog], Coroutine[Any, Any, TracedRun]]
# A run that has taken half of the time may never end: then the rest starts, while it still can.
LATE = 0.5


@dataclass
class Poll:
    """Starts runs by a plan until the votes are counted.

    `ended` holds the runs that ended by themselves. Paid runs that can no longer change the
    verdict are stopped; rule-based ones all finish, so that each lens is seen.
    """

    members: Sequence[Member]
    logs: Sequence[RunLog]
    plan: Plan
    work: Work
    on_end: Callable[[TracedRun], None]
    ended: dict[int, TracedRun] = field(default_factory=dict)
    _tasks: list[asyncio.Task[TracedRun]] = field(default_factory=list)

    async def runs(self, ends_at: float) -> list[TracedRun]:
        """Return every run by its number, those not needed too; never raises for a failed one.

        `ends_at`: the deadline on the event loop's clock, which `work` keeps.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await self._until_counted(began + LATE * (ends_at - began))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        seconds = clock() - began
        started = [
            self.ended.get(place) or log.not_needed(seconds=seconds)
            for place, log in enumerate(self.logs[: len(self._tasks)])
        ]
        if self.plan.informs and decided_alone(started):
            return started
        return [*started, *(log.not_needed(seconds=0.0) for log in self.logs[len(started) :])]

    async def _until_counted(self, late_at: float) -> None:
        clock = asyncio.get_running_loop().time
        self._start(self.plan.to_start([], 0))
        waiting = set(self._tasks)
        while waiting:
            whole = len(self._tasks) == len(self.members)
            done, waiting = await asyncio.wait(
                waiting,
                timeout=None if whole else max(0.0, late_at - clock()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                run = task.result()
                self.ended[self._tasks.index(task)] = run
                self.on_end(run)
            ballots = [ballot_of(run.answer) for run in self.ended.values()]
            if self.plan.result(ballots) is not None:
                waiting = {task for task in waiting if not self._is_paid(task)}
                continue
            late = clock() >= late_at
            left = len(self.members) - len(self._tasks)
            waiting |= self._start(left if late else self.plan.to_start(ballots, len(waiting)))

    def _start(self, count: int) -> set[asyncio.Task[TracedRun]]:
        first = len(self._tasks)
        pairs = list(zip(self.members, self.logs, strict=True))[first : first + count]
        new = [
            asyncio.create_task(self.work(member, log), name=f"run {log.run}")
            for member, log in pairs
        ]
        self._tasks += new
        return set(new)

    def _is_paid(self, task: asyncio.Task[TracedRun]) -> bool:
        return self.members[self._tasks.index(task)].paid


def decided_alone(runs: Sequence[TracedRun]) -> bool:
    """Tell whether every answer there is says that there is nothing to decide."""
    stances = {run.answer.stance for run in runs if run.answer}
    return stances == {"none"}
