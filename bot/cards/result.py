"""The card of a tool's result, for typed commands."""

from __future__ import annotations

from textwrap import wrap

from bot.cards.card import WIDTH, Block, Button, Card, table
from desk.facts import Fact
from desk.figures import show
from desk.result import Result, Section


def result_card(
    result: Result,
    title: str,
    *,
    demo: bool,
    buttons: tuple[tuple[Button, ...], ...] = (),
    brief: bool = False,
) -> Card:
    """Show every fact with its figure, then the note, then where it all came from.

    `brief`: without the sections that are spare.
    """
    blocks = [Block("title", title)]
    if result.sections:
        shown = (section for section in result.sections if not (brief and section.spare))
        blocks.append(grouped(tuple(shown)))
    elif result.facts:
        blocks.append(table([(_name(fact, result), show(fact)) for fact in result.facts]))
    if result.note:
        blocks.append(Block("text", result.note))
    blocks.append(Block("small", origin(result.facts, demo=demo)))
    return Card(tuple(blocks), buttons, result.chart)


def grouped(sections: tuple[Section, ...]) -> Block:
    """Write each heading, and under it each figure with its meaning beside or beneath it."""
    lines: list[str] = []
    for section in sections:
        lines += ["", section.heading.upper()] if lines else [section.heading.upper()]
        for fact, meaning in section.rows:
            figure = show(fact)
            room = WIDTH - len(figure) - 1
            whole = f"{fact.label} · {meaning}" if meaning else fact.label
            name = whole if len(whole) <= room else fact.label
            fits = len(name) <= room
            lines += [f"{name:<{room}} {figure}"] if fits else [name, f"{figure:>{WIDTH}}"]
            if name != whole:
                lines += wrap(meaning, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return Block("table", "\n".join(lines))


def origin(facts: tuple[Fact, ...], *, demo: bool) -> str:
    """Say source, newest time, and that it is simulated."""
    words = []
    if facts:
        newest = max(fact.as_of for fact in facts)
        sources = ", ".join(dict.fromkeys(fact.source for fact in facts))
        words.append(f"{sources} · {newest:%d %b %H:%M} UTC")
    words += ["DEMO DATA"] if demo else []
    return " · ".join([*words, "simulated money · not advice"])


def _name(fact: Fact, result: Result) -> str:
    several = len({one.symbol for one in result.facts}) > 1
    return f"{fact.label} {fact.symbol}" if several and fact.symbol else fact.label
