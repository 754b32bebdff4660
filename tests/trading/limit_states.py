"""Builders of account states for tests of the limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.trading.ledger_events import AT
from trading.account import AccountState
from trading.margin import margin_for
from trading.orders import EntryKind, Order, Side


def with_leverage(state: AccountState, leverage: str) -> AccountState:
    """Return the state as if every position had been opened at this leverage."""
    positions = {
        key: held.model_copy(
            update={"margin": margin_for(abs(state.costs[key]), Decimal(leverage))}
        )
        for key, held in state.positions.items()
    }
    return replace(state, positions=positions)


def entry(
    order_id: str,
    symbol: str = "BTC/USDT",
    side: Side = "buy",
    quantity: str = "1",
    price: str = "100",
    *,
    kind: EntryKind = "limit",
    strategy: str = "manual",
    limit: str | None = None,
    leverage: str = "1",
    reduce_only: bool = False,
) -> Order:
    """Make an order that waits."""
    return Order(
        id=order_id,
        symbol=symbol,
        strategy=strategy,
        side=side,
        kind=kind,
        quantity=Decimal(quantity),
        price=Decimal(price),
        limit=Decimal(limit) if limit else None,
        leverage=Decimal(leverage),
        reduce_only=reduce_only,
        placed_at=AT,
    )


def waiting(state: AccountState, *orders: Order) -> AccountState:
    """Return the state with these orders in its book."""
    return replace(state, orders={**state.orders, **{order.id: order for order in orders}})
