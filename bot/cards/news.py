"""The card of the news: mood, fear gauges, and the headlines themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.card import Block, Card, table
from bot.cards.result import grouped, origin
from desk.figures import score
from desk.headlines import NewsReport, ScoredItem
from desk.mood import in_words
from desk.result import Result

MOST_HEADLINES = 6
TITLE_LENGTH = 140
MOST_FAILURES = 4


def news_card(result: Result, report: NewsReport, now: datetime, *, demo: bool) -> Card:
    """Show what the headlines add up to, then the newest of them, each with its origin."""
    symbol = next((fact.symbol for fact in result.facts if fact.label == "News mood"), "")
    blocks = [Block("title", f"News · {symbol}" if symbol else "News")]
    if report.news.sources:
        blocks.append(table(_mood_rows(report)))
    for place, one in enumerate(report.items[:MOST_HEADLINES]):
        blocks += _headline(one, now, spare=3 + place)
    if report.news.sources and not report.items:
        blocks.append(Block("text", _nothing(report, symbol)))
    blocks += _asides(result, report)
    if result.sections:
        blocks.append(grouped(result.sections))
    blocks.append(Block("small", origin(result.facts, demo=demo)))
    return Card(tuple(blocks))


def _mood_rows(report: NewsReport) -> list[tuple[str, str]]:
    mood = report.mood
    hours = f"{mood.window.total_seconds() / 3600:.0f} h"
    items = f"{mood.count} {'item' if mood.count == 1 else 'items'}, {hours}"
    if mood.value is None:
        return [("News mood", "too few to tell"), ("", items)]
    return [
        ("News mood", f"{score(mood.value)} {in_words(mood.value)}"),
        ("", f"{items}, spread ±{mood.spread:.2f}"),
    ]


def _headline(one: ScoredItem, now: datetime, spare: int) -> list[Block]:
    item = one.item
    seen = "" if item.published_at else "first seen "
    told = f"{item.source} · {seen}{age(now - item.at)} ago · {score(one.score)}"
    return [
        Block("text", f"“{shortened(item.title)}”", spare, link=item.link),
        Block("small", told, spare),
    ]


def _nothing(report: NewsReport, symbol: str) -> str:
    if len(report.news.failures) >= len(report.news.sources):
        return (
            "No news feed can be read now, so there are no headlines. Check the network and "
            "NEWS_FEEDS; `python -m bot doctor` tries each feed."
        )
    about = f" about {symbol.split('/')[0].split(':')[-1]}" if symbol else ""
    return f"No headline{about} in the last 3 days."


def _asides(result: Result, report: NewsReport) -> list[Block]:
    lines = []
    if report.dropped:
        parts = ", ".join(f"{count} {reason}" for reason, count in report.dropped)
        one = len(report.dropped) == 1
        lines.append(f"Dropped: {parts}." if one else f"{report.dropped_count} dropped: {parts}.")
    failures = report.news.failures
    lines += [f"{one.source}: {one.reason}." for one in failures[:MOST_FAILURES]]
    if len(failures) > MOST_FAILURES:
        lines.append(f"{len(failures) - MOST_FAILURES} more feeds failed.")
    feeds = {f"{one.source}: {one.reason}." for one in failures}
    lines += [line for line in result.note.splitlines() if line not in feeds]
    return [Block("small", "\n".join(lines), spare=1)] if lines else []


def age(since: timedelta) -> str:
    """Write how old something is: `40 min`, `5 h`, `2 days`."""
    minutes = max(0, round(since.total_seconds() / 60))
    if minutes < 90:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 36 else f"{round(hours / 24)} days"


def shortened(title: str) -> str:
    """Cut a long title between words."""
    if len(title) <= TITLE_LENGTH:
        return title
    cut = title[: TITLE_LENGTH - 1]
    return f"{(cut.rsplit(' ', 1)[0] if ' ' in cut[60:] else cut).rstrip(' ,;:–-')}…"
