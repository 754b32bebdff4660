"""Facts about what traders pay, risk and wait for: the fear gauges of one symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.facts import Fact
from desk.fear import Book, Funding, InterestChange, OpenInterest
from desk.fear_words import gaps, meanings

if TYPE_CHECKING:
    from datetime import datetime

    from tools.context import Context

Row = tuple[str, float, str, "datetime", str]


async def fear_facts(context: Context, symbol: str) -> tuple[tuple[Fact, ...], str]:
    """Return the fear gauges of a symbol as facts of the news tool, and a note about them.

    The note has a line for each gauge: its plain meaning, or why it is missing. Raises only what
    an unknown symbol raises.
    """
    fear = await context.research.snapshot.fear(symbol)
    rows: list[Row] = []
    funding, interest, change, book = fear.funding, fear.interest, fear.change, fear.book
    if isinstance(funding, Funding):
        rows.append((_paid_every(funding), funding.rate, "fraction", funding.at, funding.source))
    if isinstance(interest, OpenInterest):
        rows.append(("Open interest", interest.value, interest.quote, interest.at, interest.source))
    if isinstance(change, InterestChange):
        rows.append(("Open interest, 1 day", change.fraction, "fraction", change.at, change.source))
    if isinstance(book, Book):
        rows.append(("Book imbalance", book.imbalance, "", book.at, book.source))
        rows.append(("Spread", book.spread, "fraction", book.at, book.source))
    facts = tuple(
        context.facts.add("news", label, value, unit, symbol=symbol, as_of=at, source=source)
        for label, value, unit, at, source in rows
    )
    return facts, "\n".join((*meanings(fear), *gaps(fear)))


def _paid_every(funding: Funding) -> str:
    """Name the rate with its period: some are paid every hour, most every eight."""
    return f"Funding rate, {funding.hours:g} h" if funding.hours else "Funding rate"
