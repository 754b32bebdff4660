"""From events to an account's state: what they add up to, exactly, and which can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from trading.account import ACCOUNT, AccountState, Key, Mark, ProposalRecord, ProposalState
from trading.errors import ConclaveError
from trading.events import (
    AccountOpened,
    AlertFired,
    EquityMarked,
    Event,
    LimitBreached,
    OrderCancelled,
    OrderFilled,
    OrderPlaced,
    ProposalConfirmed,
    ProposalExpired,
    ProposalMade,
    ProposalRejected,
    Recorded,
    TradingPaused,
    TradingResumed,
)
from trading.holding import EXACT, Holding, trade
from trading.orders import Fill, Order, Position, sign

ZERO = Decimal(0)


class IllegalEvent(ConclaveError):
    """An event can't follow the ones before it: the log or the code that wrote it is wrong."""


def fold(events: Iterable[Recorded], start: AccountState | None = None) -> AccountState:
    """Add events, in order, to a state (None: from the account's first event).

    Raises IllegalEvent when an event can't follow the ones before it, or there are none.
    """
    book = _Book(start)
    for recorded in events:
        book.apply(recorded)
    return book.freeze()


class _Book:
    """The mutable builder behind `fold`: one pass over the events, frozen at the end."""

    def __init__(self, start: AccountState | None) -> None:
        self.account_id = start.account_id if start else ""
        self.seq = start.seq if start else 0
        self.last_hash = start.last_hash if start else ""
        self.opened_at = start.opened_at if start else None
        self.chat_id = start.chat_id if start else 0
        self.currency = start.currency if start else ""
        self.opening_cash = start.opening_cash if start else ZERO
        self.cash = start.cash if start else ZERO
        self.positions = dict(start.positions) if start else {}
        self.costs = dict(start.costs) if start else {}
        self.closed = dict(start.closed) if start else {}
        self.orders = dict(start.orders) if start else {}
        self.proposals = dict(start.proposals) if start else {}
        self.waiting = dict(start.waiting) if start else {}
        self.paused = dict(start.paused) if start else {}
        self.peaks = dict(start.peaks) if start else {}
        self.tiers = dict(start.tiers) if start else {}
        self.realised = dict(start.realised) if start else {}
        self.fees = dict(start.fees) if start else {}
        self.last_mark = start.last_mark if start else None
        self.marked = start.marked if start else True

    def freeze(self) -> AccountState:
        if self.opened_at is None:
            raise IllegalEvent("the log holds no event that opens the account")
        return AccountState(
            account_id=self.account_id,
            seq=self.seq,
            last_hash=self.last_hash,
            chat_id=self.chat_id,
            currency=self.currency,
            opened_at=self.opened_at,
            opening_cash=self.opening_cash,
            cash=self.cash,
            positions=MappingProxyType(self.positions),
            costs=MappingProxyType(self.costs),
            closed=MappingProxyType(self.closed),
            orders=MappingProxyType(self.orders),
            proposals=MappingProxyType(self.proposals),
            waiting=MappingProxyType(self.waiting),
            paused=MappingProxyType(self.paused),
            peaks=MappingProxyType(self.peaks),
            tiers=MappingProxyType(self.tiers),
            realised=MappingProxyType(self.realised),
            fees=MappingProxyType(self.fees),
            last_mark=self.last_mark,
            marked=self.marked,
        )

    def apply(self, recorded: Recorded) -> None:
        event = recorded.event
        _legal(recorded.seq == self.seq + 1, recorded, f"seq {self.seq + 1} was expected")
        if self.opened_at is None:
            _legal(isinstance(event, AccountOpened), recorded, "the account is not open yet")
            self.account_id = recorded.account_id
        _legal(recorded.account_id == self.account_id, recorded, "it is another account's")
        _APPLY[type(event)](self, event, recorded)
        self.seq = recorded.seq
        self.last_hash = recorded.hash

    def opened(self, event: AccountOpened, recorded: Recorded) -> None:
        _legal(self.opened_at is None, recorded, "the account is open already")
        _legal(_positive(event.cash), recorded, "the opening cash is not positive")
        self.opened_at = recorded.at
        self.cash = self.opening_cash = event.cash
        self.currency = event.currency
        self.chat_id = event.chat_id

    def proposed(self, event: ProposalMade, recorded: Recorded) -> None:
        made = event.proposal
        _legal(made.id not in self.proposals, recorded, "the proposal exists already")
        _legal(made.account_id == self.account_id, recorded, "it is another account's proposal")
        self.proposals[made.id] = ProposalRecord(made, "open", recorded.at)
        self.waiting[made.id] = made

    def confirmed(self, event: ProposalConfirmed, recorded: Recorded) -> None:
        self._settle(event.proposal_id, "confirmed", recorded)

    def rejected(self, event: ProposalRejected, recorded: Recorded) -> None:
        state: ProposalState = "rejected" if event.reason == "person" else "replaced"
        self._settle(event.proposal_id, state, recorded)

    def expired(self, event: ProposalExpired, recorded: Recorded) -> None:
        self._settle(event.proposal_id, "expired", recorded)

    def _settle(self, proposal_id: str, state: ProposalState, recorded: Recorded) -> None:
        known = self.proposals.get(proposal_id)
        if known is None or known.state != "open":
            raise _illegal(recorded, "the proposal is not open")
        self.proposals[proposal_id] = ProposalRecord(known.proposal, state, recorded.at)
        del self.waiting[proposal_id]

    def placed(self, event: OrderPlaced, recorded: Recorded) -> None:
        order = event.order
        _legal(order.id not in self.orders, recorded, "the order exists already")
        _legal(_positive(order.quantity), recorded, "the quantity is not positive")
        if order.kind == "market":
            _legal(order.price is None, recorded, "a market order has no price")
        else:
            _legal(
                order.price is not None and _positive(order.price),
                recorded,
                "the trigger price is not positive",
            )
        if order.proposal_id is not None:
            known = self.proposals.get(order.proposal_id)
            _legal(
                known is not None and known.state == "confirmed",
                recorded,
                "the order's proposal is not confirmed",
            )
        self.orders[order.id] = order

    def filled(self, event: OrderFilled, recorded: Recorded) -> None:
        fill = event.fill
        order = self.orders.get(fill.order_id)
        if order is None:
            raise _illegal(recorded, "the order is not open")
        same = (order.symbol, order.strategy, order.side)
        _legal((fill.symbol, fill.strategy, fill.side) == same, recorded, "it is no such order")
        _legal(_positive(fill.quantity), recorded, "the quantity is not positive")
        _legal(fill.quantity <= order.quantity, recorded, "it fills more than was ordered")
        _legal(_positive(fill.price), recorded, "the price is not positive")
        _legal(fill.fee.is_finite() and fill.fee >= 0, recorded, "the fee is negative")
        self._trade(order, fill, recorded)
        left = EXACT.subtract(order.quantity, fill.quantity)
        if left:
            self.orders[order.id] = order.model_copy(update={"quantity": left})
        else:
            del self.orders[order.id]
        if order.kind == "market" and order.proposal_id is not None:
            known = self.proposals[order.proposal_id]
            self.proposals[order.proposal_id] = ProposalRecord(
                known.proposal, known.state, known.at, fill
            )

    def _trade(self, order: Order, fill: Fill, recorded: Recorded) -> None:
        key = (fill.strategy, fill.symbol)
        position = self.positions.get(key)
        before = Holding(position.quantity, self.costs[key]) if position else Holding()
        signed = fill.quantity * sign(fill.side)
        if order.reduce_only:
            _legal(
                before.quantity * signed < 0 and abs(signed) <= abs(before.quantity),
                recorded,
                "a reduce-only order may not open a position",
            )
        traded = trade(before, signed, fill.price)
        _legal(traded.realised == fill.realised, recorded, f"{traded.realised} was realised")
        spent = EXACT.add(EXACT.multiply(signed, fill.price), fill.fee)
        self.cash = EXACT.subtract(self.cash, spent)
        self.realised[fill.strategy] = EXACT.add(
            self.realised.get(fill.strategy, ZERO), fill.realised
        )
        self.fees[fill.strategy] = EXACT.add(self.fees.get(fill.strategy, ZERO), fill.fee)
        self.marked = False
        self._hold(key, position, traded.holding, fill)

    def _hold(self, key: Key, before: Position | None, after: Holding, fill: Fill) -> None:
        goes_on = before is not None and before.quantity * after.quantity > 0
        if before is not None and not goes_on:
            self.closed[before.id] = fill
            del self.positions[key], self.costs[key]
        if after.quantity == 0:
            return
        first = before if goes_on else None
        self.costs[key] = after.cost
        self.positions[key] = Position(
            id=first.id if first else fill.id,
            symbol=fill.symbol,
            strategy=fill.strategy,
            quantity=after.quantity,
            average_price=after.cost / after.quantity,
            opened_at=first.opened_at if first else fill.at,
        )

    def cancelled(self, event: OrderCancelled, recorded: Recorded) -> None:
        _legal(event.order_id in self.orders, recorded, "the order is not open")
        del self.orders[event.order_id]

    def breached(self, event: LimitBreached, recorded: Recorded) -> None:
        """Change nothing: a breach is there to be asked about; the pause it causes is its own."""

    def stopped(self, event: TradingPaused, recorded: Recorded) -> None:
        self.paused[event.scope] = event.reason

    def resumed(self, event: TradingResumed, recorded: Recorded) -> None:
        _legal(event.scope in self.paused, recorded, "the scope is not paused")
        _legal(event.peak.is_finite(), recorded, "the peak is no number")
        del self.paused[event.scope]
        if event.peak != self.peaks.get(event.scope, self.opening_cash):
            self.tiers[event.scope] = "ok"
        self.peaks[event.scope] = event.peak

    def alerted(self, event: AlertFired, recorded: Recorded) -> None:
        before = self.tiers.get(event.scope, "ok")
        _legal(before != event.tier, recorded, f"the scope is at tier {before} already")
        self.tiers[event.scope] = event.tier

    def measured(self, event: EquityMarked, recorded: Recorded) -> None:
        _legal(event.scopes.get(ACCOUNT) == event.equity, recorded, "equity and scopes differ")
        finite = all(value.is_finite() for value in event.scopes.values())
        _legal(finite, recorded, "an equity is no number")
        for scope, value in event.scopes.items():
            self.peaks[scope] = max(self.peaks.get(scope, self.opening_cash), value)
        self.last_mark = Mark(recorded.at, event.equity, MappingProxyType(dict(event.scopes)))
        self.marked = True


def _positive(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _illegal(recorded: Recorded, why: str) -> IllegalEvent:
    return IllegalEvent(
        f"account {recorded.account_id}, event {recorded.seq} ({recorded.event.kind}): {why}"
    )


def _legal(holds: bool, recorded: Recorded, otherwise: str) -> None:
    if not holds:
        raise _illegal(recorded, otherwise)


# The key of each entry is its method's first parameter type, which no type says in Python.
_APPLY: Mapping[type[Event], Callable[[_Book, Any, Recorded], None]] = {
    AccountOpened: _Book.opened,
    ProposalMade: _Book.proposed,
    ProposalConfirmed: _Book.confirmed,
    ProposalRejected: _Book.rejected,
    ProposalExpired: _Book.expired,
    OrderPlaced: _Book.placed,
    OrderFilled: _Book.filled,
    OrderCancelled: _Book.cancelled,
    LimitBreached: _Book.breached,
    TradingPaused: _Book.stopped,
    TradingResumed: _Book.resumed,
    AlertFired: _Book.alerted,
    EquityMarked: _Book.measured,
}
