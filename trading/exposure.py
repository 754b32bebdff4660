"""What an account has open or has promised: positions, and waiting entries as if they were filled.

A waiting entry counts at its price, on its side. The part of it that would close what its strategy
holds opens nothing and counts for nothing; entries that wait longest close first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from trading.account import AccountState, Key
from trading.instrument import AssetClass, asset_class_of
from trading.margin import margin_for
from trading.orders import Order, sign
from trading.symbols import base_of, pair_of

ZERO = Decimal(0)
WAITING = ("limit", "stop", "stop_limit")


@dataclass(frozen=True)
class Exposure:
    """Gross worth by symbol and margin, quote units; what is, or may come to be, held."""

    worth: Mapping[str, Decimal]
    margin: Decimal
    keys: frozenset[Key]

    def of_symbol(self, symbol: str) -> Decimal:
        """Return the gross worth of the pair, on whichever exchange it is held."""
        return self.of_pairs.get(pair_of(symbol), ZERO)

    @cached_property
    def of_pairs(self) -> Mapping[str, Decimal]:
        """Gross worth by pair: `BTC/USDT` and `kraken:BTC/USDT` are one."""
        total: dict[str, Decimal] = {}
        for symbol, worth in self.worth.items():
            total[pair_of(symbol)] = total.get(pair_of(symbol), ZERO) + worth
        return total

    def of_class(self, asset_class: AssetClass) -> Decimal:
        """Return the gross worth of all symbols of the class."""
        mine = (
            worth
            for symbol, worth in self.worth.items()
            if asset_class_of(base_of(symbol)) == asset_class
        )
        return sum(mine, ZERO)


def exposure(
    state: AccountState,
    marks: Mapping[str, Decimal],
    *,
    closed: Key | None = None,
    without: str | None = None,
) -> Exposure:
    """Add up positions at `marks` (a price per held symbol) and waiting entries at their prices.

    `closed` names a position that is taken as closed already, `without` an order that is left out.
    """
    worth: dict[str, Decimal] = {}
    margin = ZERO
    keys = set()
    for key, position in state.positions.items():
        if key != closed:
            size = abs(position.quantity) * marks[position.symbol]
            worth[position.symbol] = worth.get(position.symbol, ZERO) + size
            margin += position.margin
            keys.add(key)
    for order, opens in _openings(state, closed, without):
        size = opens * order_price(order)
        worth[order.symbol] = worth.get(order.symbol, ZERO) + size
        margin += margin_for(size, order.leverage)
        keys.add((order.strategy, order.symbol))
    return Exposure(worth, margin, frozenset(keys))


def balance(
    state: AccountState, closed: Key | None = None, price: Decimal | None = None
) -> Decimal:
    """Return the money that margin is set aside from: cash and what was paid for positions.

    Margin is isolated: what an open position loses comes out of its own margin and what it gains
    backs nothing yet, so neither counts. `closed` names a position taken as closed at `price`.
    """
    total = state.cash + sum(state.costs.values(), ZERO)
    if closed is None or price is None:
        return total
    return total + state.positions[closed].quantity * price - state.costs[closed]


def waiting_entries(state: AccountState) -> list[Order]:
    """Return the orders that wait to open something, oldest first."""
    return [
        order for order in state.orders.values() if not order.reduce_only and order.kind in WAITING
    ]


def order_price(order: Order) -> Decimal:
    """Return what a waiting entry is counted at: of a trigger and a limit the higher."""
    return max(price for price in (order.price, order.limit) if price is not None)


def _openings(
    state: AccountState, closed: Key | None, without: str | None
) -> Iterator[tuple[Order, Decimal]]:
    """Yield each waiting entry with the quantity that it would open."""
    held = {key: one.quantity for key, one in state.positions.items() if key != closed}
    for order in waiting_entries(state):
        if order.id == without:
            continue
        key = (order.strategy, order.symbol)
        against = max(-held.get(key, ZERO) * sign(order.side), ZERO)
        closes = min(against, order.quantity)
        if closes:
            held[key] += closes * sign(order.side)
        if order.quantity > closes:
            yield order, order.quantity - closes
