"""An account as a plain book: numbers in dictionaries, fractions that never round by themselves.

It shares no code with the ledger but the events' own types, and says in its own words which events
can follow.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Self

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
from trading.orders import Order

Key = tuple[str, str]
SHARES = 10**12  # what is split is rounded to twelve places, half to even


def rounded(value: Fraction) -> Fraction:
    return Fraction(round(value * SHARES), SHARES)


@dataclass
class Pile:
    """What one strategy holds of one symbol."""

    id: str
    quantity: Fraction
    cost: Fraction
    margin: Fraction
    opened_at: datetime


@dataclass
class Waiting:
    """An open order: what was placed, and what changed since."""

    order: Order
    left: Fraction
    price: Decimal | None
    best: Decimal | None
    triggered: bool

    @property
    def signed(self) -> int:
        return 1 if self.order.side == "buy" else -1


@dataclass
class Bell:
    """An alert: whether it may ring, and when it last did."""

    ready: bool = True
    rang_at: datetime | None = None


@dataclass
class Armed:
    """A watch: what it last heard, and which side it must not enter again yet (0: none)."""

    strategy: str
    short: bool
    auto: bool
    until: datetime
    heard: Decimal = Decimal(0)
    barred: int = 0
    stalled: bool = False

    def side(self, heard: Decimal) -> int:
        if abs(heard) <= Decimal("1e-9") or (heard < 0 and not self.short):
            return 0
        return 1 if heard > 0 else -1


@dataclass
class PlainBook:
    """The account as it should be; `refuses` before `take`."""

    account_id: str
    opening: Fraction
    day: date
    cash: Fraction = Fraction(0)
    piles: dict[Key, Pile] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    realised: dict[str, Fraction] = field(default_factory=dict)
    fees: dict[str, Fraction] = field(default_factory=dict)
    orders: dict[str, Waiting] = field(default_factory=dict)
    proposals: dict[str, str] = field(default_factory=dict)
    first_fills: dict[str, str] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)
    peaks: dict[str, Fraction] = field(default_factory=dict)
    tiers: dict[str, str] = field(default_factory=dict)
    stops: dict[str, datetime] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    limits: object = None
    bells: dict[str, Bell] = field(default_factory=dict)
    untold: list[object] = field(default_factory=list)
    told_at: datetime | None = None
    stale: dict[str, datetime] = field(default_factory=dict)
    armed: dict[str, Armed] = field(default_factory=dict)
    ever_armed: int = 0
    equity: Fraction | None = None
    marked: bool = True
    day_equity: Fraction = Fraction(0)
    lost_day: date | None = None

    @classmethod
    def opened(cls, account_id: str, cash: str, at: datetime) -> Self:
        money = Fraction(cash)
        return cls(account_id, opening=money, day=at.date(), cash=money, day_equity=money)

    def copy(self) -> PlainBook:
        return copy.deepcopy(self)

    def profit_of(self, key: Key, signed: Fraction, price: Fraction) -> Fraction:
        """Return what a trade realises: what closes, at what it had cost."""
        pile = self.piles.get(key)
        if pile is None or pile.quantity * signed >= 0:
            return Fraction(0)
        closed = min(abs(signed), abs(pile.quantity))
        whole = closed == abs(pile.quantity)
        share = pile.cost if whole else rounded(pile.cost * closed / abs(pile.quantity))
        return closed * price * (1 if pile.quantity > 0 else -1) - share

    def refuses(self, event: Event) -> bool:
        """Tell whether the event can't come next."""
        match event:
            case AccountOpened():
                return True
            case ProposalMade(proposal=made):
                return made.id in self.proposals or made.account_id != self.account_id
            case ProposalConfirmed() | ProposalRejected() | ProposalExpired() | ProposalWithdrawn():
                return self.proposals.get(event.proposal_id) != "open"
            case OrderPlaced(order=order):
                return self._misplaced(order)
            case OrderFilled():
                return self._unfillable(event)
            case OrderCancelled():
                return event.order_id not in self.orders
            case OrderTriggered():
                waiting = self.orders.get(event.order_id)
                return not (waiting and waiting.order.kind == "stop_limit") or waiting.triggered
            case StopTrailed():
                return self._untrailable(event)
            case TradingResumed():
                return event.scope not in self.paused
            case AlertArmed(alert=alert):
                return alert.id in self.bells
            case AlertRang(ring=ring):
                return ring.alert_id is not None and not self._bell(ring.alert_id, ready=True)
            case AlertReset():
                return not self._bell(event.alert_id, ready=False)
            case AlertRemoved():
                return event.alert_id not in self.bells
            case RingsTold():
                return not 1 <= event.count <= len(self.untold)
            case FeedChanged():
                return (event.stale_since is None) != (event.symbol in self.stale)
            case AlertFired():
                return self.tiers.get(event.scope, "ok") == event.tier
            case EquityMarked():
                return event.scopes.get("account") != event.equity
            case LimitBreached() | LimitsChanged() | SettingChanged() | TradingPaused():
                return False
            case WatchArmed(watch=watch):
                return watch.id != f"w{self.ever_armed + 1}"
            case WatchRan() | WatchStalled() | WatchChanged() | WatchEnded():
                return self._deaf(event)

    def _deaf(self, event: WatchRan | WatchStalled | WatchChanged | WatchEnded) -> bool:
        known = self.armed.get(event.watch_id)
        if known is None:
            return True
        match event:
            case WatchRan():
                return event.close <= known.until or abs(event.exposure) > 1
            case WatchStalled():
                return known.stalled
            case WatchChanged():
                return event.auto == known.auto
        return False

    def _bell(self, name: str, *, ready: bool) -> bool:
        return name in self.bells and self.bells[name].ready == ready

    def _misplaced(self, order: Order) -> bool:
        priced = order.price is not None and order.price > 0
        trails = order.trail is not None and 0 < order.trail < 1 and order.best is not None
        fits = {
            "market": order.price is None,
            "limit": priced,
            "stop": priced,
            "target": priced,
            "stop_limit": priced and order.limit is not None and order.limit > 0,
            "trailing": priced and order.reduce_only and trails,
        }
        known = self.proposals.get(order.proposal_id or "")
        confirmed = known == "confirmed" or (known is None and order.reduce_only)
        return (
            order.id in self.orders
            or order.quantity <= 0
            or order.leverage <= 0
            or not fits[order.kind]
            or (order.proposal_id is not None and not confirmed)
        )

    def _unfillable(self, event: OrderFilled) -> bool:
        fill = event.fill
        waiting = self.orders.get(fill.order_id)
        if waiting is None or fill.quantity <= 0 or fill.price <= 0 or fill.fee < 0:
            return True
        order = waiting.order
        if (fill.symbol, fill.strategy, fill.side) != (order.symbol, order.strategy, order.side):
            return True
        key, signed = (fill.strategy, fill.symbol), waiting.signed * Fraction(fill.quantity)
        if signed * waiting.signed > waiting.left:
            return True
        pile = self.piles.get(key)
        reduces = pile is not None and pile.quantity * signed < 0
        if order.reduce_only and not (reduces and pile and abs(signed) <= abs(pile.quantity)):
            return True
        return Fraction(fill.realised) != self.profit_of(key, signed, Fraction(fill.price))

    def _untrailable(self, event: StopTrailed) -> bool:
        waiting = self.orders.get(event.order_id)
        if waiting is None or waiting.order.kind != "trailing" or waiting.price is None:
            return True
        back = event.price < waiting.price if waiting.signed < 0 else event.price > waiting.price
        return back or event.best <= 0

    def take(self, event: Event, at: datetime) -> None:
        """Write down an event that is not refused."""
        match event:
            case ProposalMade(proposal=made):
                self.proposals[made.id] = "open"
            case ProposalConfirmed():
                self.proposals[event.proposal_id] = "confirmed"
            case ProposalRejected():
                told = {"person": "rejected", "replaced": "replaced"}
                self.proposals[event.proposal_id] = told[event.reason]
            case ProposalExpired():
                self.proposals[event.proposal_id] = "expired"
            case ProposalWithdrawn():
                limited = event.reason == "limit"
                self.proposals[event.proposal_id] = "denied" if limited else "withdrawn"
            case OrderPlaced(order=order):
                left = Fraction(order.quantity)
                self.orders[order.id] = Waiting(
                    order, left, order.price, order.best, order.triggered
                )
            case OrderFilled():
                self._fill(event)
            case OrderCancelled():
                del self.orders[event.order_id]
            case OrderTriggered():
                self.orders[event.order_id].triggered = True
            case StopTrailed():
                waiting = self.orders[event.order_id]
                waiting.price, waiting.best = event.price, event.best
            case LimitBreached(limit="daily loss"):
                self.lost_day = (event.happened_at or at).date()
            case TradingPaused():
                self.paused[event.scope] = event.reason
            case TradingResumed():
                self._resume(event)
            case LimitsChanged():
                self.limits = event.limits
            case SettingChanged():
                self.settings[event.name] = event.value
            case FeedChanged(stale_since=None):
                del self.stale[event.symbol]
            case FeedChanged(stale_since=since) if since is not None:
                self.stale[event.symbol] = since
            case AlertFired():
                self.tiers[event.scope] = event.tier
            case EquityMarked():
                self._mark(event, event.happened_at or at)
            case _:
                self._ring(event, at)

    def _ring(self, event: Event, at: datetime) -> None:
        match event:
            case AlertArmed(alert=alert):
                self.bells[alert.id] = Bell()
            case AlertRang(ring=ring):
                if ring.alert_id is not None:
                    self.bells[ring.alert_id] = Bell(ready=False, rang_at=ring.at)
                self.untold.append(ring)
            case AlertReset():
                self.bells[event.alert_id].ready = True
            case AlertRemoved():
                del self.bells[event.alert_id]
            case RingsTold():
                del self.untold[: event.count]
                self.told_at = at
            case _:
                self._hear(event)

    def _hear(self, event: Event) -> None:
        match event:
            case WatchArmed(watch=watch):
                self.ever_armed += 1
                self.armed[watch.id] = Armed(watch.name, watch.short, watch.auto, watch.armed_at)
            case WatchRan():
                known = self.armed[event.watch_id]
                known.until, known.heard, known.stalled = event.close, event.exposure, False
                if known.side(event.exposure) != known.barred:
                    known.barred = 0
            case WatchStalled():
                self.armed[event.watch_id].stalled = True
            case WatchChanged():
                self.armed[event.watch_id].auto = event.auto
            case WatchEnded():
                gone = self.armed.pop(event.watch_id)
                self.paused.pop(f"strategy:{gone.strategy}", None)

    def _fill(self, event: OrderFilled) -> None:
        fill = event.fill
        waiting = self.orders[fill.order_id]
        key = (fill.strategy, fill.symbol)
        signed, price = waiting.signed * Fraction(fill.quantity), Fraction(fill.price)
        profit, fee = self.profit_of(key, signed, price), Fraction(fill.fee)
        self.cash -= signed * price + fee
        self.realised[fill.strategy] = self.realised.get(fill.strategy, Fraction(0)) + profit
        self.fees[fill.strategy] = self.fees.get(fill.strategy, Fraction(0)) + fee
        self._hold(key, signed, price, profit, event, Fraction(waiting.order.leverage))
        waiting.left -= abs(signed)
        if not waiting.left:
            del self.orders[fill.order_id]
        name = waiting.order.proposal_id
        if name in self.proposals and not waiting.order.group:
            self.first_fills.setdefault(name, fill.id)
        if fill.reason in ("stop", "trailing", "liquidation"):
            self.stops[fill.symbol] = fill.at
        self.marked = False

    def _hold(
        self,
        key: Key,
        signed: Fraction,
        price: Fraction,
        profit: Fraction,
        event: OrderFilled,
        leverage: Fraction,
    ) -> None:
        fill, pile = event.fill, self.piles.get(key)
        if pile is None:
            margin = rounded(abs(signed) * price / leverage)
            self.piles[key] = Pile(fill.id, signed, signed * price, margin, fill.at)
            return
        after = pile.quantity + signed
        if after * pile.quantity <= 0:
            self.ended[pile.id] = fill.id
            del self.piles[key]
            for one in self.armed.values():
                if one.strategy == fill.strategy and one.side(one.heard) * pile.quantity > 0:
                    one.barred = one.side(one.heard)
            if after:
                self._hold(key, after, price, Fraction(0), event, leverage)
            return
        if pile.quantity * signed > 0:
            pile.margin += rounded(abs(signed) * price / leverage)
        else:
            pile.margin = rounded(pile.margin * abs(after) / abs(pile.quantity))
        pile.quantity = after
        pile.cost += signed * price + profit

    def _resume(self, event: TradingResumed) -> None:
        del self.paused[event.scope]
        peak = Fraction(event.peak)
        if peak != self.peaks.get(event.scope, self.opening):
            self.tiers[event.scope] = "ok"
        self.peaks[event.scope] = peak

    def _mark(self, event: EquityMarked, at: datetime) -> None:
        for scope, value in event.scopes.items():
            self.peaks[scope] = max(self.peaks.get(scope, self.opening), Fraction(value))
        if at.date() != self.day:
            self.day = at.date()
            self.day_equity = self.opening if self.equity is None else self.equity
        self.equity = Fraction(event.equity)
        self.marked = True
