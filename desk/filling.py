"""What a moment of the market does to an account's orders and positions.

The order of things within a moment, the careful choice wherever a candle does not tell:
- orders whose time is over go first;
- at a price (a quote, a candle's open): liquidations, stops, targets, then waiting entries;
- in the rest of a candle: liquidations and stops in the order the price meets them, targets,
  then waiting entries; the exits of such an entry: its stop (and its liquidation) counts in the
  same candle, its target from the next one on;
- an entry at a price that is beyond its own stop or target already leaves at that price;
- a candle that was open already when an order was placed, was triggered or last followed does
  nothing to it;
- trailing stops follow last, so a candle is held against the stop that was there before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from desk.booking import PROTECTIVE, TAKING, Booking, open_exits
from desk.moments import (
    Moment,
    Phase,
    limit_fill,
    liquidation_fill,
    stop_fill,
    stop_limit_fill,
    trail,
)
from desk.outcomes import Filled
from desk.preview import opening
from desk.pricing import complete
from desk.terms import Terms
from trading.account import AccountState, Key, equity
from trading.bounds import Limits
from trading.events import OrderTriggered, StopTrailed
from trading.instrument import Instrument
from trading.limits import Denied, Intent, check
from trading.margin import liquidation_of
from trading.orders import Fill, FillReason, Order, Position, opposite, sign
from trading.sizing import risk_per_unit

Reached = tuple[Order, Decimal]
OVER = "its time is over"


@dataclass(frozen=True)
class Conditions:
    """What a moment of one symbol is judged under; `limits` are the desk's own."""

    instrument: Instrument
    terms: Terms
    limits: Limits


class Filling:
    """Applies moments of one symbol to one booking; `marks` are the last prices of the others."""

    def __init__(
        self, booking: Booking, conditions: Conditions, marks: Mapping[str, Decimal]
    ) -> None:
        self._booking = booking
        self._what = conditions.instrument
        self._terms = conditions.terms
        self._limits = conditions.limits
        self._marks = marks
        self.filled: list[Filled] = []

    def apply(self, moment: Moment) -> None:
        """Let one moment of the symbol happen."""
        expire(self._booking, moment.at, moment.symbol)
        for phase in moment.phases:
            self._protect(moment, phase, self._mine(moment, PROTECTIVE))
            self._take(phase, self._mine(moment, TAKING))
            for entry in self._entries(moment):
                placed = self._enter(entry, phase)
                if placed is not None:
                    self._leave_again(_key(entry), placed, moment, phase)
        self._follow(moment)

    def _leave_again(
        self, key: Key, placed: tuple[Order, ...], moment: Moment, phase: Phase
    ) -> None:
        """Hold the exits of an entry against the phase that filled it.

        What the price of the entry is beyond already leaves at that price; of a candle's range
        only what hurts counts.
        """
        stops = [order for order in placed if order.kind in PROTECTIVE]
        if phase.kind == "within":
            entered = float(self.filled[-1].fill.price)
            here = replace(phase, kind="open", low=entered, high=entered)
        else:
            here = replace(phase, kind="open")
        self._protect(moment, here, stops, entered=key)
        self._take(here, [order for order in placed if order.kind in TAKING])
        if phase.kind == "within":
            self._protect(moment, phase, self._left(stops), entered=key)

    def _left(self, orders: Iterable[Order]) -> list[Order]:
        """Return the orders that are open still, as they are by now."""
        return [found for order in orders if (found := self._booking.present(order)) is not None]

    def _mine(self, moment: Moment, kinds: tuple[str, ...]) -> list[Order]:
        exits = open_exits(self._booking.state)
        return [
            order
            for order in exits
            if order.symbol == moment.symbol
            and order.kind in kinds
            and self._reaches(moment, order.stands_since)
        ]

    def _reaches(self, moment: Moment, since: datetime) -> bool:
        """Tell whether a moment reaches what stands since then.

        A time of the future was written by a clock that was wrong: it holds nothing up, or a
        position would be without its stop until then.
        """
        return since <= moment.since or since > self._booking.at

    def _protect(
        self,
        moment: Moment,
        phase: Phase,
        orders: Iterable[Order],
        entered: Key | None = None,
    ) -> None:
        """Fill liquidations and stops, those that the price meets first before the others.

        `entered`: what this very phase opened or added to; nothing else is looked at then.
        """
        keys = _keys(self._booking.state, moment.symbol)
        for key in keys if entered is None else [one for one in keys if one == entered]:
            position = self._booking.state.positions[key]
            old = key == entered or self._reaches(moment, position.opened_at)
            reached = list(self._reached(phase, [o for o in orders if _key(o) == key]))
            reached.sort(key=lambda pair: pair[0].level * -sign(position.side))
            gone = liquidation_fill(position, phase, self._terms.slippage, self._what)
            if old and gone is not None:
                self._before_liquidation(position, phase, reached)
                self._liquidate(key, phase, gone)
            else:
                for order, price in reached:
                    self._leave(order, price, phase)

    def _before_liquidation(
        self, position: Position, phase: Phase, reached: Iterable[Reached]
    ) -> None:
        """Fill the stops that the price met on its way to the liquidation within a candle."""
        level = liquidation_of(position, self._what)
        if phase.kind != "within" or level is None:
            return
        for order, price in reached:
            if (order.level - level) * sign(position.side) > 0:
                self._leave(order, price, phase)

    def _reached(self, phase: Phase, orders: Iterable[Order]) -> Iterable[Reached]:
        slippage = self._terms.slippage
        for order in orders:
            price: Decimal | None
            if order.kind == "stop_limit":
                triggered, price = stop_limit_fill(order, phase, slippage, self._what)
                if triggered and price is None:
                    self._trigger(order, phase)
            else:
                price = stop_fill(order.side, order.level, phase, slippage, self._what)
            if price is not None:
                yield order, price

    def _take(self, phase: Phase, orders: Iterable[Order]) -> None:
        """Fill targets and limits, those that the price meets first before the others."""
        for order in sorted(orders, key=lambda one: one.level * -sign(one.side)):
            price = limit_fill(order.side, order.level, phase, self._what)
            if price is not None:
                self._leave(order, price, phase)

    def _leave(self, order: Order, price: Decimal, phase: Phase) -> None:
        # An exit filled just before may have cut or cancelled this one.
        present = self._booking.present(order)
        if present is None:
            return
        reason = _REASONS[order.kind]
        fill = self._booking.fill(present, price, self._terms.fee_rate, reason, phase.at)
        self._report(fill, order.proposal_id)

    def _liquidate(self, key: Key, phase: Phase, price: Decimal) -> None:
        position = self._booking.state.positions.get(key)
        if position is None:
            return
        order = self._booking.market_order(
            position.symbol,
            position.strategy,
            opposite(position.side),
            abs(position.quantity),
            reduce_only=True,
            key=f"liquidate:{position.id}",
        )
        fill = self._booking.fill(order, price, self._terms.fee_rate, "liquidation", phase.at)
        self._report(fill, None)

    def _entries(self, moment: Moment) -> list[Order]:
        waiting = [
            order
            for order in _of(self._booking.state, moment.symbol)
            if not order.is_exit
            and order.kind != "market"
            and self._reaches(moment, order.stands_since)
        ]
        return sorted(waiting, key=lambda order: order.placed_at)

    def _enter(self, order: Order, phase: Phase) -> tuple[Order, ...] | None:
        """Fill a waiting entry that the phase reaches and the limits allow; return its exits.

        None: nothing was filled.
        """
        price = self._entry_price(order, phase)
        if price is None:
            return None
        denied = self._judge(order, price, phase)
        if denied is not None:
            reason = "; ".join(breach.text for breach in denied.reasons)
            self._booking.cancel(order, reason, phase.at)
            self._booking.tell_cancelled(order, reason, phase.at)
            return None
        state = self._booking.state
        opened = opening(state, order.strategy, order.symbol, order.side, order.quantity)
        why: FillReason = "entry" if opened > 0 else "close"
        fill = self._booking.fill(order, price, self._terms.fee_rate, why, phase.at)
        placed: tuple[Order, ...] = ()
        if opened > 0 and order.exits is not None:
            placed = self._booking.protect(order, opened, order.exits, fill, phase.at)
        self._report(fill, order.proposal_id, placed)
        return placed

    def _entry_price(self, order: Order, phase: Phase) -> Decimal | None:
        slippage = self._terms.slippage
        if order.kind == "limit":
            return limit_fill(order.side, order.level, phase, self._what)
        if order.kind == "stop":
            return stop_fill(order.side, order.level, phase, slippage, self._what)
        triggered, price = stop_limit_fill(order, phase, slippage, self._what)
        if triggered and price is None:
            self._trigger(order, phase)
        return price

    def _trigger(self, order: Order, phase: Phase) -> None:
        if not order.triggered:
            event = OrderTriggered(order_id=order.id, happened_at=phase.at)
            self._booking.record(event, f"triggered:{order.id}")

    def _judge(self, order: Order, price: Decimal, phase: Phase) -> Denied | None:
        state = self._booking.state
        stop, risk = order.exits.stop if order.exits else None, None
        if stop is not None:
            terms = self._terms
            risk = risk_per_unit(order.side, price, stop, terms.fee_rate, terms.slippage)
        intent = Intent(
            self._what,
            order.strategy,
            order.side,
            order.quantity,
            price,
            leverage=order.leverage,
            risk=risk,
            at=phase.at,
            order_id=order.id,
        )
        marks = complete(state, {**self._marks, self._what.symbol: price})
        answer = check(intent, state, marks, state.bounds(self._limits))
        return answer if isinstance(answer, Denied) else None

    def _follow(self, moment: Moment) -> None:
        for order in self._mine(moment, ("trailing",)):
            moved = trail(order, moment, self._what)
            if moved is not None and moved.best is not None:
                event = StopTrailed(
                    order_id=order.id, best=moved.best, price=moved.level, happened_at=moment.at
                )
                self._booking.record(event, f"trail:{order.id}:{moved.level.normalize():f}")

    def _report(self, fill: Fill, proposal_id: str | None, placed: tuple[Order, ...] = ()) -> None:
        state = self._booking.state
        marks = {**self._marks, fill.symbol: fill.price}
        # Without a price of each symbol held there is no equity to tell.
        worth = equity(state, marks) if state.symbols <= marks.keys() else None
        self._booking.report(fill, self._what, proposal_id, placed, worth)
        self.filled.append(Filled(fill, placed))


_REASONS: Mapping[str, FillReason] = {
    "stop": "stop",
    "stop_limit": "stop",
    "trailing": "trailing",
    "target": "target",
    "limit": "close",
}


def expire(booking: Booking, now: datetime, symbol: str | None = None) -> None:
    """Cancel the waiting orders (of a symbol) whose time is over, and tell each."""
    for order in list(booking.state.orders.values()):
        if order.until is None or order.until > now or symbol not in (None, order.symbol):
            continue
        booking.cancel(order, OVER, order.until)
        booking.tell_cancelled(order, OVER, order.until)


def _of(state: AccountState, symbol: str) -> list[Order]:
    return [order for order in state.orders.values() if order.symbol == symbol]


def _keys(state: AccountState, symbol: str) -> list[Key]:
    return sorted(key for key in state.positions if key[1] == symbol)


def _key(order: Order) -> Key:
    return order.strategy, order.symbol
