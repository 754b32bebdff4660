"""Size, levels and costs of an order: pure arithmetic on the exchange's grid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from trading.errors import BadArgument
from trading.instrument import Instrument
from trading.orders import Side, sign

CENT = Decimal("1E-8")  # fees are kept to this step of the quote currency


@dataclass(frozen=True)
class Levels:
    """Where a position is left: trigger prices, None for no such exit."""

    stop: Decimal | None
    target: Decimal | None


def quantity_for(notional: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    """Return the largest whole number of lots worth at most `notional` quote units."""
    return instrument.floor_quantity(notional / price)


def smallest_quantity(price: Decimal, instrument: Instrument) -> Decimal:
    """Return the smallest whole number of lots that the exchange takes at `price`."""
    lots = (instrument.min_notional / price / instrument.lot).to_integral_value(ROUND_CEILING)
    return max(lots, Decimal(1)) * instrument.lot


def levels(
    side: Side,
    entry: Decimal,
    stop_fraction: Decimal | None,
    target_fraction: Decimal | None,
    instrument: Instrument,
) -> Levels:
    """Return stop and target at fractions from the entry, rounded to ticks away from it.

    Raises BadArgument when a level would be zero or less.
    """
    low, high = instrument.price_down, instrument.price_up
    stop = target = None
    if stop_fraction:
        raw = entry * (1 - sign(side) * stop_fraction)
        stop = low(raw) if side == "buy" else high(raw)
    if target_fraction:
        raw = entry * (1 + sign(side) * target_fraction)
        target = high(raw) if side == "buy" else low(raw)
    for name, level in (("stop", stop), ("target", target)):
        if level is not None and level <= 0:
            raise BadArgument(
                f"The {name} of {instrument.symbol} would be at {level}; a price stays above 0. "
                f"Choose a smaller distance from the entry {entry}."
            )
    return Levels(stop, target)


def fee(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Return the fee of a fill in quote units, to eight decimals."""
    return (quantity * price * rate).quantize(CENT)


def loss_at_stop(
    side: Side,
    quantity: Decimal,
    entry: Decimal,
    stop: Decimal,
    fee_rate: Decimal,
    slippage: Decimal,
) -> Decimal:
    """Return what is lost when the stop is hit: price, slippage of the exit, both fees."""
    return (quantity * risk_per_unit(side, entry, stop, fee_rate, slippage)).quantize(CENT)


def risk_per_unit(
    side: Side, entry: Decimal, stop: Decimal, fee_rate: Decimal, slippage: Decimal
) -> Decimal:
    """Return what one base unit loses at the stop, costs included, unrounded (quote units).

    A unit of a cheap coin loses less than the step that money is rounded to.
    """
    leave = stop * (1 - sign(side) * slippage)
    return sign(side) * (entry - leave) + (entry + leave) * fee_rate
