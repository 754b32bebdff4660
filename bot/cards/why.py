"""The pages behind a verdict: the votes, each run, every fact, and what the model was told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.failure_words import failure_label, failure_text
from agents.members import RULES
from agents.trace import RULES_ANALYST, Trace, TracedCall, TracedRun
from agents.verdict import count
from bot.cards.card import Block, Button, Card, table
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from bot.cards.sheets import sheets
from bot.cards.spent import spent_words
from bot.cards.verdict import reason_in, stance_in, vote_line
from bot.cards.why_words import WHY_WORDS, WhyWords
from desk.chinese import label_in
from desk.facts import Fact
from desk.figures import count_in, show
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
    blocks = (*section.pages[number], simulated(trace.language, demo=trace.demo))
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
    words = WHY_WORDS[trace.language]
    yield Section("0", words.votes, (tuple(_overview(trace, words)),))
    for run in trace.runs:
        pages = sheets(list(_run(run, facts, trace)))
        yield Section(str(run.run), words.run.format(number=run.run), pages)
    if facts:
        yield Section(FACTS, words.facts, tuple(_facts(list(facts.values()), trace.language)))
    if trace.prompt and not _by_rules(trace):
        yield Section(PROMPT, words.prompt, sheets(list(_prompt(trace, words))))


def _by_rules(trace: Trace) -> bool:
    """Tell whether no language model took part: then there were no calls of one, and no prompt."""
    return all(run.model == RULES for run in trace.runs)


def _overview(trace: Trace, words: WhyWords) -> Iterator[Block]:
    verdict = count(trace)
    yield Block("title", words.why)
    yield Block("quote", trace.question)
    if trace.understood:
        yield Block("text", words.understood.format(text=trace.understood))
    if verdict.stance != "none":
        yield Block("text", vote_line(verdict))
    for text in (reason_in(verdict), verdict.stood_in):
        if text:
            yield Block("text", text)
    saw = words.saw.format(
        analyst=words.rules if trace.analyst == RULES_ANALYST else trace.analyst,
        source=trace.source,
        at=trace.as_of.strftime(words.moment),
        count=len(trace.facts),
    )
    yield Block("text", saw)
    yield table([(f"{run.run}. {_label(run, words)}", _vote(run, trace)) for run in trace.runs])
    calls = sum(run.model_calls for run in trace.runs)
    rows = [(words.tool_calls, str(_tool_calls(trace)))]
    if not _by_rules(trace):
        rows.insert(0, (words.model_calls, str(calls)))
        length = words.characters.format(count=count_in(len(trace.prompt), trace.language))
        rows.append((words.prompt.lower(), length))
    if trace.snapshot:
        rows.append((words.market, trace.snapshot[:SNAPSHOT_SHOWN]))
    yield table(rows, spare=1)
    yield Block("small", spent_words(verdict, trace.language))
    # What the owner types at the computer to get the same card from the file alone.
    yield Block("code", f"python -m bot replay {trace.id}")


def _tool_calls(trace: Trace) -> int:
    return sum(len(run.calls) for run in trace.runs)


def _label(run: TracedRun, words: WhyWords) -> str:
    return words.lenses.get(run.label, run.label)


def _vote(run: TracedRun, trace: Trace) -> str:
    words = WHY_WORDS[trace.language]
    replaced = words.replaced if run.replaced else ""
    if run.answer is not None:
        return f"{stance_in(run.answer.stance, trace.language)}{replaced}"
    if run.failure is not None:
        label = failure_label(run.failure, trace.language)
        return f"{words.failed.format(label=label)}{replaced}"
    return words.not_needed


def _run(run: TracedRun, facts: dict[str, Fact], trace: Trace) -> Iterator[Block]:
    words, language = WHY_WORDS[trace.language], trace.language
    heading = (words.run.format(number=run.run), _label(run, words), _vote(run, trace))
    yield Block("title", " · ".join(heading))
    if run.failure is not None:
        yield Block("text", failure_text(run.failure, language))
    if run.headline:
        yield Block("text", f"“{run.headline}”")
    for reason in run.reasons:
        yield Block("text", f"• {reason}")
    if run.prose_dropped:
        yield Block("text", words.dropped)
    for text in run.objections:
        yield Block("text", words.refused.format(text=text))
    for call in run.calls:
        yield from _call(call, facts, language)
    spent = words.seconds.format(seconds=run.seconds)
    if run.tokens_in or run.tokens_out:
        into, out = count_in(run.tokens_in, language), count_in(run.tokens_out, language)
        spent += words.tokens.format(into=into, out=out)
    by = words.by_model.format(model=run.model, calls=run.model_calls)
    by = words.fixed_rules if run.model == RULES else by
    yield Block("small", f"{by} · {spent}")


def _call(call: TracedCall, facts: dict[str, Fact], language: Language) -> Iterator[Block]:
    yield Block("text", f"{call.tool}({_arguments(call.arguments)})")
    if call.error:
        yield Block("text", WHY_WORDS[language].answered.format(text=call.error))
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
        title = WHY_WORDS[language].facts_of.format(
            first=start + 1, last=start + len(part), count=len(facts)
        )
        lines = [line for fact in part for line in _fact(fact, language)]
        yield from sheets([Block("title", title), narrow(lines)])


def _fact(fact: Fact, language: Language) -> Iterator[str]:
    yield from pair(f"{fact.id} {label_in(fact.label, language)}", show(fact, language))
    about = " ".join(filter(None, (fact.symbol, fact.timeframe)))
    at = fact.as_of.strftime(WHY_WORDS[language].day_time)
    yield "  " + " · ".join(filter(None, (about, f"{at} UTC")))
    yield "  " + " · ".join(filter(None, (fact.tool, fact.unit, fact.source)))


def _prompt(trace: Trace, words: WhyWords) -> Iterator[Block]:
    yield Block("title", words.told)
    yield Block("text", trace.prompt)
    if trace.earlier:
        yield Block("title", words.earlier)
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
    words, turns = WHY_WORDS[trace.language], []
    if page > 0:
        before = f"{shown.key}.{page - 1}" if page > 1 else shown.key
        turns.append(Button(f"◂ {words.page.format(number=page)}", f"why:{trace.id}:{before}"))
    if page + 1 < len(shown.pages):
        after = f"{words.page.format(number=page + 2)} ▸"
        turns.append(Button(after, f"why:{trace.id}:{shown.key}.{page + 1}"))
    if turns:
        yield tuple(turns)
    if shown.key == "0":
        yield (Button(words.earlier_button, f"why:{EARLIER}"),)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUESTION_SHOWN else f"{line[:QUESTION_SHOWN]}…"
