"""The card of a tool's result, for typed commands."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card, table
from desk.facts import Fact, Result
from desk.figures import show


def result_card(
    result: Result, title: str, *, demo: bool, buttons: tuple[tuple[Button, ...], ...] = ()
) -> Card:
    """Show every fact with its figure, then the note, then where it all came from."""
    blocks = [Block("title", title)]
    if result.facts:
        blocks.append(table([(_name(fact, result), show(fact)) for fact in result.facts]))
    if result.note:
        blocks.append(Block("text", result.note))
    blocks.append(Block("small", origin(result.facts, demo=demo)))
    return Card(tuple(blocks), buttons, result.chart)


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
