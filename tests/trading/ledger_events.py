"""Builders of ledger events for tests: a log of one account, numbered as the log would."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from trading.account import AccountState
from trading.events import AccountOpened, Event, OrderFilled, OrderPlaced, Recorded
from trading.holding import Holding, trade
from trading.ledger import fold
from trading.orders import Fill, FillReason, Order, Side, sign

AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ZERO = Decimal(0)


def opened(cash: str = "10000") -> AccountOpened:
    return AccountOpened(cash=Decimal(cash), currency="USDT", chat_id=1)


def numbered(events: list[Event], account_id: str = "a", after: int = 0) -> list[Recorded]:
    return [
        Recorded(account_id=account_id, seq=seq, key=str(seq), at=AT, event=event, hash=f"h{seq}")
        for seq, event in enumerate(events, start=after + 1)
    ]


def traded(
    number: int,
    side: Side,
    quantity: str | Decimal,
    price: str | Decimal,
    *,
    before: Holding | None = None,
    fee: str | Decimal = "0",
    symbol: str = "BTC/USDT",
    strategy: str = "manual",
    reduce_only: bool = False,
    reason: FillReason = "entry",
) -> list[Event]:
    """Return the two events of a market order; `before` is what was held, for the profit."""
    amount, at = Decimal(quantity), Decimal(price)
    realised = trade(before or Holding(), sign(side) * amount, at).realised
    order = Order(
        id=f"o{number}",
        symbol=symbol,
        strategy=strategy,
        side=side,
        kind="market",
        quantity=amount,
        reduce_only=reduce_only,
        placed_at=AT,
    )
    fill = Fill(
        id=f"f{number}",
        order_id=order.id,
        symbol=symbol,
        strategy=strategy,
        side=side,
        quantity=amount,
        price=at,
        fee=Decimal(fee),
        realised=realised,
        reason=reason,
        at=AT,
    )
    return [OrderPlaced(order=order), OrderFilled(fill=fill)]


def account(*events: Event, cash: str = "10000") -> AccountState:
    return fold(numbered([opened(cash), *events]))


def holding_account(*holdings: tuple[str, str, str, str], cash: str = "10000") -> AccountState:
    """Make an account that holds (strategy, symbol, signed quantity, price) each."""
    events: list[Event] = []
    for number, (strategy, symbol, quantity, price) in enumerate(holdings):
        side: Side = "buy" if Decimal(quantity) > 0 else "sell"
        amount = abs(Decimal(quantity))
        events += traded(number, side, amount, price, symbol=symbol, strategy=strategy)
    return account(*events, cash=cash)
