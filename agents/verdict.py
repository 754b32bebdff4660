"""The verdict: the votes counted, with the facts that carry it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from agents.answer import Answer, OrderIdea, Stance
from agents.failure import Failed
from agents.names import timeframes_named
from agents.trace import Trace, TracedRun
from agents.vote import NO_CALL, Ballot, Decided, decide, middle
from desk.facts import Fact
from trading.orders import Draft

DROPPED = "The wording was dropped because it held figures that could not be traced to a tool."
# What a person wants to see of each tool, beside the facts that the answer itself points to.
KEY_FACTS = (
    ("quote", "Last price"),
    ("indicators", "RSI"),
    ("indicators", "EMA 20/50"),
    ("forecast", "Forecast ↑"),
    ("forecast", "Forecast edge"),
    ("backtest", " return"),
    ("backtest", "Max drawdown"),
    ("backtest", "Buy and hold"),
    ("news", "News mood"),
    ("risk_check", "VaR "),
)


@dataclass(frozen=True)
class RunVote:
    """How one run voted: a stance, or a failure, or neither when it was not needed."""

    run: int
    label: str
    stance: Stance | None
    symbol: str
    timeframe: str
    headline: str
    reasons: tuple[str, ...]
    prose_dropped: bool
    failure: Failed | None
    needed: bool


@dataclass(frozen=True)
class Verdict:
    """What the runs decided together; all texts are plain, figures already written by code.

    `stance` none is an answer to a question that asks for no decision; "no call" is no answer,
    `reason` says why. `counts` counts the votes by stance. `size` is the share of what the limits
    allow, `draft` an order to be priced and checked (None for flat, none and no call).
    """

    id: str
    question: str
    symbol: str
    timeframe: str
    as_of: datetime
    source: str
    demo: bool
    stance: Literal["long", "short", "flat", "none", "no call"]
    votes: tuple[RunVote, ...]
    runs_total: int
    counts: Mapping[str, int]
    not_needed: int
    headline: str
    reasons: tuple[str, ...]
    prose_dropped: bool
    dissent: str | None
    evidence: tuple[Fact, ...]
    draft: Draft | None
    size: Decimal
    analyst: str
    seconds: float
    tokens_in: int
    tokens_out: int
    reason: str = ""


def ballot_of(answer: Answer | None) -> Ballot | None:
    """What an answer votes for; None for a run that failed."""
    if answer is None:
        return None
    return Ballot(answer.stance, "" if answer.stance == "none" else answer.symbol)


def count(trace: Trace) -> Verdict:
    """Count the votes of a trace. Pure: the same trace gives the same verdict for ever."""
    cast = [run for run in trace.runs if run.needed]
    decided = decide([ballot_of(run.answer) for run in cast], len(trace.runs))
    decided = decided or Decided(None, "the question was stopped before a majority was reached")
    winner = decided.winner
    majority = [run for run in cast if winner is not None and ballot_of(run.answer) == winner]
    symbol, timeframe = _market(majority or cast)
    told = next(
        (
            run
            for run in majority
            if not run.prose_dropped and run.answer and run.answer.timeframe == timeframe
        ),
        None,
    )
    orders = [run.answer.order for run in majority if run.answer and run.answer.order]
    return Verdict(
        id=trace.id,
        question=trace.question,
        symbol=symbol,
        timeframe=timeframe,
        as_of=trace.as_of,
        source=trace.source,
        demo=trace.demo,
        stance=winner.stance if winner else NO_CALL,
        votes=tuple(_vote(run) for run in trace.runs),
        runs_total=len(trace.runs),
        counts=dict(Counter(run.answer.stance for run in cast if run.answer).most_common()),
        not_needed=len(trace.runs) - len(cast),
        headline=_headline(told, winner),
        reasons=told.reasons if told else (),
        prose_dropped=bool(majority) and told is None,
        dissent=_dissent(cast, winner),
        evidence=tuple(_evidence(trace, majority or cast, told, symbol, timeframe)),
        draft=_draft(winner, symbol, orders),
        size=middle([order.size for order in orders]) or Decimal(1),
        analyst=trace.analyst,
        seconds=trace.seconds,
        tokens_in=sum(run.tokens_in for run in trace.runs),
        tokens_out=sum(run.tokens_out for run in trace.runs),
        reason=decided.reason,
    )


def _vote(run: TracedRun) -> RunVote:
    answer = run.answer
    return RunVote(
        run=run.run,
        label=run.label,
        stance=answer.stance if answer else None,
        symbol=answer.symbol if answer else "",
        timeframe=answer.timeframe if answer else "",
        headline=run.headline,
        reasons=run.reasons,
        prose_dropped=run.prose_dropped,
        failure=run.failure,
        needed=run.needed,
    )


def _market(runs: Sequence[TracedRun]) -> tuple[str, str]:
    """The symbol and timeframe that most of these runs speak of."""
    pairs = Counter((run.answer.symbol, run.answer.timeframe) for run in runs if run.answer)
    return pairs.most_common(1)[0][0] if pairs else ("", "")


def _headline(told: TracedRun | None, winner: Ballot | None) -> str:
    if told:
        return told.headline
    return DROPPED if winner else "No call."


def _dissent(cast: Sequence[TracedRun], winner: Ballot | None) -> str | None:
    """The strongest other opinion: of the largest group that voted otherwise."""
    if winner is None:
        return None
    others = [run for run in cast if run.answer and ballot_of(run.answer) != winner]
    if not others:
        return None
    largest = Counter(ballot_of(run.answer) for run in others).most_common(1)[0][0]
    group = [run for run in others if ballot_of(run.answer) == largest]
    told = next((run for run in group if not run.prose_dropped), group[0])
    stance = told.answer.stance if told.answer else ""
    return f"{stance}: {told.headline or DROPPED}"


def _draft(winner: Ballot | None, symbol: str, orders: Sequence[OrderIdea]) -> Draft | None:
    if winner is None or winner.stance not in ("long", "short"):
        return None
    return Draft(
        symbol=symbol,
        side="buy" if winner.stance == "long" else "sell",
        strategy="analyst",
        stop_fraction=middle([order.stop for order in orders]),
        target_fraction=middle([order.target for order in orders]),
    )


def _evidence(
    trace: Trace,
    runs: Sequence[TracedRun],
    told: TracedRun | None,
    symbol: str,
    timeframe: str,
) -> Iterator[Fact]:
    facts = {traced.id: traced.fact for traced in trace.facts}
    ordered = [told, *(run for run in runs if run is not told)] if told else list(runs)
    pointed = [facts[found] for run in ordered[:1] for found in run.referenced if found in facts]
    given = [facts[found] for run in ordered for call in run.calls for found in call.facts]
    given = [fact for fact in given if _about(fact, symbol, timeframe)]
    # One of each kind: two runs may have tested two strategies, whose figures must not mix.
    key = [
        next((fact for fact in [*pointed, *given] if _is(fact, tool, part)), None)
        for tool, part in KEY_FACTS
    ]
    seen: set[tuple[str, str, str]] = set()
    for fact in [*pointed, *key] if any(key) or pointed else given:
        if fact is None or not _about(fact, symbol, timeframe):
            continue
        name = (fact.label, fact.symbol, fact.timeframe)
        if name not in seen:
            seen.add(name)
            yield fact


def _is(fact: Fact, tool: str, part: str) -> bool:
    return fact.tool == tool and (
        fact.label.endswith(part) if part.startswith(" ") else fact.label.startswith(part)
    )


def _about(fact: Fact, symbol: str, timeframe: str) -> bool:
    own: Iterable[str] = (found.value for found, *_ in timeframes_named(fact.label))
    return (not symbol or fact.symbol in ("", symbol)) and (
        not timeframe or fact.timeframe in ("", timeframe, *own)
    )
