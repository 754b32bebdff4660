"""The verdict: the votes counted, with the facts that carry it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from agents.answer import Answer, Stance
from agents.failure import NO_MARKET, Failed
from agents.names import timeframes_named
from agents.order_median import Median, MedianOrder, median_order
from agents.standing_in import stood_in
from agents.trace import Trace, TracedRun
from agents.vote import NO_CALL, Ballot, Decided, Plan, majority_of, name
from agents.vote_words import WORDS, VoteWords
from desk.facts import Fact
from desk.language import Language
from trading.orders import Draft

DROPPED = WORDS[Language.EN].dropped
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
    """How one run voted: a stance, or a failure, or neither when it was not needed.

    A `replaced` one is not counted: somebody else answered in the place of its analyst.
    """

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
    replaced: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the runs decided together; all texts are plain, figures already written by code.

    `stance` none is an answer to a question that asks for no decision; "no call" is no answer,
    `reason` says why. `counts` counts the votes by stance. `size` is the share of what the limits
    allow, `draft` an order to be priced and checked (None for flat, none and no call).
    `stood_in` says who took over from whom and why, "" when nobody did. `cost` in USD, None: not
    known; `about`: not every call reported its tokens, some were reckoned.
    `medians`: the parts of the order on which the runs of the majority differ.
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
    stood_in: str = ""
    cost: Decimal | None = None
    about: bool = False
    language: Language = Language.EN
    understood: str = ""
    medians: tuple[Median, ...] = ()


def ballot_of(answer: Answer | None) -> Ballot | None:
    """What an answer votes for; None for a run that failed."""
    if answer is None:
        return None
    return Ballot(answer.stance, "" if answer.stance == "none" else answer.symbol)


def count(trace: Trace) -> Verdict:
    """Count the votes of a trace. Pure: the same trace gives the same verdict for ever."""
    counted = [run for run in trace.runs if not run.replaced]
    cast = [run for run in counted if run.needed]
    words = WORDS[trace.language]
    plan = Plan(len(counted), informs=trace.informs, language=trace.language)
    decided = plan.result([ballot_of(run.answer) for run in cast])
    decided = decided or Decided(None, words.stopped)
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
    idea = median_order([run.answer.order for run in majority if run.answer and run.answer.order])
    draft = _draft(winner, symbol, idea)
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
        runs_total=len(counted),
        counts=dict(Counter(run.answer.stance for run in cast if run.answer).most_common()),
        not_needed=len(counted) - len(cast),
        headline=_headline(told, winner, words),
        reasons=told.reasons if told else (),
        prose_dropped=bool(majority) and told is None,
        dissent=_dissent(cast, winner, trace.language),
        evidence=tuple(_evidence(trace, majority or cast, told, symbol, timeframe)),
        draft=draft,
        size=idea.size,
        analyst=trace.analyst,
        seconds=trace.seconds,
        tokens_in=sum(run.tokens_in for run in trace.runs),
        tokens_out=sum(run.tokens_out for run in trace.runs),
        reason=_reason(decided, cast, len(counted)),
        stood_in=stood_in(trace, answered=winner is not None),
        cost=trace.cost,
        about=any(run.about for run in trace.runs),
        language=trace.language,
        understood=trace.understood,
        medians=idea.apart if draft else (),
    )


def _reason(decided: Decided, cast: Sequence[TracedRun], runs: int) -> str:
    """Why there is no call; where the market could not be read, that is all there is to say."""
    blind = [run.failure for run in cast if run.failure and run.failure.label == NO_MARKET.label]
    if decided.winner is None and runs - len(blind) < majority_of(runs):
        return blind[0].text
    return decided.reason


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
        replaced=run.replaced,
    )


def _market(runs: Sequence[TracedRun]) -> tuple[str, str]:
    """The symbol and timeframe that most of these runs speak of."""
    pairs = Counter((run.answer.symbol, run.answer.timeframe) for run in runs if run.answer)
    return pairs.most_common(1)[0][0] if pairs else ("", "")


def _headline(told: TracedRun | None, winner: Ballot | None, words: VoteWords) -> str:
    if told:
        return told.headline
    return words.dropped if winner else words.no_call


def _dissent(cast: Sequence[TracedRun], winner: Ballot | None, language: Language) -> str | None:
    """The strongest other opinion: of the largest group that took another stance.

    Who failed, or saw nothing to decide, has no opinion on the market.
    """
    if winner is None:
        return None
    others = [
        run
        for run in cast
        if run.answer and run.answer.stance != "none" and ballot_of(run.answer) != winner
    ]
    if not others:
        return None
    words = WORDS[language]
    largest = Counter(ballot_of(run.answer) for run in others).most_common(1)[0][0]
    group = [run for run in others if ballot_of(run.answer) == largest]
    told = next((run for run in group if not run.prose_dropped), group[0])
    # The other stance says enough, unless only the symbol is another.
    same = largest is not None and largest.stance == winner.stance
    other = largest or Ballot("none")
    stance = name(other if same else Ballot(other.stance), language)
    return words.opinion.format(stance=stance, told=told.headline or words.dropped)


def _draft(winner: Ballot | None, symbol: str, idea: MedianOrder) -> Draft | None:
    if winner is None or winner.stance not in ("long", "short"):
        return None
    return Draft(
        symbol=symbol,
        side="buy" if winner.stance == "long" else "sell",
        strategy="analyst",
        stop_fraction=idea.stop,
        target_fraction=idea.target,
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
