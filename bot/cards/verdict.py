"""The card that answers a question: vote, evidence, order, all at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agents.verdict import Verdict
from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.proposal import denied_text, notes_of, proposal_buttons, proposal_lines
from desk.chart_spec import ChartSpec
from desk.facts import Fact
from desk.figures import show
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
) -> Card:
    """Lay out a verdict; `order` is the priced order, the refusal, or why there is none."""
    blocks = [Block("title", _heading(verdict)), *_decision(verdict)]
    if verdict.stance == "none":
        blocks += _answer(verdict, now)
    elif verdict.evidence:
        # The reasons would say the same in prose; they are behind Why.
        blocks.append(Block("table", evidence_lines(_shown(verdict.evidence), now)))
    buttons = _buttons(verdict)
    if isinstance(order, Proposal):
        blocks.append(Block("table", proposal_lines(order)))
        blocks += notes_of(order)
        buttons = proposal_buttons(order, why=True)
    elif isinstance(order, Denied):
        blocks.append(Block("text", denied_text(order, base_of(verdict.symbol))))
    elif order:
        blocks.append(Block("text", order))
    blocks.append(Block("small", _footer(verdict)))
    return Card(tuple(blocks), buttons, chart)


def _buttons(verdict: Verdict) -> tuple[tuple[Button, ...], ...]:
    """Why, where there is something behind the answer; a person may order against a flat vote."""
    why = Button("Why", f"why:{verdict.id}")
    if verdict.stance in ("flat", "no call") and verdict.symbol:
        anyway = (
            Button("Buy anyway", f"buy:{verdict.id}"),
            Button("Short anyway", f"short:{verdict.id}"),
        )
        return ((*anyway, why),)
    return ((why,),) if verdict.stance != "none" or verdict.evidence else ()


def _decision(verdict: Verdict) -> list[Block]:
    blocks = [] if verdict.stance == "none" else [Block("title", vote_line(verdict))]
    if verdict.headline and verdict.stance != "no call":
        blocks.append(Block("text", f"“{verdict.headline}”"))
    if verdict.reason:
        blocks.append(Block("text", verdict.reason))
    if verdict.dissent:
        blocks.append(Block("text", f"Dissent: {verdict.dissent}", spare=1))
    return blocks


def _answer(verdict: Verdict, now: datetime) -> list[Block]:
    """What was asked for: in sentences, or as a plain list when there are none."""
    if verdict.reasons or not verdict.evidence:
        return [Block("text", f"• {reason}", spare=1) for reason in verdict.reasons]
    return [Block("table", evidence_lines(_shown(verdict.evidence), now))]


def _shown(evidence: Sequence[Fact]) -> list[Fact]:
    """The first few facts of each tool, in the order a person reads them."""
    shown = []
    for tool, most in ROWS_OF_TOOL.items():
        shown += [fact for fact in evidence if fact.tool == tool][:most]
    others = [fact for fact in evidence if fact.tool not in ROWS_OF_TOOL]
    return [*shown, *others[:OTHER_ROWS]]


def vote_line(verdict: Verdict) -> str:
    """Write the count: `LONG · 2 of 3 runs · 1 says FLAT`."""
    parts = [verdict.stance.upper()]
    if verdict.stance != "no call":
        parts.append(f"{verdict.counts.get(verdict.stance, 0)} of {verdict.runs_total} runs")
    for stance, count in verdict.counts.items():
        if stance != verdict.stance and count:
            word = "NO DECISION" if stance == "none" else stance.upper()
            parts.append(f"{count} {'says' if count == 1 else 'say'} {word}")
    failed = sum(1 for vote in verdict.votes if vote.failure)
    if failed:
        parts.append(f"{failed} failed")
    if verdict.not_needed:
        parts.append(f"{verdict.not_needed} not needed")
    return " · ".join(parts)


def evidence_lines(facts: Sequence[Fact], now: datetime) -> str:
    """Write one line a fact: name, figure, time; in WIDTH characters if they have room."""
    rows = [(fact.label, show(fact), clock_time(fact.as_of, now)) for fact in facts]
    times = max((len(time) for _, _, time in rows), default=0)
    lines = []
    for name, figure, time in rows:
        # A figure is never cut: one that is too wide makes its line too long instead.
        room = max(1, WIDTH - len(figure) - times - 2)
        short = f"{name[: room - 1]}…" if len(name) > room else name
        lines.append(f"{short:<{room}} {figure} {time:>{times}}")
    return "\n".join(lines)


def clock_time(moment: datetime, now: datetime) -> str:
    """Write the hour when it is of the last day, else the date."""
    recent = abs((now - moment).total_seconds()) < 86_400
    return f"{moment:%H:%M}" if recent else f"{moment:%d %b}"


def _heading(verdict: Verdict) -> str:
    source = exchange_of(verdict.symbol) or verdict.source
    parts = [verdict.symbol or "Conclave", verdict.timeframe, source]
    return " · ".join(part for part in parts if part)


def _footer(verdict: Verdict) -> str:
    spent = verdict.tokens_in + verdict.tokens_out
    parts = [f"as of {verdict.as_of:%d %b %H:%M:%S} UTC", verdict.analyst]
    parts.append(f"{verdict.seconds:.1f} s" + (f", {spent} tokens" if spent else ""))
    parts += ["DEMO DATA"] if verdict.demo else []
    return " · ".join([*parts, "simulated money · not advice"])
