"""News: the mood of headlines, and the fear gauges of a symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.errors import MarketError
from desk.facts import Fact, Value
from desk.result import Result, Section
from tools.arguments import Symbol
from tools.context import Context
from tools.fear_facts import fear_facts
from tools.registry import tool

if TYPE_CHECKING:
    from desk.headlines import NewsReport

# Whose gauges tell of the market as a whole.
LEADER = "BTC/USDT"
TOO_FEW = "too few to tell"
OFF = "News is off: NEWS_FEEDS=none."


@tool(command="news", example="BTC/USDT")
async def news(context: Context, symbol: Symbol | None = None) -> Result:
    """Read the mood of recent headlines in [-1, 1], of a symbol or of all, and its fear gauges.

    Args:
        symbol: base and quote, such as BTC/USDT; none: all headlines, and the gauges of BTC
    """
    report = await context.research.news(symbol or "")
    facts = _facts(context, report, symbol or "") if report.news.sources else ()
    gauges, lines = await _gauges(context, symbol)
    said = {fact: _meaning(fact, lines) for fact in gauges}
    rest = [line for line in lines if not any(_of(fact, line) for fact in gauges)]
    heading = f"Fear gauges {symbol or LEADER}"
    return Result(
        (*facts, *gauges),
        "\n".join([*_told(report), *rest]),
        sections=(Section(heading, tuple(said.items())),) if gauges else (),
        news=report,
    )


async def _gauges(context: Context, symbol: str | None) -> tuple[tuple[Fact, ...], list[str]]:
    """Return the fear gauges and the lines about them: meanings, and what is missing."""
    try:
        gauges, note = await fear_facts(context, symbol or LEADER)
    except MarketError:
        # Who asked for no symbol did not ask for this one either.
        if symbol is not None:
            raise
        return (), []
    return gauges, note.splitlines()


def _of(fact: Fact, line: str) -> bool:
    return line.startswith(f"{fact.label}: ")


def _meaning(fact: Fact, lines: list[str]) -> str:
    found = next((line for line in lines if _of(fact, line)), "")
    return found.removeprefix(f"{fact.label}: ")


def _facts(context: Context, report: NewsReport, symbol: str) -> tuple[Fact, ...]:
    mood, found = report.mood, report.news
    hours = round(mood.window.total_seconds() / 3600)
    rows: list[tuple[str, Value, str]] = [
        ("News mood", TOO_FEW, "") if mood.value is None else ("News mood", mood.value, "score"),
        ("News items", mood.count, "items"),
        ("News window", hours, "h"),
    ]
    if mood.value is not None:
        rows.append(("Mood spread", mood.spread, ""))
    if report.items:
        age = context.research.as_of - report.items[0].item.at
        rows.append(("Newest headline", round(age.total_seconds() / 60), "min"))
    rows += [(f"Dropped, {reason}", count, "items") for reason, count in report.dropped]
    if not found.made_up:
        heard = len(found.sources) - len(found.failures)
        rows.append(("News feeds read", f"{heard} of {len(found.sources)}", ""))
    source = f"{'demo' if found.made_up else 'news feeds'} ({report.read_by})"
    return tuple(
        context.facts.add(
            "news", label, value, unit, symbol=symbol, as_of=context.research.as_of, source=source
        )
        for label, value, unit in rows
    )


def _told(report: NewsReport) -> list[str]:
    """Say what is not known; never in the words of a headline."""
    found = report.news
    if not found.sources:
        return [OFF]
    lines = [f"{failure.source}: {failure.reason}." for failure in found.failures]
    if len(found.failures) == len(found.sources):
        lines.insert(0, "No news feed can be read now.")
    if report.model_failed:
        lines.append("The language model gave no scores, so the word list did.")
    if report.mood.value is None:
        lines.append(f"Fewer than 3 headlines in {_hours(report)} h are too few for a mood.")
    undated = sum(one.item.published_at is None for one in report.items)
    if undated:
        lines.append(
            f"Headlines without a date, or dated ahead of now, timed when first seen: {undated}."
        )
    return lines


def _hours(report: NewsReport) -> int:
    return round(report.mood.window.total_seconds() / 3600)
