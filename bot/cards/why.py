"""The pages behind a verdict: the votes, each run, every fact, and what the model was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.members import RULES
from agents.trace import Trace, TracedCall, TracedRun
from agents.verdict import count
from bot.cards.card import Block, Button, Card, table
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.cards.sheets import sheets
from bot.cards.spent import spent_words
from bot.cards.verdict import vote_line
from desk.chinese import label_in
from desk.facts import Fact
from desk.figures import grouped, show
from desk.language import Language
from desk.ports import StoredQuestion
from trading.errors import BadArgument

BUTTONS_A_ROW = 4
FACTS_A_PAGE = 10
EARLIER = "list"
FACTS, PROMPT = "f", "p"
SNAPSHOT_SHOWN = 16
QUESTION_SHOWN = 28


@dataclass(frozen=True)
class Section:
    """Pages that belong together under one button; `key` names it in the buttons' data."""

    key: str
    name: str
    pages: tuple[tuple[Block, ...], ...]


def why_card(trace: Trace, place: str = "0") -> Card:
    """Lay out one page; `place` is a section's key, with a page of it after a dot: `2.1`.

    0 is the overview, n is run n, f are the facts, p is the prompt. BadArgument: there is none.
    """
    sections = {section.key: section for section in _sections(trace)}
    key, _, page = place.partition(".")
    section = sections.get(key)
    number = int(page) if page.isdecimal() and page.isascii() else 0
    if section is None or number >= len(section.pages):
        raise BadArgument("This page is gone. /why shows the latest question.")
    blocks = (*section.pages[number], simulated(demo=trace.demo))
    return Card(blocks, tuple(_buttons(trace, list(sections.values()), section, number)))


def questions_card(questions: Sequence[StoredQuestion], *, remark: str, demo: bool) -> Card:
    """List questions, a button each."""
    lines = [
        line
        for number, one in enumerate(questions, start=1)
        for line in pair(f"{number}. {_short(one.text)}", f"{one.asked_at:%d %b %H:%M}")
    ]
    buttons = tuple(
        Button(str(number), f"why:{one.id}:0") for number, one in enumerate(questions, start=1)
    )
    return Card((Block("title", remark), narrow(lines), simulated(demo=demo)), (buttons,))


def _sections(trace: Trace) -> Iterator[Section]:
    facts = {traced.id: traced.fact for traced in trace.facts}
    yield Section("0", "Votes", (tuple(_overview(trace)),))
    for run in trace.runs:
        pages = sheets(list(_run(run, facts, trace.language)))
        yield Section(str(run.run), f"Run {run.run}", pages)
    if facts:
        yield Section(FACTS, "Facts", tuple(_facts(list(facts.values()), trace.language)))
    if trace.prompt and not _by_rules(trace):
        yield Section(PROMPT, "Prompt", sheets(list(_prompt(trace))))


def _by_rules(trace: Trace) -> bool:
    """Tell whether no language model took part: then there were no calls of one, and no prompt."""
    return all(run.model == RULES for run in trace.runs)


def _overview(trace: Trace) -> Iterator[Block]:
    verdict = count(trace)
    yield Block("title", "Why")
    yield Block("quote", trace.question)
    if trace.understood:
        yield Block("text", f"Understood as: {trace.understood}")
    if verdict.stance != "none":
        yield Block("text", vote_line(verdict))
    for text in (verdict.reason, verdict.stood_in):
        if text:
            yield Block("text", text)
    yield Block(
        "text",
        f"{trace.analyst}. All runs saw {trace.source} as of "
        f"{trace.as_of:%d %b %Y %H:%M:%S} UTC; {len(trace.facts)} facts were computed.",
    )
    yield table([(f"{run.run}. {run.label}", _vote(run)) for run in trace.runs])
    calls = sum(run.model_calls for run in trace.runs)
    rows = [("tool calls", str(_tool_calls(trace)))]
    if not _by_rules(trace):
        rows.insert(0, ("model calls", str(calls)))
        rows.append(("prompt", f"{grouped(len(trace.prompt), 0)} characters"))
    if trace.snapshot:
        rows.append(("market", trace.snapshot[:SNAPSHOT_SHOWN]))
    yield table(rows, spare=1)
    yield Block("small", spent_words(verdict))
    # What the owner types at the computer to get the same card from the file alone.
    yield Block("code", f"python -m bot replay {trace.id}")


def _tool_calls(trace: Trace) -> int:
    return sum(len(run.calls) for run in trace.runs)


def _vote(run: TracedRun) -> str:
    replaced = " (replaced)" if run.replaced else ""
    if run.answer is not None:
        return f"{run.answer.stance.upper()}{replaced}"
    if run.failure is not None:
        return f"failed: {run.failure.label}{replaced}"
    return "not needed"


def _run(run: TracedRun, facts: dict[str, Fact], language: Language) -> Iterator[Block]:
    yield Block("title", f"Run {run.run} · {run.label} · {_vote(run)}")
    if run.failure is not None:
        yield Block("text", run.failure.text)
    if run.headline:
        yield Block("text", f"“{run.headline}”")
    for reason in run.reasons:
        yield Block("text", f"• {reason}")
    if run.prose_dropped:
        yield Block("text", "Its wording was dropped: a figure could not be traced.")
    for text in run.objections:
        yield Block("text", f"Refused draft: {text}")
    for call in run.calls:
        yield from _call(call, facts, language)
    spent = f"{run.seconds:.1f} s"
    if run.tokens_in or run.tokens_out:
        spent += f", {run.tokens_in} + {run.tokens_out} tokens"
    by = "fixed rules" if run.model == RULES else f"{run.model} · {run.model_calls} model calls"
    yield Block("small", f"{by} · {spent}")


def _call(call: TracedCall, facts: dict[str, Fact], language: Language) -> Iterator[Block]:
    yield Block("text", f"{call.tool}({_arguments(call.arguments)})")
    if call.error:
        yield Block("text", f"answered: {call.error}")
        return
    rows = [
        (label_in(facts[found].label, language), show(facts[found], language))
        for found in call.facts
        if found in facts
    ]
    if rows:
        yield table(rows)


def _arguments(text: str) -> str:
    try:
        values = json.loads(text)
    except ValueError:
        return text
    if not isinstance(values, dict):
        return text
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _facts(facts: Sequence[Fact], language: Language) -> Iterator[tuple[Block, ...]]:
    for start in range(0, len(facts), FACTS_A_PAGE):
        part = facts[start : start + FACTS_A_PAGE]
        title = f"Facts {start + 1} to {start + len(part)} of {len(facts)}"
        lines = [line for fact in part for line in _fact(fact, language)]
        yield from sheets([Block("title", title), narrow(lines)])


def _fact(fact: Fact, language: Language) -> Iterator[str]:
    yield from pair(f"{fact.id} {label_in(fact.label, language)}", show(fact, language))
    about = " ".join(filter(None, (fact.symbol, fact.timeframe)))
    yield "  " + " · ".join(filter(None, (about, f"{fact.as_of:%d %b %H:%M:%S} UTC")))
    yield "  " + " · ".join(filter(None, (fact.tool, fact.unit, fact.source)))


def _prompt(trace: Trace) -> Iterator[Block]:
    yield Block("title", "What each run was told")
    yield Block("text", trace.prompt)
    if trace.earlier:
        yield Block("title", "Of earlier questions")
        yield Block("text", trace.earlier)


def _buttons(
    trace: Trace, sections: Sequence[Section], shown: Section, page: int
) -> Iterator[tuple[Button, ...]]:
    row = [
        Button(
            f"· {section.name} ·" if section is shown else section.name,
            f"why:{trace.id}:{section.key}",
        )
        for section in sections
    ]
    for start in range(0, len(row), BUTTONS_A_ROW):
        yield tuple(row[start : start + BUTTONS_A_ROW])
    turns = []
    if page > 0:
        before = f"{shown.key}.{page - 1}" if page > 1 else shown.key
        turns.append(Button(f"◂ Page {page}", f"why:{trace.id}:{before}"))
    if page + 1 < len(shown.pages):
        turns.append(Button(f"Page {page + 2} ▸", f"why:{trace.id}:{shown.key}.{page + 1}"))
    if turns:
        yield tuple(turns)
    if shown.key == "0":
        yield (Button("Earlier questions", f"why:{EARLIER}"),)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUESTION_SHOWN else f"{line[:QUESTION_SHOWN]}…"
