"""From events to an account's state: what they add up to, exactly, and which can't be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from trading.account import (
    AccountState,
    Key,
    Mark,
    ProposalRecord,
    ProposalState,
)
from trading.alert_book import AlertBook
from trading.bounds import DAILY_LOSS
from trading.events import (
    AccountOpened,
    AlertArmed,
    AlertFired,
    AlertRang,
    AlertRemoved,
    AlertReset,
    EquityMarked,
    Event,
    FeedChanged,
    LimitBreached,
    LimitsChanged,
    OrderCancelled,
    OrderFilled,
    OrderPlaced,
    OrderTriggered,
    ProposalConfirmed,
    ProposalExpired,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
    Recorded,
    RingsTold,
    SettingChanged,
    StopTrailed,
    TradingPaused,
    TradingResumed,
    WatchArmed,
    WatchChanged,
    WatchEnded,
    WatchRan,
    WatchStalled,
)
from trading.holding import EXACT, Holding, trade
from trading.legal import IllegalEvent, illegal, legal
from trading.margin import margin_after
from trading.orders import Fill, Order, Position, sign
from trading.scope import ACCOUNT
from trading.watch_book import WatchBook

ZERO = Decimal(0)
KEPT = 200  # settled proposals and closed positions; older ones stay in the log only


STOPPED = ("stop", "trailing", "liquidation")


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
        self.day = start.day if start else None
        self.day_equity = start.day_equity if start else ZERO
        self.lost_day = start.lost_day if start else None
        self.stops = dict(start.stopped) if start else {}
        self.limits = start.limits if start else None
        self.settings = dict(start.settings) if start else {}
        self.alerts = AlertBook(start)
        self.stale = dict(start.stale) if start else {}
        self.watches = WatchBook(
            start.watches if start else {}, start.watches_armed if start else 0
        )

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
            day=self.day,
            day_equity=self.day_equity,
            lost_day=self.lost_day,
            stopped=MappingProxyType(self.stops),
            limits=self.limits,
            settings=MappingProxyType(self.settings),
            alerts=MappingProxyType(self.alerts.records),
            untold=self.alerts.untold,
            told_at=self.alerts.told_at,
            told_run=self.alerts.told_run,
            stale=MappingProxyType(self.stale),
            watches=MappingProxyType(self.watches.records),
            watches_armed=self.watches.ever,
        )

    def apply(self, recorded: Recorded) -> None:
        event = recorded.event
        legal(recorded.seq == self.seq + 1, recorded, f"seq {self.seq + 1} was expected")
        if self.opened_at is None:
            legal(isinstance(event, AccountOpened), recorded, "the account is not open yet")
            self.account_id = recorded.account_id
        legal(recorded.account_id == self.account_id, recorded, "it is another account's")
        _APPLY[type(event)](self, event, recorded)
        self.seq = recorded.seq
        self.last_hash = recorded.hash

    def opened(self, event: AccountOpened, recorded: Recorded) -> None:
        legal(self.opened_at is None, recorded, "the account is open already")
        legal(_positive(event.cash), recorded, "the opening cash is not positive")
        self.opened_at = recorded.at
        self.cash = self.opening_cash = self.day_equity = event.cash
        self.day = recorded.at.date()
        self.currency = event.currency
        self.chat_id = event.chat_id

    def proposed(self, event: ProposalMade, recorded: Recorded) -> None:
        made = event.proposal
        legal(made.id not in self.proposals, recorded, "the proposal exists already")
        legal(made.account_id == self.account_id, recorded, "it is another account's proposal")
        self.proposals[made.id] = ProposalRecord(made, "open", recorded.at)
        self.waiting[made.id] = made

    def confirmed(self, event: ProposalConfirmed, recorded: Recorded) -> None:
        self._settle(event.proposal_id, "confirmed", recorded)

    def rejected(self, event: ProposalRejected, recorded: Recorded) -> None:
        state: ProposalState = "rejected" if event.reason == "person" else "replaced"
        self._settle(event.proposal_id, state, recorded)

    def expired(self, event: ProposalExpired, recorded: Recorded) -> None:
        self._settle(event.proposal_id, "expired", recorded)

    def withdrawn(self, event: ProposalWithdrawn, recorded: Recorded) -> None:
        state: ProposalState = "denied" if event.reason == "limit" else "withdrawn"
        self._settle(event.proposal_id, state, recorded)

    def _settle(self, proposal_id: str, state: ProposalState, recorded: Recorded) -> None:
        known = self.proposals.get(proposal_id)
        if known is None or known.state != "open":
            raise illegal(recorded, "the proposal is not open")
        # Taken out and put in again: the settled ones stand in the order of their settling.
        del self.proposals[proposal_id], self.waiting[proposal_id]
        self.proposals[proposal_id] = ProposalRecord(known.proposal, state, recorded.at)
        if len(self.proposals) - len(self.waiting) > KEPT:
            oldest = next(name for name in self.proposals if name not in self.waiting)
            del self.proposals[oldest]

    def placed(self, event: OrderPlaced, recorded: Recorded) -> None:
        order = event.order
        legal(order.id not in self.orders, recorded, "the order exists already")
        legal(_positive(order.quantity), recorded, "the quantity is not positive")
        wrong = _wrong_prices(order)
        legal(wrong is None, recorded, wrong or "")
        if order.proposal_id is not None:
            known = self.proposals.get(order.proposal_id)
            # An exit may come long after its entry's proposal was dropped from the state.
            legal(
                known.state == "confirmed" if known else order.reduce_only,
                recorded,
                "the order's proposal is not confirmed",
            )
        self.orders[order.id] = order

    def filled(self, event: OrderFilled, recorded: Recorded) -> None:
        fill = event.fill
        order = self.orders.get(fill.order_id)
        if order is None:
            raise illegal(recorded, "the order is not open")
        same = (order.symbol, order.strategy, order.side)
        legal((fill.symbol, fill.strategy, fill.side) == same, recorded, "it is no such order")
        legal(_positive(fill.quantity), recorded, "the quantity is not positive")
        legal(fill.quantity <= order.quantity, recorded, "it fills more than was ordered")
        legal(_positive(fill.price), recorded, "the price is not positive")
        legal(fill.fee.is_finite() and fill.fee >= 0, recorded, "the fee is negative")
        self._trade(order, fill, recorded)
        left = EXACT.subtract(order.quantity, fill.quantity)
        if left:
            self.orders[order.id] = order.model_copy(update={"quantity": left})
        else:
            del self.orders[order.id]
        # A waiting order may fill long after its proposal was dropped from the state.
        known = self.proposals.get(order.proposal_id or "")
        if known is not None and not order.group:
            self.proposals[known.proposal.id] = ProposalRecord(
                known.proposal, known.state, known.at, known.fill or fill
            )
        if fill.reason in STOPPED:
            self.stops[fill.symbol] = fill.at

    def _trade(self, order: Order, fill: Fill, recorded: Recorded) -> None:
        key = (fill.strategy, fill.symbol)
        position = self.positions.get(key)
        before = Holding(position.quantity, self.costs[key]) if position else Holding()
        signed = fill.quantity * sign(fill.side)
        if order.reduce_only:
            legal(
                before.quantity * signed < 0 and abs(signed) <= abs(before.quantity),
                recorded,
                "a reduce-only order may not open a position",
            )
        traded = trade(before, signed, fill.price)
        legal(traded.realised == fill.realised, recorded, f"{traded.realised} was realised")
        spent = EXACT.add(EXACT.multiply(signed, fill.price), fill.fee)
        self.cash = EXACT.subtract(self.cash, spent)
        self.realised[fill.strategy] = EXACT.add(
            self.realised.get(fill.strategy, ZERO), fill.realised
        )
        self.fees[fill.strategy] = EXACT.add(self.fees.get(fill.strategy, ZERO), fill.fee)
        self.marked = False
        margin = margin_after(position, before, traded.holding, fill.price, order.leverage)
        self._hold(key, position, traded.holding, fill, margin)

    def _hold(
        self, key: Key, before: Position | None, after: Holding, fill: Fill, margin: Decimal
    ) -> None:
        goes_on = before is not None and before.quantity * after.quantity > 0
        if before is not None and not goes_on:
            self.closed[before.id] = fill
            self.watches.block(fill.strategy, before)
            if len(self.closed) > KEPT:
                del self.closed[next(iter(self.closed))]
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
            margin=margin,
        )

    def cancelled(self, event: OrderCancelled, recorded: Recorded) -> None:
        legal(event.order_id in self.orders, recorded, "the order is not open")
        del self.orders[event.order_id]

    def triggered(self, event: OrderTriggered, recorded: Recorded) -> None:
        order = self.orders.get(event.order_id)
        if order is None or order.kind != "stop_limit" or order.triggered:
            raise illegal(recorded, "no stop-limit waits for its trigger")
        update = {"triggered": True, "since": event.happened_at}
        self.orders[order.id] = order.model_copy(update=update)

    def trailed(self, event: StopTrailed, recorded: Recorded) -> None:
        order = self.orders.get(event.order_id)
        if order is None or order.kind != "trailing" or order.price is None:
            raise illegal(recorded, "no trailing stop is open")
        ahead = (event.price - order.price) * -sign(order.side)
        legal(event.price.is_finite() and ahead >= 0, recorded, "a trailing stop never goes back")
        legal(_positive(event.best), recorded, "the best price is not positive")
        self.orders[order.id] = order.moved(event.best, event.price, event.happened_at)

    def breached(self, event: LimitBreached, recorded: Recorded) -> None:
        """Note a day that is lost; the pause that another breach causes is an event of its own."""
        if event.limit == DAILY_LOSS:
            self.lost_day = (event.happened_at or recorded.at).date()

    def stopped(self, event: TradingPaused, recorded: Recorded) -> None:
        self.paused[event.scope] = event.reason

    def resumed(self, event: TradingResumed, recorded: Recorded) -> None:
        legal(event.scope in self.paused, recorded, "the scope is not paused")
        legal(event.peak.is_finite(), recorded, "the peak is no number")
        del self.paused[event.scope]
        if event.peak != self.peaks.get(event.scope, self.opening_cash):
            self.tiers[event.scope] = "ok"
        self.peaks[event.scope] = event.peak

    def limited(self, event: LimitsChanged, recorded: Recorded) -> None:
        self.limits = event.limits

    def set(self, event: SettingChanged, recorded: Recorded) -> None:
        self.settings[event.name] = event.value

    def armed(self, event: AlertArmed, recorded: Recorded) -> None:
        self.alerts.arm(event, recorded)

    def rang(self, event: AlertRang, recorded: Recorded) -> None:
        self.alerts.ring(event, recorded)

    def reset(self, event: AlertReset, recorded: Recorded) -> None:
        self.alerts.reset(event, recorded)

    def unarmed(self, event: AlertRemoved, recorded: Recorded) -> None:
        self.alerts.remove(event, recorded)

    def told(self, event: RingsTold, recorded: Recorded) -> None:
        self.alerts.tell(event, recorded)

    def fed(self, event: FeedChanged, recorded: Recorded) -> None:
        if event.stale_since is None:
            legal(event.symbol in self.stale, recorded, "its prices were not missing")
            del self.stale[event.symbol]
        else:
            legal(event.symbol not in self.stale, recorded, "its prices were missing already")
            self.stale[event.symbol] = event.stale_since

    def watched(self, event: WatchArmed, recorded: Recorded) -> None:
        self.watches.arm(event, recorded)

    def ran(self, event: WatchRan, recorded: Recorded) -> None:
        self.watches.run(event, recorded)

    def hindered(self, event: WatchStalled, recorded: Recorded) -> None:
        self.watches.stall(event, recorded)

    def entrusted(self, event: WatchChanged, recorded: Recorded) -> None:
        self.watches.change(event, recorded)

    def unwatched(self, event: WatchEnded, recorded: Recorded) -> None:
        # It enters nothing any more, so there is nothing left to resume.
        self.paused.pop(self.watches.end(event, recorded).watch.scope, None)

    def alerted(self, event: AlertFired, recorded: Recorded) -> None:
        before = self.tiers.get(event.scope, "ok")
        legal(before != event.tier, recorded, f"the scope is at tier {before} already")
        self.tiers[event.scope] = event.tier

    def measured(self, event: EquityMarked, recorded: Recorded) -> None:
        legal(event.scopes.get(ACCOUNT) == event.equity, recorded, "equity and scopes differ")
        finite = all(value.is_finite() for value in event.scopes.values())
        legal(finite, recorded, "an equity is no number")
        for scope, value in event.scopes.items():
            self.peaks[scope] = max(self.peaks.get(scope, self.opening_cash), value)
        at = event.happened_at or recorded.at
        if at.date() != self.day:
            self.day_equity = self.last_mark.equity if self.last_mark else self.opening_cash
            self.day = at.date()
        self.last_mark = Mark(at, event.equity, MappingProxyType(dict(event.scopes)))
        self.marked = True


def _wrong_prices(order: Order) -> str | None:
    """Say what does not fit the order's kind; None: all does."""
    if not _positive(order.leverage):
        return "the leverage is not positive"
    if order.kind == "market":
        return None if order.price is None else "a market order has no price"
    if order.price is None or not _positive(order.price):
        return "the trigger price is not positive"
    if order.kind == "stop_limit" and (order.limit is None or not _positive(order.limit)):
        return "the limit price is not positive"
    if order.kind == "trailing" and not (
        order.reduce_only and order.trail is not None and 0 < order.trail < 1 and order.best
    ):
        return "a trailing stop reduces a position and follows at a fraction between 0 and 1"
    return None


def _positive(value: Decimal) -> bool:
    return value.is_finite() and value > 0


# The key of each entry is its method's first parameter type, which no type says in Python.
_APPLY: Mapping[type[Event], Callable[[_Book, Any, Recorded], None]] = {
    AccountOpened: _Book.opened,
    ProposalMade: _Book.proposed,
    ProposalConfirmed: _Book.confirmed,
    ProposalRejected: _Book.rejected,
    ProposalExpired: _Book.expired,
    ProposalWithdrawn: _Book.withdrawn,
    OrderPlaced: _Book.placed,
    OrderFilled: _Book.filled,
    OrderCancelled: _Book.cancelled,
    OrderTriggered: _Book.triggered,
    StopTrailed: _Book.trailed,
    LimitBreached: _Book.breached,
    TradingPaused: _Book.stopped,
    TradingResumed: _Book.resumed,
    LimitsChanged: _Book.limited,
    SettingChanged: _Book.set,
    AlertFired: _Book.alerted,
    AlertArmed: _Book.armed,
    AlertRang: _Book.rang,
    AlertReset: _Book.reset,
    AlertRemoved: _Book.unarmed,
    RingsTold: _Book.told,
    FeedChanged: _Book.fed,
    WatchArmed: _Book.watched,
    WatchRan: _Book.ran,
    WatchStalled: _Book.hindered,
    WatchChanged: _Book.entrusted,
    WatchEnded: _Book.unwatched,
    EquityMarked: _Book.measured,
}
