"""The panel: several runs answer one question on one frozen market, and are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from agents.analyst import Allowance, analyse
from agents.binding import Bench
from agents.members import Lineup, Member
from agents.progress import OnProgress, VoteCast
from agents.prompt import system_prompt
from agents.reading import read
from agents.run_log import RunLog
from agents.trace import Trace, TracedFact, TracedRun, dump
from agents.verdict import Verdict, ballot_of, count
from agents.vote import decide
from desk.ports import Clock, NewId, QuestionStore, StoredQuestion
from tools.context import Context
from tools.registry import Tool
from trading.errors import BadArgument

QUESTION_LENGTH = 1_000


class Panel:
    """Asks every member of the lineup at the same time and counts their votes.

    `seconds` is the deadline of a question, `model_calls` the limit per run. Paid runs that can
    no longer change the verdict are stopped; rule-based ones all finish, so that each lens is
    seen.
    """

    def __init__(
        self,
        lineup: Lineup,
        tools: Mapping[str, Tool],
        clock: Clock,
        new_id: NewId,
        questions: QuestionStore,
        *,
        seconds: float,
        model_calls: int,
    ) -> None:
        self._lineup = lineup
        self._tools = tools
        self._clock = clock
        self._new_id = new_id
        self._questions = questions
        self._allowance = Allowance(seconds, model_calls)

    async def ask(self, text: str, context: Context, on_progress: OnProgress) -> Verdict:
        """Answer a person's question; the trace is stored under the verdict's id.

        Raises BadArgument for a question that is empty or longer than 1,000 characters. When
        cancelled, every run is stopped and nothing is stored.
        """
        question = _bounded(text)
        asked_at, started = self._clock(), asyncio.get_running_loop().time()
        snapshot = context.research.snapshot
        prompt = system_prompt(snapshot.name, snapshot.demo, snapshot.as_of)
        # A model thinks for seconds before it asks; by then this moment's prices would be gone.
        symbol = read(question).symbol
        frozen = asyncio.create_task(snapshot.freeze(symbol)) if symbol else None
        try:
            runs = await self._run_all(question, prompt, Bench(self._tools, context), on_progress)
        finally:
            if frozen is not None:
                frozen.cancel()
        trace = Trace(
            id=self._new_id(),
            account_id=context.account_id,
            asked_at=asked_at,
            question=question,
            as_of=snapshot.as_of,
            source=snapshot.name,
            demo=snapshot.demo,
            analyst=self._lineup.analyst,
            prompt=prompt,
            runs=tuple(runs),
            facts=tuple(TracedFact.of(fact) for fact in list(context.facts.facts.values())),
            seconds=round(asyncio.get_running_loop().time() - started, 3),
        )
        await self._questions.save(
            StoredQuestion(trace.id, trace.account_id, asked_at, question, dump(trace))
        )
        return count(trace)

    async def _run_all(
        self, question: str, prompt: str, bench: Bench, on_progress: OnProgress
    ) -> Sequence[TracedRun]:
        members = self._lineup.members
        started = asyncio.get_running_loop().time()
        logs = [RunLog(n, member.label, member.name) for n, member in enumerate(members, start=1)]

        def start(member: Member, log: RunLog) -> asyncio.Task[TracedRun]:
            tools = bench.for_run(log, on_progress)
            work = analyse(member, question, prompt, tools, log, self._allowance)
            return asyncio.create_task(work, name=f"run {log.run}")

        tasks = [start(member, log) for member, log in zip(members, logs, strict=True)]
        try:
            await self._until_decided(tasks, on_progress)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        seconds = asyncio.get_running_loop().time() - started
        return [
            log.not_needed(seconds=seconds) if task.cancelled() else task.result()
            for task, log in zip(tasks, logs, strict=True)
        ]

    async def _until_decided(
        self, tasks: Sequence[asyncio.Task[TracedRun]], on_progress: OnProgress
    ) -> None:
        paid = dict(zip(tasks, (member.paid for member in self._lineup.members), strict=True))
        waiting, ended = set(tasks), list[TracedRun]()
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                run = task.result()
                ended.append(run)
                on_progress(_vote_cast(run))
            if decide([ballot_of(run.answer) for run in ended], len(tasks)):
                for task in [task for task in waiting if paid[task]]:
                    task.cancel()
                    waiting.discard(task)


def _bounded(text: str) -> str:
    question = text.strip()
    if not question:
        raise BadArgument("The question is empty. Ask for example: is BTC a long on the 1h?")
    if len(question) > QUESTION_LENGTH:
        raise BadArgument(
            f"The question has {len(question)} characters, {QUESTION_LENGTH} are the limit. "
            "Ask in fewer words."
        )
    return question


def _vote_cast(run: TracedRun) -> VoteCast:
    stance = run.answer.stance if run.answer else None
    return VoteCast(run.run, run.label, stance, run.failure.label if run.failure else "")
