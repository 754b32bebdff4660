"""From the trace of a question to the calls that will be scored."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from statistics import median_low

from agents.members import RULES
from agents.trace import Trace, UnreadableTrace, parse
from agents.verdict import Verdict, ballot_of, count
from agents.vote import NO_CALL, Ballot
from desk.called import Call, CallStance, Who
from desk.facts import Fact
from desk.ports import CallStore, StoredQuestion
from trading.candles import Timeframe

log = logging.getLogger(__name__)

# What the tool forecast takes when nobody says how many candles are meant.
USUAL_HORIZON = 4
FORECAST = "forecast"
RULE_BASED = "rule-based"
AT_ONCE = 100


class Recorder:
    """Records the calls of answered questions, each once, also those of a life that was cut off."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    async def record(self, question: StoredQuestion, price: Decimal | None = None) -> None:
        """Record a question's calls; `price` is the one that was frozen for its symbol.

        Errors: StorageError; the question is then read by the next `recover`.
        """
        await self.keep(question.id, _calls(question, price), read=True)

    async def keep(self, question_id: str, calls: Sequence[Call], *, read: bool) -> None:
        """Store calls on a question with the time each is due."""
        from trading.scoring import due_at

        due = [(call, due_at(call.starts, call.timeframe, call.horizon)) for call in calls]
        await self._store.record(question_id, due, read=read)

    async def recover(self) -> int:
        """Read every stored trace that nobody has read; return how many there were."""
        found = 0
        while questions := await self._store.unread(AT_ONCE):
            for question in questions:
                await self.record(question)
            found += len(questions)
        return found


def _calls(question: StoredQuestion, price: Decimal | None) -> tuple[Call, ...]:
    try:
        return calls_of(parse(question.trace), price)
    except UnreadableTrace as error:
        log.warning("question %s can't be scored: %s", question.id, error)
        return ()


def calls_of(trace: Trace, price: Decimal | None = None) -> tuple[Call, ...]:
    """Return the verdict of a trace, and the forecast that its runs asked for, as calls.

    Nothing, where the question asked for no decision. Without a `price` the quote among the facts
    is taken, if there is one.
    """
    verdict = count(trace)
    if verdict.stance == "none" or (verdict.stance == NO_CALL and trace.informs):
        return ()
    made = _verdict(trace, verdict, price or _quoted(trace, verdict.symbol))
    forecast = _forecast(trace, verdict)
    if forecast is None or verdict.stance == NO_CALL:
        return (made,)
    return made, _forecast_call(made, forecast)


def _verdict(trace: Trace, verdict: Verdict, price: Decimal | None) -> Call:
    stance: CallStance = NO_CALL if verdict.stance == "none" else verdict.stance
    counted = [run for run in trace.runs if not run.replaced]
    cast = [ballot_of(run.answer) for run in counted if run.needed and run.answer]
    votes = 0 if stance == "no call" else cast.count(Ballot(stance, verdict.symbol))
    by_rules = all(run.model == RULES for run in counted)
    return Call(
        question_id=trace.id,
        who=Who.VERDICT,
        analyst=RULE_BASED if by_rules else trace.analyst,
        account_id=trace.account_id,
        asked_at=trace.asked_at,
        as_of=trace.as_of,
        source=trace.source,
        demo=trace.demo,
        symbol=verdict.symbol,
        timeframe=Timeframe.parse(verdict.timeframe) if verdict.timeframe else Timeframe.H1,
        horizon=_horizon(trace, verdict),
        stance=stance,
        votes=votes,
        runs=verdict.runs_total,
        against=len(cast) - votes,
        price=price,
    )


def _horizon(trace: Trace, verdict: Verdict) -> int:
    """Return the median horizon, in candles, of the runs that voted for the verdict."""
    answers = [run.answer for run in trace.runs if run.answer and run.needed and not run.replaced]
    market = verdict.stance, verdict.symbol, verdict.timeframe
    named = [
        answer.horizon
        for answer in answers
        if answer.horizon and (answer.stance, answer.symbol, answer.timeframe) == market
    ]
    return median_low(named) if named else USUAL_HORIZON


def _forecast_call(made: Call, facts: Mapping[str, Fact]) -> Call:
    """Follow the forecast where it claims an edge; its chance of a rise is scored in any case.

    It is measured from the last close, which is looked up when it is scored, not from the price
    at the question: what moved since then it did not forecast.
    """
    up = float(facts["Forecast ↑"].value)
    edge = facts["Forecast edge"].value == "edge"
    stance: CallStance = "flat" if not edge or up == 0.5 else "long" if up > 0.5 else "short"
    return Call(
        question_id=made.question_id,
        who=Who.FORECAST,
        analyst=FORECAST,
        account_id=made.account_id,
        asked_at=made.asked_at,
        as_of=made.as_of,
        source=made.source,
        demo=made.demo,
        symbol=made.symbol,
        timeframe=made.timeframe,
        horizon=int(facts["Forecast horizon"].value),
        stance=stance,
        votes=0,
        runs=0,
        up=up,
    )


def _forecast(trace: Trace, verdict: Verdict) -> Mapping[str, Fact] | None:
    """Return the facts of the first forecast of the verdict's market, by label."""
    wanted = {"Forecast ↑", "Forecast edge", "Forecast horizon"}
    for facts in _given(trace, FORECAST):
        found = {
            fact.label: fact
            for fact in facts
            if (fact.symbol, fact.timeframe) == (verdict.symbol, verdict.timeframe)
        }
        if wanted <= found.keys():
            return found
    return None


def _quoted(trace: Trace, symbol: str) -> Decimal | None:
    for facts in _given(trace, "quote"):
        for fact in facts:
            if fact.label == "Last price" and fact.symbol == symbol:
                return Decimal(str(fact.value))
    return None


def _given(trace: Trace, tool: str) -> Iterator[list[Fact]]:
    """Return what each call of a tool gave."""
    facts = {one.id: one for one in trace.facts}
    for run in trace.runs:
        for call in run.calls:
            if call.tool == tool and call.facts:
                yield [facts[found].fact for found in call.facts if found in facts]
