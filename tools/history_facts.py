"""Facts about the candles themselves: what a figure was made of, and what it lacked."""

from __future__ import annotations

from desk.facts import Fact
from desk.result import Section
from tools.context import Context
from trading.candles import Candles, from_ms
from trading.outages import Stretch, flat_outages, gaps, total


def history_facts(
    context: Context, tool: str, candles: Candles, wanted: int = 0
) -> tuple[Fact, ...]:
    """Return facts only where there is something to tell; () for a whole history of real candles.

    Candles that the exchange lacks, candles in which nothing was traded, less history than the
    `wanted` candles (a new listing, or all that the exchange gives), and that the candles were
    rolled up from finer ones.
    """
    if not len(candles):
        return ()
    missing, flat = gaps(candles), flat_outages(candles)
    rows: list[tuple[str, str]] = []
    if len(candles) < wanted:
        rows.append(("History", f"{len(candles):,} of {wanted:,} candles"))
        rows.append(("History begins", f"{from_ms(int(candles.time[0])):%Y-%m-%d}"))
    if missing:
        rows.append(("Candles missing", _in_words(missing, "gap", len(candles) + total(missing))))
    if flat:
        rows.append(("Without trades", _in_words(flat, "run", len(candles))))
    source = context.research.snapshot.source_of(candles.symbol)
    if candles.made_from is not None:
        source += f", rolled up from {candles.made_from}"
        rows.append(("Rolled up from", f"{candles.made_from} candles"))
    return tuple(
        context.facts.add(
            tool,
            label,
            value,
            symbol=candles.symbol,
            timeframe=candles.timeframe.value,
            as_of=candles.last_close_time,
            source=source,
        )
        for label, value in rows
    )


def history_section(
    context: Context, tool: str, candles: Candles, wanted: int = 0
) -> tuple[Section, ...]:
    """Return the facts as a section of a card, or () where there is nothing to tell."""
    facts = history_facts(context, tool, candles, wanted)
    return (Section("Candles", tuple((fact, "") for fact in facts)),) if facts else ()


def _in_words(stretches: tuple[Stretch, ...], one: str, of: int) -> str:
    many = one if len(stretches) == 1 else f"{one}s"
    return f"{total(stretches):,} of {of:,}, {len(stretches):,} {many}"
