"""The pages behind a verdict: each run's vote, its tool calls, the facts it got."""

from __future__ import annotations

import json

from agents.trace import Trace, TracedCall, TracedRun
from bot.cards.card import Block, Button, Card, table
from bot.cards.proposal import simulated
from desk.facts import Fact
from desk.figures import show

BUTTONS_A_ROW = 4


def why_card(trace: Trace, page: int) -> Card:
    """Page 0 is the overview of the votes, page n is run n."""
    buttons = _buttons(trace, page)
    if page == 0:
        return Card((*_overview(trace), simulated(demo=trace.demo)), buttons)
    run = trace.runs[page - 1]
    facts = {traced.id: traced.fact for traced in trace.facts}
    return Card((*_run(run, facts), simulated(demo=trace.demo)), buttons)


def _overview(trace: Trace) -> list[Block]:
    rows = [(f"{run.run}. {run.label}", _vote(run)) for run in trace.runs]
    return [
        Block("title", "Why"),
        Block("quote", trace.question),
        Block("text", f"{trace.analyst}. All runs saw {trace.source} as of "
              f"{trace.as_of:%d %b %Y %H:%M:%S} UTC; {len(trace.facts)} facts were computed."),
        table(rows),
    ]  # fmt: skip


def _vote(run: TracedRun) -> str:
    if run.answer is not None:
        return run.answer.stance.upper()
    if run.failure is not None:
        return f"failed: {run.failure.label}"
    return "not needed"


def _run(run: TracedRun, facts: dict[str, Fact]) -> list[Block]:
    spent = f"{run.seconds:.1f} s"
    if run.tokens_in or run.tokens_out:
        spent += f", {run.tokens_in} + {run.tokens_out} tokens"
    blocks = [Block("title", f"Run {run.run} · {run.label} · {_vote(run)}")]
    if run.failure is not None:
        blocks.append(Block("text", run.failure.text))
    if run.headline:
        blocks.append(Block("text", f"“{run.headline}”"))
    blocks += [Block("text", f"• {reason}") for reason in run.reasons]
    if run.prose_dropped:
        blocks.append(Block("text", "Its wording was dropped: a figure could not be traced."))
    blocks += [Block("text", f"Refused draft: {text}", spare=2) for text in run.objections]
    for call in run.calls:
        blocks += _call(call, facts)
    blocks.append(Block("small", f"{run.model} · {run.model_calls} model calls · {spent}"))
    return blocks


def _call(call: TracedCall, facts: dict[str, Fact]) -> list[Block]:
    blocks = [Block("text", f"{call.tool}({_arguments(call.arguments)})")]
    if call.error:
        return [*blocks, Block("text", f"answered: {call.error}")]
    rows = [(facts[found].label, show(facts[found])) for found in call.facts if found in facts]
    if rows:
        blocks.append(table(rows, spare=1))
    return blocks


def _arguments(text: str) -> str:
    try:
        values = json.loads(text)
    except ValueError:
        return text
    if not isinstance(values, dict):
        return text
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _buttons(trace: Trace, page: int) -> tuple[tuple[Button, ...], ...]:
    names = ["Votes", *(f"Run {run.run}" for run in trace.runs)]
    row = [
        Button(f"· {name} ·" if number == page else name, f"why:{trace.id}:{number}")
        for number, name in enumerate(names)
    ]
    return tuple(
        tuple(row[start : start + BUTTONS_A_ROW]) for start in range(0, len(row), BUTTONS_A_ROW)
    )
