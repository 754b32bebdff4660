"""What must hold of an account's book after every look of the desk, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tests.fakes.fake_market import instrument_of
from trading.account import AccountState
from trading.events import OrderFilled, Recorded
from trading.instrument import Quote
from trading.ledger import fold
from trading.margin import liquidation_of
from trading.orders import Order, Position

PROTECTING = ("stop", "target", "trailing")
CENT = Decimal("0.01")


def faults(
    state: AccountState, log: Sequence[Recorded], quotes: Mapping[str, Quote], opening: Decimal
) -> list[str]:
    """Return everything that is wrong, in words; `quotes` are those of the last look."""
    found = [*_wrong_money(state, log, opening), *_lost_more_than_the_margin(log)]
    for order in state.orders.values():
        found += _wrong_order(state, order, quotes[order.symbol])
    for key, position in state.positions.items():
        found += _wrong_exits(state, position)
        found += _wrong_margin(state, position, quotes[key[1]])
    return found


def _wrong_money(state: AccountState, log: Sequence[Recorded], opening: Decimal) -> list[str]:
    fills = [one.event.fill for one in log if isinstance(one.event, OrderFilled)]
    cash, held = opening, dict[tuple[str, str], Decimal]()
    for fill in fills:
        signed = fill.quantity if fill.side == "buy" else -fill.quantity
        cash -= signed * fill.price + fill.fee
        key = (fill.strategy, fill.symbol)
        held[key] = held.get(key, Decimal(0)) + signed
    found = []
    if cash != state.cash:
        found.append(f"cash is {state.cash}, the fills make {cash}")
    now = {key: position.quantity for key, position in state.positions.items()}
    if now != {key: quantity for key, quantity in held.items() if quantity}:
        found.append(f"held is {now}, the fills make {held}")
    if len({fill.order_id for fill in fills}) != len(fills):
        found.append("an order was filled twice")
    return found


def _lost_more_than_the_margin(log: Sequence[Recorded]) -> list[str]:
    """A liquidation takes the position's margin and nothing else of the account."""
    found = []
    for place, one in enumerate(log):
        if not isinstance(one.event, OrderFilled) or one.event.fill.reason != "liquidation":
            continue
        fill = one.event.fill
        position = fold(log[:place]).positions[fill.strategy, fill.symbol]
        tick = instrument_of(fill.symbol).tick
        if fill.realised < -position.margin - tick * fill.quantity:
            found.append(f"{fill.id}: lost {fill.realised} of a margin of {position.margin}")
    return found


def _wrong_order(state: AccountState, order: Order, quote: Quote) -> list[str]:
    what, found = instrument_of(order.symbol), []
    if order.quantity % what.lot:
        found.append(f"{order.id}: {order.quantity} is no multiple of the lot")
    if order.kind == "market":
        return [*found, f"{order.id}: a market order waits"]
    if order.level % what.tick:
        found.append(f"{order.id}: {order.level} is no multiple of the tick")
    if order.is_exit and order.kind in PROTECTING:
        position = state.positions.get((order.strategy, order.symbol))
        if position is None:
            found.append(f"{order.id}: a {order.kind} protects nothing")
        elif position.side == order.side:
            found.append(f"{order.id}: a {order.kind} would enlarge the position")
    if _is_reached(order, quote):
        found.append(f"{order.id}: {order.kind} {order.side} {order.level} waits at {quote}")
    return found


def _is_reached(order: Order, quote: Quote) -> bool:
    """Tell whether the quote would have filled an order that waited for it."""
    buys = order.side == "buy"
    if order.kind in ("limit", "target"):
        return quote.ask <= order.level if buys else quote.bid >= order.level
    if order.kind == "stop_limit":
        if order.triggered and order.limit is not None:
            return quote.ask <= order.limit if buys else quote.bid >= order.limit
        return False
    return quote.ask >= order.level if buys else quote.bid <= order.level


def _wrong_exits(state: AccountState, position: Position) -> list[str]:
    """Exits of one kind never close more than there is."""
    found = []
    for kind in PROTECTING:
        mine = [
            order.quantity
            for order in state.orders.values()
            if (order.strategy, order.symbol) == (position.strategy, position.symbol)
            and order.kind == kind
            and order.is_exit
        ]
        if sum(mine) > abs(position.quantity):
            found.append(f"{position.id}: {kind}s of {mine} on {position.quantity}")
    return found


def _wrong_margin(state: AccountState, position: Position, quote: Quote) -> list[str]:
    cost = abs(state.costs[position.strategy, position.symbol])
    found = []
    if not 0 < position.margin <= cost + CENT:
        found.append(f"{position.id}: margin {position.margin} of a cost of {cost}")
    level = liquidation_of(position, instrument_of(position.symbol))
    long = position.quantity > 0
    price = quote.bid if long else quote.ask
    if level is not None and (price <= level if long else price >= level):
        found.append(f"{position.id}: not liquidated at {level}, the price is {price}")
    return found
