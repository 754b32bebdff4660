"""Plain meanings of fear gauges, by stated rules; none of them is a forecast."""

from __future__ import annotations

from desk.fear import Book, Fear, Funding, InterestChange
from desk.figures import percent, quantity

# Perpetuals are built around this rate per 8 hours: the interest part of the funding formula on
# most exchanges. So it is what "balanced" looks like, and both thresholds lie equally far off.
USUAL = 0.0001
# Five times the usual rate: about 55 % a year for holding a long.
CROWDED_LONGS = 0.0005
CROWDED_SHORTS = -0.0003
# Rates wander by this much without anybody being in a hurry.
CALM = 0.0001
# On most days open interest of a large coin moves less than this.
MOVED = 0.10
# 65 of every 100 units of money on one side.
LEANING = 0.30
# A market order pays half the spread: at this width as much as the usual fee of 0.1 %.
WIDE = 0.002


def meanings(fear: Fear) -> tuple[str, ...]:
    """Return a sentence for each gauge that is there."""
    said = []
    if isinstance(fear.funding, Funding):
        said.append(f"Funding rate: {_of_funding(fear.funding)}")
    if isinstance(fear.change, InterestChange):
        said.append(f"Open interest, 1 day: {_of_change(fear.change)}")
    if isinstance(fear.book, Book):
        said.append(f"Book imbalance: {_of_book(fear.book)}")
        said.append(f"Spread: {_of_spread(fear.book)}")
    return tuple(said)


def gaps(fear: Fear) -> tuple[str, ...]:
    """Return a sentence for each gauge that is missing; one for those missing for one reason."""
    return tuple(f"Not known: {reason}." for reason in fear.missing)


def _of_funding(funding: Funding) -> str:
    rate, hours = funding.per_eight_hours, funding.hours
    if rate is None or hours is None:
        return f"{_payer(funding.rate)}; {funding.source} does not say how often it is paid"
    year = percent(funding.per_year or 0.0, signed=True)
    paid = f"{_exact(funding.rate, 4)} per {hours:g} h, {year} a year"
    if rate >= CROWDED_LONGS:
        return f"longs pay a lot ({paid}): crowded longs"
    if rate <= CROWDED_SHORTS:
        return f"shorts pay a lot ({paid}): crowded shorts"
    if abs(rate - USUAL) <= CALM:
        return f"near the usual rate ({paid}): neither side is crowded"
    return f"{_payer(rate)}, not much ({paid}): no side is crowded"


def _exact(fraction: float, digits: int) -> str:
    """Write a fraction as percent with so many significant digits; it may be very small."""
    return f"{quantity(float(f'{fraction * 100:.{digits}g}'))} %"


def _payer(rate: float) -> str:
    return "longs pay shorts" if rate > 0 else "shorts pay longs" if rate < 0 else "nobody pays"


def _of_change(change: InterestChange) -> str:
    counted = "" if change.in_coins else " (the price's own move is in it)"
    if change.fraction >= MOVED:
        return f"many new contracts were opened, with borrowed money on both sides{counted}"
    if change.fraction <= -MOVED:
        return f"many contracts were closed or liquidated{counted}"
    return f"about as many contracts as a day before{counted}"


def _of_book(book: Book) -> str:
    within = f"within {_exact(book.reach, 2)} of the middle; orders can be withdrawn at any time"
    if book.imbalance >= LEANING:
        return f"clearly more money waits to buy than to sell, {within}"
    if book.imbalance <= -LEANING:
        return f"clearly more money waits to sell than to buy, {within}"
    return f"buyers and sellers wait with similar sums, {within}"


def _of_spread(book: Book) -> str:
    if book.spread >= WIDE:
        return "wide: a market order pays half of it besides the fee"
    return "narrow"
