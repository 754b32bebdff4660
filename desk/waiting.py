"""Which prices an account's book waits for: between them nothing of it can happen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from desk.levels import Band
from desk.moments import TRAIL_STEP
from trading.account import AccountState
from trading.instrument import Instrument
from trading.margin import liquidation_of
from trading.orders import Order, Position


def bands(
    state: AccountState, instruments: Mapping[str, Instrument], *, live: bool = True
) -> dict[str, Band]:
    """Return the prices of each symbol between which no order and no liquidation is reached.

    `instruments` of the symbols held; a position without one has no liquidation price yet. `live`:
    the prices are quotes, at which a trailing stop follows in steps; candles it follows closely.
    """
    found: defaultdict[str, Band] = defaultdict(Band)
    for order in state.orders.values():
        if order.kind != "market":
            found[order.symbol] = found[order.symbol].meet(_of_order(order, live))
    for position in state.positions.values():
        instrument = instruments.get(position.symbol)
        if instrument is not None:
            band = _of_position(position, instrument)
            found[position.symbol] = found[position.symbol].meet(band)
    return dict(found)


def _of_order(order: Order, live: bool) -> Band:
    buy = order.side == "buy"
    if order.kind in ("limit", "target") or order.triggered:
        level = order.level if order.limit is None else order.limit
        return Band(low=level) if buy else Band(high=level)
    if order.kind == "trailing":
        return _of_trailing(order, TRAIL_STEP if live else Decimal(0))
    return Band(high=order.level) if buy else Band(low=order.level)


def _of_trailing(order: Order, share: Decimal) -> Band:
    """A trailing stop also waits for the price at which it follows."""
    best, trail = order.best or order.level, order.trail or Decimal(0)
    step = trail * best * share
    if order.side == "sell":
        return Band(low=order.level, high=max(best, (order.level + step) / (1 - trail)))
    return Band(low=min(best, (order.level - step) / (1 + trail)), high=order.level)


def _of_position(position: Position, instrument: Instrument) -> Band:
    level = liquidation_of(position, instrument)
    return Band(low=level) if position.quantity > 0 else Band(high=level)
