"""The card of a tool's result, for typed commands."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Literal

from bot.cards.card import WIDTH, Block, Button, Card, table
from desk.chart_spec import CandleChart
from desk.facts import Fact
from desk.figures import price, show
from desk.result import Result, Section
from trading.candles import Candles

Part = Literal["all", "brief", "more"]


def result_card(
    result: Result,
    title: str,
    *,
    demo: bool,
    buttons: tuple[tuple[Button, ...], ...] = (),
    part: Part = "all",
) -> Card:
    """Show every fact with its figure, then the note, then where it all came from.

    `part`: "brief" is without the sections that are spare, "more" is these alone.
    """
    blocks = [Block("title", title)]
    if result.sections:
        blocks.append(grouped(tuple(_of_part(result.sections, part))))
    elif result.facts:
        blocks.append(table([(_name(fact, result), show(fact)) for fact in result.facts]))
    if isinstance(result.chart, CandleChart):
        blocks.insert(1, Block("text", close_line(result.chart.candles)))
    if result.note and part != "more":
        blocks.append(Block("text", result.note))
    blocks.append(Block("small", origin(result.facts, demo=demo)))
    return Card(tuple(blocks), buttons, result.chart)


def close_line(candles: Candles) -> str:
    """Say what the newest closed candle closed at, and when."""
    close = price(float(candles.close[-1]))
    return f"close {close} at {candles.last_close_time:%d %b %H:%M} UTC"


def _of_part(sections: tuple[Section, ...], part: Part) -> Iterator[Section]:
    for section in sections:
        if part == "all" or section.spare == (part == "more"):
            yield section


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
