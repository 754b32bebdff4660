"""What one strategy holds of one symbol, and what a trade makes of it; exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

# Cash and costs never round: 60 digits hold every product of a price and a quantity whole.
EXACT = Context(prec=60)
SHARE = Decimal("1E-12")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Holding:
    """Signed quantity, and the money paid for it (negative: received, for a short)."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass(frozen=True)
class Traded:
    """The holding after a trade, and the profit before fees of the part that was closed."""

    holding: Holding
    realised: Decimal


def trade(holding: Holding, signed: Decimal, price: Decimal) -> Traded:
    """Add `signed` base units (negative: sold) at `price` to a holding.

    A trade against the holding first closes it, at its average cost, and opens the rest on the
    other side. Cost after − cost before = signed × price + realised, exactly: only the share of
    the cost that a partial close releases is rounded, and both sides use the rounded share.
    """
    held, cost = holding.quantity, holding.cost
    if held == 0 or (held > 0) == (signed > 0):
        return Traded(
            Holding(EXACT.add(held, signed), EXACT.add(cost, EXACT.multiply(signed, price))), ZERO
        )
    closes_all = abs(signed) >= abs(held)
    closing = -held if closes_all else signed
    released = cost if closes_all else _share(cost, -closing, held)
    realised = EXACT.subtract(EXACT.multiply(-closing, price), released)
    opening = EXACT.subtract(signed, closing)
    left = Holding(
        EXACT.add(EXACT.add(held, closing), opening),
        EXACT.add(EXACT.subtract(cost, released), EXACT.multiply(opening, price)),
    )
    return Traded(left, realised)


def _share(cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(cost, part), whole).quantize(SHARE, context=EXACT)
