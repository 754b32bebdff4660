"""Isolated margin: what is set aside for a position, and the price at which that is used up.

Each position is backed by its own margin, cost / leverage, and by nothing else of the account. It
is liquidated when what is left of the margin falls to the maintenance margin, a fraction of the
position's worth: for a long of quantity q entered at E with margin M,
M + q (P - E) = m q P, so P = (E - M / q) / (1 - m); for a short P = (E + M / q) / (1 + m).
"""

from __future__ import annotations

from decimal import Decimal

from trading.holding import EXACT, SHARE, Holding
from trading.instrument import Instrument
from trading.orders import Position, Side, sign

ZERO = Decimal(0)
MAINTENANCE = Decimal("0.005")  # of the position's worth, as large exchanges ask on major coins


def margin_for(notional: Decimal, leverage: Decimal) -> Decimal:
    """Return the money to set aside for `notional` quote units."""
    return EXACT.divide(notional, leverage).quantize(SHARE, context=EXACT)


def margin_after(
    position: Position | None, before: Holding, after: Holding, price: Decimal, leverage: Decimal
) -> Decimal:
    """Return the margin of what a trade leaves: added to, released in proportion, or new."""
    if after.quantity == 0:
        return ZERO
    if position is None or before.quantity * after.quantity < 0:
        return margin_for(abs(after.cost), leverage)
    added = EXACT.subtract(abs(after.quantity), abs(before.quantity))
    if added > 0:
        return EXACT.add(position.margin, margin_for(EXACT.multiply(added, price), leverage))
    share = EXACT.multiply(position.margin, abs(after.quantity))
    return EXACT.divide(share, abs(before.quantity)).quantize(SHARE, context=EXACT)


def liquidation_price(
    side: Side,
    entry: Decimal,
    quantity: Decimal,
    margin: Decimal,
    instrument: Instrument,
    maintenance: Decimal = MAINTENANCE,
) -> Decimal | None:
    """Return the price at which a position of `side` is liquidated; None: no price does.

    `quantity` (base units) and `margin` (quote units) are positive. Rounded to the tick that comes
    first.
    """
    buffer = EXACT.divide(margin, quantity)
    if side == "buy":
        level = EXACT.divide(entry - buffer, 1 - maintenance)
        return instrument.price_up(level) if level >= instrument.tick else None
    return instrument.price_down(EXACT.divide(entry + buffer, 1 + maintenance))


def bankruptcy_price(side: Side, entry: Decimal, quantity: Decimal, margin: Decimal) -> Decimal:
    """Return the price at which the whole margin is lost: no liquidation fills beyond it."""
    return EXACT.subtract(
        entry, EXACT.multiply(Decimal(sign(side)), EXACT.divide(margin, quantity))
    )


def liquidation_of(position: Position, instrument: Instrument) -> Decimal | None:
    """Return the price at which an open position is liquidated; None: no price does."""
    return liquidation_price(
        position.side,
        position.average_price,
        abs(position.quantity),
        position.margin,
        instrument,
    )
