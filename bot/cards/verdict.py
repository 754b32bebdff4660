"""The card that answers a question: vote, evidence, order, all at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from agents.failure import Failed
from agents.failure_words import failure_text, failure_words
from agents.trace import RULES_ANALYST
from agents.verdict import Verdict
from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.proposal import denied_text, notes_of, proposal_buttons, proposal_lines
from bot.cards.spent import spent_words
from bot.cards.width import left, right, shortened, width_of
from bot.cards.words import WORDS, VerdictWords
from desk.chart_spec import ChartSpec
from desk.chinese import label_in
from desk.facts import Fact
from desk.figures import show
from desk.language import Language
from trading.limits import Denied
from trading.orders import Proposal
from trading.symbols import base_of, exchange_of

ROWS_OF_TOOL = {
    "quote": 1,
    "indicators": 3,
    "forecast": 2,
    "backtest": 3,
    "news": 1,
    "risk_check": 1,
}
OTHER_ROWS = 4


def verdict_card(
    verdict: Verdict,
    order: Proposal | Denied | str | None,
    now: datetime,
    chart: ChartSpec | None = None,
    notes: Sequence[str] = (),
) -> Card:
    """Lay out a verdict; `order` is the priced order, the refusal, or why there is none.

    `notes` are what else the person should know before ordering. What the card shows beside the
    verdict is stored with it (bot.cards.answered), so that it can be made again.
    """
    language = verdict.language
    blocks = [Block("title", _heading(verdict)), *_decision(verdict)]
    if verdict.stance == "none":
        blocks += _answer(verdict, now)
    elif verdict.evidence:
        # The reasons would say the same in prose; they are behind Why.
        blocks.append(Block("table", evidence_lines(_shown(verdict.evidence), now, language)))
    buttons = _buttons(verdict)
    blocks += [Block("text", note) for note in notes]
    if isinstance(order, Proposal):
        blocks.append(Block("table", proposal_lines(order, language)))
        blocks += notes_of(order, language)
        buttons = proposal_buttons(order, language, why=True)
    elif isinstance(order, Denied):
        blocks.append(Block("text", denied_text(order, base_of(verdict.symbol), language)))
    elif order:
        blocks.append(Block("text", order))
    blocks.append(Block("small", _footer(verdict)))
    return Card(tuple(blocks), buttons, chart)


def _buttons(verdict: Verdict) -> tuple[tuple[Button, ...], ...]:
    """Why, where there is something behind the answer; a person may order against a flat vote."""
    words = WORDS[verdict.language].buttons
    why = Button(words.why, f"why:{verdict.id}")
    if verdict.stance in ("flat", "no call") and verdict.symbol:
        anyway = (
            Button(words.buy_anyway, f"buy:{verdict.id}"),
            Button(words.short_anyway, f"short:{verdict.id}"),
        )
        return ((*anyway, why),)
    return ((why,),) if verdict.stance != "none" or verdict.evidence else ()


def _decision(verdict: Verdict) -> list[Block]:
    words = WORDS[verdict.language].verdict
    blocks = [] if verdict.stance == "none" else [Block("title", vote_line(verdict))]
    if verdict.understood:
        blocks.insert(0, Block("small", words.understood.format(text=verdict.understood)))
    if verdict.headline and verdict.stance != "no call":
        blocks.append(Block("text", words.quoted.format(text=verdict.headline)))
    if verdict.reason:
        blocks.append(Block("text", reason_in(verdict)))
    if failed := _most_failed(verdict):
        blocks.append(Block("text", failure_words(failed, verdict.language), spare=2))
    if verdict.stood_in:
        blocks.append(Block("small", verdict.stood_in))
    if verdict.dissent:
        blocks.append(Block("text", words.dissent.format(text=verdict.dissent), spare=1))
    return blocks


def reason_in(verdict: Verdict) -> str:
    """Write why there is no call; where that is how runs failed, in the verdict's language."""
    failures = [vote.failure for vote in verdict.votes if vote.failure]
    same = (failed for failed in failures if failed.text == verdict.reason)
    failed = next(same, None)
    return failure_text(failed, verdict.language) if failed else verdict.reason


def _most_failed(verdict: Verdict) -> Failed | None:
    """Return what most of the failed runs met where there is no call: it says what to do."""
    if verdict.stance != "no call":
        return None
    met = [vote.failure for vote in verdict.votes if vote.failure and not vote.replaced]
    if not met or any(failed.text == verdict.reason for failed in met):
        return None
    return Counter(met).most_common(1)[0][0]


def _answer(verdict: Verdict, now: datetime) -> list[Block]:
    """What was asked for: in sentences, or as a plain list when there are none."""
    if verdict.reasons or not verdict.evidence:
        return [Block("text", f"• {reason}", spare=1) for reason in verdict.reasons]
    return [Block("table", evidence_lines(_shown(verdict.evidence), now, verdict.language))]


def _shown(evidence: Sequence[Fact]) -> list[Fact]:
    """The first few facts of each tool, in the order a person reads them."""
    shown = []
    for tool, most in ROWS_OF_TOOL.items():
        shown += [fact for fact in evidence if fact.tool == tool][:most]
    others = [fact for fact in evidence if fact.tool not in ROWS_OF_TOOL]
    return [*shown, *others[:OTHER_ROWS]]


def vote_line(verdict: Verdict) -> str:
    """Write the count: `LONG · 2 of 3 runs · 1 says FLAT`."""
    words = WORDS[verdict.language].verdict
    parts = [_stance(verdict.stance, words)]
    if verdict.stance != "no call":
        count = verdict.counts.get(verdict.stance, 0)
        parts.append(words.of_runs.format(count=count, runs=verdict.runs_total))
    for stance, count in verdict.counts.items():
        if stance != verdict.stance and count:
            says = words.says_one if count == 1 else words.says_many
            parts.append(says.format(count=count, stance=_stance(stance, words)))
    failed = sum(1 for vote in verdict.votes if vote.failure and not vote.replaced)
    if failed:
        parts.append(words.failed.format(count=failed))
    if verdict.not_needed:
        parts.append(words.not_needed.format(count=verdict.not_needed))
    return " · ".join(parts)


def stance_in(stance: str, language: Language) -> str:
    """Write a stance, or that there is none, as the vote line does."""
    return _stance(stance, WORDS[language].verdict)


def _stance(stance: str, words: VerdictWords) -> str:
    named = {
        "long": words.long,
        "short": words.short,
        "flat": words.flat,
        "none": words.none,
        "no call": words.no_call,
    }
    return named[stance]


def evidence_lines(facts: Sequence[Fact], now: datetime, language: Language = Language.EN) -> str:
    """Write one line a fact: name, figure, time; in WIDTH columns if they have room."""
    rows = [
        (
            label_in(fact.label, language),
            show(fact, language),
            clock_time(fact.as_of, now, language),
        )
        for fact in facts
    ]
    times = max((len(time) for _, _, time in rows), default=0)
    lines = []
    for name, figure, time in rows:
        # A figure is never cut: one that is too wide makes its line too long instead.
        room = max(1, WIDTH - width_of(figure) - times - 2)
        lines.append(f"{left(shortened(name, room), room)} {figure} {right(time, times)}")
    return "\n".join(lines)


def clock_time(moment: datetime, now: datetime, language: Language = Language.EN) -> str:
    """Write the hour when it is of the last day, else the date."""
    recent = abs((now - moment).total_seconds()) < 86_400
    return moment.strftime("%H:%M" if recent else WORDS[language].verdict.day)


def _heading(verdict: Verdict) -> str:
    source = exchange_of(verdict.symbol) or verdict.source
    parts = [verdict.symbol or "Conclave", verdict.timeframe, source]
    return " · ".join(part for part in parts if part)


def _footer(verdict: Verdict) -> str:
    words = WORDS[verdict.language].verdict
    at = verdict.as_of.strftime(f"{words.day} %H:%M:%S")
    analyst = words.rules if verdict.analyst == RULES_ANALYST else verdict.analyst
    parts = [words.as_of.format(at=at), analyst, spent_words(verdict, verdict.language)]
    parts += [words.demo] if verdict.demo else []
    return " · ".join([*parts, words.simulated])
