"""The panel: several runs answer one question on one frozen market, and are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.analyst import Allowance, analyse
from agents.binding import Bench
from agents.fingerprint import snapshot_hash
from agents.members import Lineup, Member
from agents.meter import Meter
from agents.no_market import without_market
from agents.poll import Poll
from agents.progress import OnProgress, VoteCast
from agents.prompt import system_prompt
from agents.questions.follow_up import complete
from agents.questions.reading import Intent, read
from agents.questions.thread import NO_THREAD, Thread, message_of
from agents.run_log import RunLog
from agents.sitting import Agents
from agents.standing_in import SHARE, Understudies, why_replaced
from agents.trace import Replaced, Trace, TracedFact, TracedRun, dump
from agents.verdict import Verdict, ballot_of, count
from agents.vote import Plan, VoteMode
from desk.language import language_of_follow_up
from desk.ports import Clock, NewId, QuestionStore, StoredQuestion
from desk.secrecy import Hide, as_it_is
from tools.context import Context
from tools.registry import Tool
from trading.errors import BadArgument

QUESTION_LENGTH = 1_000


@dataclass(frozen=True)
class _Asked:
    """A question as every run of it is asked; `ends_at` on the event loop's clock.

    `earlier` tells a model what was asked before, "" for nothing.
    """

    text: str
    earlier: str
    prompt: str
    decides: bool
    source: str
    ends_at: float
    meter: Meter


@dataclass(frozen=True)
class _Outcome:
    """The runs of all who were asked; those of the last, `lineup`, count."""

    lineup: Lineup
    informs: bool
    runs: tuple[TracedRun, ...]
    replaced: tuple[Replaced, ...]


class Panel:
    """Asks every member of the lineup on one snapshot and counts their votes.

    `seconds` is the deadline of a question, `model_calls` the limit per run. `mode` says when
    the runs of a language model start; a question that asks for no decision starts with one
    (agents.vote.Plan). What reads the question is a rule (agents.questions.reading): where it can't
    tell, one run starts too, since that is the cheapest and still right. Its `none` is the answer
    of a model that read the question whole, and anything else is put to the vote.

    Where no verdict is possible because a model failed, the lineup's fallbacks answer in turn,
    each with its own runs; the model before them has 60 % of the time that was left.
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
        mode: VoteMode = VoteMode.FAST,
        hide: Hide = as_it_is,
    ) -> None:
        self._understudies = Understudies(lineup)
        self._tools = tools
        self._clock = clock
        self._new_id = new_id
        self._questions = questions
        self._seconds = seconds
        self._agents = Agents(tools, model_calls)
        self._mode = mode
        self._hide = hide

    async def ask(
        self,
        text: str,
        context: Context,
        on_progress: OnProgress,
        *,
        thread: Thread = NO_THREAD,
        meter: Meter | None = None,
    ) -> Verdict:
        """Answer a person's question; the trace is stored under the verdict's id.

        `thread` is what was asked before in this chat, which completes a follow-up. `meter` holds
        what it may use of paid models; without one there is no limit.

        Raises BadArgument for a question that is empty or longer than 1,000 characters. When
        cancelled, every run is stopped and nothing is stored.
        """
        # A secret that a person pastes goes to no model and into no trace.
        question = self._hide(_bounded(text))
        whole = complete(question, thread)
        earlier = self._hide(message_of(thread, question if whole != question else ""))
        meter = meter or Meter()
        asked_at, started = self._clock(), asyncio.get_running_loop().time()
        snapshot = context.research.snapshot
        prompt = system_prompt(snapshot.name, snapshot.demo, snapshot.as_of)
        # A model thinks for seconds before it asks; by then this moment's prices would be gone.
        understood = read(whole)
        symbol = understood.symbol
        frozen = asyncio.create_task(snapshot.freeze(symbol)) if symbol else None
        asked = _Asked(
            whole,
            earlier,
            prompt,
            understood.intent is Intent.DECISION,
            snapshot.name,
            started + self._seconds,
            meter,
        )
        try:
            outcome = await self._answered(
                asked, Bench(self._tools, context, self._hide), on_progress
            )
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
            analyst=outcome.lineup.analyst,
            prompt=prompt,
            runs=outcome.runs,
            facts=tuple(TracedFact.of(fact) for fact in list(context.facts.facts.values())),
            seconds=round(asyncio.get_running_loop().time() - started, 3),
            language=language_of_follow_up(question, whole),
            understood=whole if whole != question else "",
            earlier=earlier,
            informs=outcome.informs,
            stood_in_for=outcome.replaced,
            snapshot=snapshot_hash(snapshot.as_of, snapshot.name, outcome.runs),
            cost=meter.cost,
        )
        await self._questions.save(
            StoredQuestion(trace.id, trace.account_id, asked_at, question, dump(trace))
        )
        return count(trace)

    async def _answered(self, asked: _Asked, bench: Bench, on_progress: OnProgress) -> _Outcome:
        """Ask the analysts in turn until a verdict is possible; the last one's word stands."""
        clock = asyncio.get_running_loop().time
        turns, replaced = self._understudies.turns(clock())
        earlier = list[TracedRun]()
        for lineup in turns:
            last = lineup is turns[-1]
            left = asked.ends_at - clock()
            ends_at = asked.ends_at if last else clock() + SHARE * left
            plan = self._plan(lineup, asked)
            runs = await self._poll(
                lineup, plan, asked, bench, on_progress, ends_at, first=len(earlier) + 1
            )
            self._understudies.note(lineup, runs, clock())
            why = None if last or _has_winner(plan, runs) else why_replaced(runs)
            if why is None:
                break
            replaced.append(Replaced(analyst=lineup.analyst, failure=why))
            earlier += [run.model_copy(update={"replaced": True}) for run in runs]
        return _Outcome(lineup, plan.informs, (*earlier, *runs), tuple(replaced))

    def _plan(self, lineup: Lineup, asked: _Asked) -> Plan:
        if not lineup.paid:
            return Plan(len(lineup.members))
        return Plan(len(lineup.members), self._mode, informs=not asked.decides)

    async def _poll(
        self,
        lineup: Lineup,
        plan: Plan,
        asked: _Asked,
        bench: Bench,
        on_progress: OnProgress,
        ends_at: float,
        *,
        first: int,
    ) -> list[TracedRun]:
        async def work(member: Member, log: RunLog) -> TracedRun:
            hands = bench.for_run(log, on_progress)
            allowance = Allowance(ends_at, asked.meter, self._hide)
            run = await analyse(
                self._agents, member, asked.text, asked.prompt, hands, allowance, asked.earlier
            )
            return without_market(run, asked.source, informs=not asked.decides)

        logs = [
            RunLog(number, member.label or f"run {number}", member.name)
            for number, member in enumerate(lineup.members, start=first)
        ]
        poll = Poll(lineup.members, logs, plan, work, lambda run: on_progress(_vote_cast(run)))
        return await poll.runs(ends_at)


def _has_winner(plan: Plan, runs: Sequence[TracedRun]) -> bool:
    decided = plan.result([ballot_of(run.answer) for run in runs if run.needed])
    return decided is not None and decided.winner is not None


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
