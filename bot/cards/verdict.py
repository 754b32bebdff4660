"""The card that answers a question: vote, evidence, order, all at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agents.verdict import Verdict
from bot.cards.card import WIDTH, Block, Button, Card
from bot.cards.proposal import denied_text, proposal_buttons, proposal_lines
from desk.chart_spec import ChartSpec
from desk.facts import Fact
from desk.figures import show
from trading.limits import Denied
from trading.orders import Proposal

EVIDENCE_ROWS = 10


def verdict_card(
    verdict: Verdict,
    order: Proposal | Denied | str | None,
    now: datetime,
    chart: ChartSpec | None = None,
) -> Card:
    """Lay out a verdict; `order` is the priced order, the refusal, or why there is none."""
    blocks = [Block("title", _heading(verdict)), Block("title", vote_line(verdict))]
    if verdict.headline:
        blocks.append(Block("text", f"“{verdict.headline}”"))
    if verdict.reason:
        blocks.append(Block("text", verdict.reason))
    if verdict.dissent:
        blocks.append(Block("text", f"Dissent: {verdict.dissent}", spare=3))
    # With evidence the reasons would say the same in prose; they are behind Why.
    if verdict.stance == "none" or not verdict.evidence:
        blocks += [Block("text", f"• {reason}", spare=1) for reason in verdict.reasons]
    risk = [fact for fact in verdict.evidence if fact.tool == "risk_check"]
    others = [fact for fact in verdict.evidence if fact.tool != "risk_check"]
    if verdict.evidence:
        shown = [*others[: EVIDENCE_ROWS - min(len(risk), 1)], *risk[:1]]
        blocks.append(Block("table", evidence_lines(shown, now)))
    buttons: tuple[tuple[Button, ...], ...] = ((Button("Why", f"why:{verdict.id}"),),)
    if isinstance(order, Proposal):
        blocks.append(Block("table", proposal_lines(order, now)))
        buttons = proposal_buttons(order, why=True)
    elif isinstance(order, Denied):
        blocks.append(Block("text", denied_text(order, verdict.symbol.split("/")[0])))
    elif order:
        blocks.append(Block("text", order))
    blocks.append(Block("small", _footer(verdict)))
    return Card(tuple(blocks), buttons, chart)


def vote_line(verdict: Verdict) -> str:
    """Write the count: `LONG · 2 of 3 runs · 1 says FLAT`."""
    if verdict.stance == "none":
        return "ANSWER"
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
    """Write one line a fact: name, figure, time; at most WIDTH characters each."""
    rows = [(fact.label, show(fact), clock_time(fact.as_of, now)) for fact in facts]
    figures = max(len(figure) for _, figure, _ in rows)
    times = max(len(time) for _, _, time in rows)
    names = WIDTH - figures - times - 2
    return "\n".join(
        f"{name[: names - 1] + '…' if len(name) > names else name:<{names}} "
        f"{figure:<{figures}} {time}"
        for name, figure, time in rows
    )


def clock_time(moment: datetime, now: datetime) -> str:
    """Write the hour when it is of the last day, else the date."""
    recent = abs((now - moment).total_seconds()) < 86_400
    return f"{moment:%H:%M}" if recent else f"{moment:%d %b}"


def _heading(verdict: Verdict) -> str:
    parts = [verdict.symbol, verdict.timeframe, verdict.source]
    return " · ".join(part for part in parts if part)


def _footer(verdict: Verdict) -> str:
    spent = verdict.tokens_in + verdict.tokens_out
    parts = [f"as of {verdict.as_of:%d %b %H:%M:%S} UTC", verdict.analyst]
    parts.append(f"{verdict.seconds:.1f} s" + (f", {spent} tokens" if spent else ""))
    parts += ["DEMO DATA"] if verdict.demo else []
    return " · ".join([*parts, "simulated money · not advice"])
