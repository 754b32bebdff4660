"""The events and messages of one change to the book, each made on the state the last one left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.accounts import Decision, T, provisional
from desk.messages import CANCELLED, FILL, CancelNotice, FillReport
from desk.ports import Entry, Message, NewId
from desk.quiet import hushed
from trading.account import AccountState, Key
from trading.events import Event, OrderCancelled, OrderFilled, OrderPlaced
from trading.holding import trade
from trading.instrument import Instrument
from trading.ledger import fold
from trading.orders import ONE, Exits, Fill, FillReason, Order, Side, opposite, sign
from trading.sizing import fee
from trading.symbols import sources_of

PROTECTIVE = ("stop", "stop_limit", "trailing")
TAKING = ("target", "limit")
HURTING = ("stop", "trailing", "liquidation")


@dataclass(frozen=True)
class Source:
    """Where the prices came from, for the messages."""

    name: str
    demo: bool

    def of(self, *symbols: str) -> str:
        """Name the exchanges that the prices of these symbols come from."""
        return sources_of(symbols, self.name)


class Booking:
    """Collects what one append writes; `state` is the account as it will be."""

    def __init__(self, state: AccountState, at: datetime, new_id: NewId, source: Source) -> None:
        self.state = state
        self.entries: list[Entry] = []
        self.messages: list[Message] = []
        self.at = at
        self._new_id = new_id
        self.source = source
        self._heirs: dict[str, str] = {}

    def record(self, event: Event, key: str) -> None:
        """Add an event; raises IllegalEvent when it can't follow the state."""
        self.state = fold(provisional(self.state, [event], self.at), self.state)
        self.entries.append(Entry(event, key))

    def note(self, event: Event) -> None:
        """Add an event that needs no name of its own; its place in the log is its key."""
        self.record(event, f"{event.kind}:{self.state.seq + 1}")

    def join(self, decision: Decision[T]) -> T:
        """Add what was decided on the state as it is now."""
        events = [entry.event for entry in decision.entries]
        if events:
            self.state = fold(provisional(self.state, events, self.at), self.state)
        self.entries += decision.entries
        self.messages += decision.messages
        return decision.outcome

    def place(self, order: Order, key: str | None = None) -> Order:
        self.record(OrderPlaced(order=order), key or f"order:{order.id}")
        return order

    def market_order(
        self,
        symbol: str,
        strategy: str,
        side: Side,
        quantity: Decimal,
        *,
        reduce_only: bool = False,
        proposal_id: str | None = None,
        leverage: Decimal = ONE,
        key: str | None = None,
    ) -> Order:
        """Place an order to be filled in the same append."""
        order = Order(
            id=self._new_id(),
            symbol=symbol,
            strategy=strategy,
            side=side,
            kind="market",
            quantity=quantity,
            reduce_only=reduce_only,
            proposal_id=proposal_id,
            leverage=leverage,
            placed_at=self.at,
        )
        return self.place(order, key)

    def protect(
        self, entry: Order, quantity: Decimal, exits: Exits, fill: Fill, at: datetime
    ) -> tuple[Order, ...]:
        """Place reduce-only exits for `quantity` of what `fill` of `entry` opened."""
        whole = Order(
            id="",
            symbol=entry.symbol,
            strategy=entry.strategy,
            side=opposite(entry.side),
            kind="market",
            quantity=quantity,
            reduce_only=True,
            proposal_id=entry.proposal_id,
            placed_at=at,
            group=entry.id,
        )
        placed = []
        if exits.stop is not None and exits.trail is not None:
            follow = {"trail": exits.trail, "best": fill.price}
            placed.append({"kind": "trailing", "price": exits.stop, **follow})
        elif exits.stop is not None:
            placed.append({"kind": "stop", "price": exits.stop})
        if exits.target is not None:
            placed.append({"kind": "target", "price": exits.target})
        return tuple(
            self.place(whole.model_copy(update={"id": self._new_id(), **one})) for one in placed
        )

    def fill(
        self, order: Order, price: Decimal, fee_rate: Decimal, reason: FillReason, at: datetime
    ) -> Fill:
        """Fill an open order whole at `price`; cancel the other exits of its entry, and exits that
        lost their position."""
        before = self.state.holding(order.strategy, order.symbol)
        traded = trade(before, sign(order.side) * order.quantity, price)
        fill = Fill(
            id=self._new_id(),
            order_id=order.id,
            symbol=order.symbol,
            strategy=order.strategy,
            side=order.side,
            quantity=order.quantity,
            price=price,
            fee=fee(order.quantity, price, fee_rate),
            realised=traded.realised,
            reason=reason,
            at=at,
        )
        # The order's id in the key: the same order can't be filled again by anybody.
        self.record(OrderFilled(fill=fill), f"filled:{order.id}")
        if order.is_exit and order.kind != "market":
            exits = open_exits(self.state, (order.strategy, order.symbol))
            for other in [one for one in exits if group_of(one) == group_of(order)]:
                # An exit that was cut closes less than the others of its entry protect.
                self._shrink([other], order.quantity, f"the {reason} was reached")
        self._trim((order.strategy, order.symbol))
        return fill

    def present(self, order: Order) -> Order | None:
        """Return an open order as it is by now, cut perhaps; None: it is gone."""
        order_id = order.id
        while order_id in self._heirs:
            order_id = self._heirs[order_id]
        return self.state.orders.get(order_id)

    def cancel(self, order: Order, reason: str, at: datetime | None = None) -> None:
        event = OrderCancelled(order_id=order.id, reason=reason, happened_at=at)
        self.record(event, f"cancel:{order.id}")

    def tell_cancelled(self, order: Order, reason: str, at: datetime) -> None:
        """Add the message that a waiting order is gone without a fill."""
        notice = CancelNotice(
            order=order,
            reason=reason,
            at=at,
            source=self.source.of(order.symbol),
            demo=self.source.demo,
        )
        self.tell(CANCELLED, f"cancelled:{order.id}", notice.model_dump_json())

    def report(
        self,
        fill: Fill,
        instrument: Instrument,
        proposal_id: str | None,
        placed: tuple[Order, ...],
        equity: Decimal | None,
    ) -> None:
        """Add the message that tells of a fill."""
        position = self.state.positions.get((fill.strategy, fill.symbol))
        stop = next((order for order in placed if order.kind in PROTECTIVE), None)
        target = next((order for order in placed if order.kind == "target"), None)
        payload = FillReport(
            fill_id=fill.id,
            order_id=fill.order_id,
            proposal_id=proposal_id,
            symbol=fill.symbol,
            base=instrument.base,
            quote=instrument.quote,
            strategy=fill.strategy,
            side=fill.side,
            reason=fill.reason,
            quantity=fill.quantity,
            price=fill.price,
            notional=fill.quantity * fill.price,
            fee=fill.fee,
            realised=fill.realised,
            position_id=position.id if position else None,
            position_quantity=position.quantity if position else Decimal(0),
            position_average=position.average_price if position else None,
            stop=stop.price if stop else None,
            target=target.price if target else None,
            cash=self.state.cash,
            equity=equity,
            at=fill.at,
            source=self.source.of(fill.symbol),
            demo=self.source.demo,
        )
        hurts = fill.reason in HURTING
        self.tell(FILL, f"fill:{fill.id}", payload.model_dump_json(), critical=hurts)

    def tell(self, kind: str, key: str, payload: str, *, critical: bool = False) -> None:
        quiet = not critical and hushed(self.state.settings, self.at)
        chat_id = self.state.chat_id
        self.messages.append(Message(key, chat_id, kind, payload, critical=critical, quiet=quiet))

    def done(self, outcome: T) -> Decision[T]:
        return Decision(outcome, tuple(self.entries), tuple(self.messages))

    def _trim(self, key: Key) -> None:
        """Keep the exits of a position within it, oldest first to go.

        A position that is gone or turned round needs none of them; one that became smaller
        would otherwise be closed for more than it holds.
        """
        position = self.state.positions.get(key)
        exits = open_exits(self.state, key)
        for kinds in (PROTECTIVE, TAKING):
            mine = [order for order in exits if order.kind in kinds]
            if position is None:
                self._drop(mine)
                continue
            wrong = [order for order in mine if order.side == position.side]
            self._drop(wrong)
            right = [order for order in mine if order.side != position.side]
            excess = sum((order.quantity for order in right), Decimal(0)) - abs(position.quantity)
            self._shrink(right, excess, "its position became smaller")

    def _drop(self, orders: list[Order]) -> None:
        for order in orders:
            self.cancel(order, "its position is closed")

    def _shrink(self, orders: list[Order], excess: Decimal, reason: str) -> None:
        """Take so many base units out of these orders, the first ones first."""
        for order in orders:
            if excess <= 0:
                return
            self.cancel(order, reason)
            left = order.quantity - excess
            if left > 0:
                smaller = {"id": self._new_id(), "quantity": left}
                self._heirs[order.id] = self.place(order.model_copy(update=smaller)).id
            excess -= order.quantity


def open_exits(state: AccountState, key: Key | None = None) -> list[Order]:
    """Return the open exits (of one strategy and symbol), oldest first."""

    def wanted(order: Order) -> bool:
        mine = key is None or (order.strategy, order.symbol) == key
        return mine and order.is_exit and order.kind != "market"

    return sorted(filter(wanted, state.orders.values()), key=lambda order: order.placed_at)


def group_of(order: Order) -> str:
    """Name the exits that cancel each other; one that belongs to no entry stands alone."""
    return order.group or order.proposal_id or order.id
