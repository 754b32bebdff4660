"""Risk limits: whether an order may be placed, and if not, every reason and the size that may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext

from trading.account import AccountState, scopes
from trading.barriers import falls, pauses, stale, symbol_bars
from trading.bounds import Limits
from trading.exposure import Exposure, balance, exposure
from trading.holding import EXACT
from trading.instrument import Instrument
from trading.measure import Breach, Measure, amount, number, percent, short
from trading.orders import ONE, Side, sign
from trading.scope import ACCOUNT

__all__ = [
    "Allowed",
    "Breach",
    "Denied",
    "Intent",
    "amount",
    "check",
    "largest",
    "number",
    "percent",
    "short",
]
ZERO = Decimal(0)
REDUCES = "none: it only reduces the position"


@dataclass(frozen=True)
class Intent:
    """An order that somebody wants: `price` is what its fill is expected at.

    `risk`: what a base unit loses at its stop, costs included (quote units); None: no stop.
    `at`: now; `quoted_at`: when its price was seen; None: not judged by time. `order_id`: the
    waiting order that is about to fill, whose own reservation does not count against it.
    """

    instrument: Instrument
    strategy: str
    side: Side
    quantity: Decimal
    price: Decimal
    leverage: Decimal = ONE
    risk: Decimal | None = None
    at: datetime | None = None
    quoted_at: datetime | None = None
    order_id: str | None = None


@dataclass(frozen=True)
class Allowed:
    """The order keeps every limit; `nearest` says which one it comes closest to."""

    nearest: str


@dataclass(frozen=True)
class Denied:
    """The order breaks limits; `passing_quantity` is the largest that breaks none (0: none)."""

    reasons: tuple[Breach, ...]
    passing_quantity: Decimal


def check(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Allowed | Denied:
    """Hold an order against every limit, at `marks` (a price per held symbol).

    An order that only reduces its strategy's position is always allowed; of one that turns the
    position round, the part that opens the other side is held against the limits. Waiting entries
    count as if they were filled.
    """
    with localcontext(EXACT):
        return _check(intent, state, marks, limits)


def largest(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Decimal:
    """Return the largest quantity that breaks no limit, 0 when none; the intent's is ignored."""
    with localcontext(EXACT):
        return _largest(intent, _room(intent, state, marks, limits))


def _check(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Allowed | Denied:
    broken = _malformed(intent)
    if any(breach.limit == "price" for breach in broken):
        return Denied(broken, ZERO)
    room = _room(intent, state, marks, limits)
    if broken:
        return Denied(broken, _largest(intent, room))
    opened = intent.quantity - room.reducible
    if opened <= 0:
        return Allowed(REDUCES)
    sized = tuple(room.measures(opened))
    reasons = (
        *room.bars,
        *(one.breach for one in room.standing if one.broken),
        *_exchange(intent),
        *(one.breach for one in sized if one.broken),
    )
    if reasons:
        return Denied(reasons, _largest(intent, room))
    return Allowed(max((*sized, *room.standing), key=lambda one: one.used).nearest)


def _largest(intent: Intent, room: _Room) -> Decimal:
    lot, reducible = intent.instrument.lot, room.reducible
    if room.shut:
        return reducible
    best = intent.instrument.floor_quantity(reducible + max(room.most(), ZERO))
    # The division rounds; the comparison that counts is the exact one.
    while best > reducible and not room.fits(best - reducible):
        best -= lot
    while best + lot > reducible and room.fits(best + lot - reducible):
        best += lot
    if best <= reducible or best * intent.price < intent.instrument.min_notional:
        return reducible
    return best


@dataclass(frozen=True)
class _Room:
    """What the account looks like to the order, money in quote units.

    `balance`: equity without open profit; `reducible`: base units that the order closes before it
    opens; `open`: what stays open or waits once they are closed; `bars` are reasons against any
    entry, `standing` limits that do not depend on the size.
    """

    intent: Intent
    limits: Limits
    equity: Decimal
    balance: Decimal
    reducible: Decimal
    open: Exposure
    bars: tuple[Breach, ...]
    standing: tuple[Measure, ...]

    @property
    def shut(self) -> bool:
        """True when nothing may be opened, whatever its size."""
        return bool(self.bars) or any(one.broken for one in self.standing)

    def money(self) -> Decimal:
        """Return the money that the caps on worth and margin leave to open with; may be < 0."""
        what, limits = self.intent.instrument, self.limits
        return min(
            limits.max_order_fraction * self.equity,
            limits.max_symbol_fraction * self.equity - self.open.of_symbol(what.symbol),
            limits.leverage(what.asset_class) * self.equity - self.open.of_class(what.asset_class),
            (self.balance - self.open.margin) * self.intent.leverage,
        )

    def fits(self, opened: Decimal) -> bool:
        """Tell, exactly, whether opening so many base units keeps every cap."""
        risk = self.intent.risk or ZERO
        return (
            opened * self.intent.price <= self.money()
            and opened * risk <= self.limits.max_loss_fraction * self.equity
        )

    def most(self) -> Decimal:
        """Return about how many base units may be opened, rounded; may be below zero."""
        by_money = self.money() / self.intent.price
        risk = self.intent.risk
        if risk is None or risk <= 0:
            return by_money
        return min(by_money, self.limits.max_loss_fraction * self.equity / risk)

    def measures(self, opened: Decimal) -> Iterator[Measure]:
        """Yield what opening so many base units makes of each cap; nothing without equity."""
        if self.equity <= 0 or self.shut_by_itself:
            return
        yield self._order(opened)
        yield self._symbol(opened)
        if self.intent.risk is not None:
            yield self._loss(opened * self.intent.risk)
        yield self._leverage(opened)
        yield self._margin(opened)

    @property
    def shut_by_itself(self) -> bool:
        """True for an order whose own figures make no sense."""
        return any(bar.limit in ("order leverage", "risk") for bar in self.bars)

    def _order(self, opened: Decimal) -> Measure:
        value = opened * self.intent.price
        return self._part("order", value, self.limits.max_order_fraction, "the order opens", "")

    def _symbol(self, opened: Decimal) -> Measure:
        symbol = self.intent.instrument.symbol
        before = self.open.of_symbol(symbol)
        bound = self.limits.max_symbol_fraction
        full = before >= bound * self.equity
        advice = f"; close some {symbol} or cancel orders that wait there first" if full else ""
        value = before + opened * self.intent.price
        return self._part("symbol", value, bound, f"{symbol} would be", advice)

    def _part(
        self, name: str, value: Decimal, fraction: Decimal, subject: str, advice: str
    ) -> Measure:
        bound, unit = fraction * self.equity, self.intent.instrument.quote
        return Measure(
            name,
            value,
            bound,
            value > bound,
            f"{subject} {percent(value / self.equity, ROUND_UP)} of equity "
            f"({amount(value)} {unit}); the limit is {percent(fraction)} per {name} "
            f"({amount(bound, ROUND_DOWN)} {unit}){advice}",
            f"{percent(fraction)} per {name} ({percent(value / self.equity)} used)",
        )

    def _loss(self, value: Decimal) -> Measure:
        fraction, unit = self.limits.max_loss_fraction, self.intent.instrument.quote
        bound = fraction * self.equity
        return Measure(
            "loss at stop",
            value,
            bound,
            value > bound,
            f"its stop would lose {percent(value / self.equity, ROUND_UP)} of equity "
            f"({amount(value)} {unit}); the limit is {percent(fraction)} ({amount(bound)} {unit}): "
            "a nearer stop or a smaller size",
            f"{percent(fraction)} lost at the stop ({percent(value / self.equity)} used)",
        )

    def _leverage(self, opened: Decimal) -> Measure:
        asset_class = self.intent.instrument.asset_class
        most, before = self.limits.leverage(asset_class), self.open.of_class(asset_class)
        value, bound = before + opened * self.intent.price, most * self.equity
        times = value / self.equity
        advice = "; close something or cancel waiting orders first" if before >= bound else ""
        return Measure(
            "leverage",
            value,
            bound,
            value > bound,
            f"all {asset_class} positions would be {short(times, ROUND_UP)} × equity; "
            f"the limit is {number(most)} ×{advice}",
            f"leverage {number(most)} × for {asset_class} ({short(times)} × used)",
        )

    def _margin(self, opened: Decimal) -> Measure:
        unit, before, bound = self.intent.instrument.quote, self.open.margin, self.balance
        worth = opened * self.intent.price
        value = before + worth / self.intent.leverage
        used = value / bound if bound > 0 else ONE
        advice = "close something or cancel waiting orders" if before >= bound else "take less"
        return Measure(
            "margin",
            value,
            bound,
            worth > (bound - before) * self.intent.leverage,
            f"positions and waiting orders would tie up {amount(value)} {unit}; the account has "
            f"{amount(bound)} {unit} without open profit: {advice}, or choose more leverage",
            f"all of the money as margin ({percent(used)} used)",
        )


def _room(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> _Room:
    symbol = intent.instrument.symbol
    held = state.holding(intent.strategy, symbol).quantity
    reducible = abs(held) if held * sign(intent.side) < 0 else ZERO
    closed = (intent.strategy, symbol) if reducible else None
    open_ = exposure(state, marks, closed=closed, without=intent.order_id)
    worth = scopes(state, marks)
    standing = [
        *falls(state, intent.strategy, worth, limits, intent.at),
        *_order_leverage(intent, limits),
        *_positions(intent, state, open_, limits),
    ]
    bars = tuple(_bars(intent, state, worth[ACCOUNT], limits))
    money = balance(state, closed, intent.price)
    return _Room(intent, limits, worth[ACCOUNT], money, reducible, open_, bars, tuple(standing))


def _bars(intent: Intent, state: AccountState, equity: Decimal, limits: Limits) -> Iterator[Breach]:
    if equity <= 0:
        text = "the account has no equity left; positions can only be closed"
        yield Breach("equity", equity, ZERO, text)
    if not intent.leverage.is_finite() or intent.leverage < ONE:
        text = f"the leverage {intent.leverage} is below 1; 1 borrows nothing"
        yield Breach("order leverage", intent.leverage, ONE, text)
    if intent.risk is not None and not intent.risk.is_finite():
        yield Breach("risk", intent.risk, ZERO, "what its stop would lose is no number")
    yield from pauses(state, intent.strategy)
    symbol = intent.instrument.symbol
    yield from symbol_bars(state, symbol, limits, intent.at)
    yield from stale(symbol, intent.at, intent.quoted_at, limits)


def _order_leverage(intent: Intent, limits: Limits) -> Iterator[Measure]:
    """Yield the order's own leverage; 1 is none, and brings nobody nearer to a limit."""
    what, value = intent.instrument, intent.leverage
    if not value.is_finite() or value <= ONE:
        return
    bound = limits.order_leverage(what.asset_class)
    yield Measure(
        "order leverage",
        value,
        bound,
        value > bound,
        f"the order's leverage is {number(value)} ×; the limit for {what.asset_class} is "
        f"{number(bound)} ×: choose {number(bound)} or less",
        f"leverage {number(bound)} × of an order ({number(value)} × used)",
    )


def _positions(
    intent: Intent, state: AccountState, open_: Exposure, limits: Limits
) -> Iterator[Measure]:
    """Yield the number of positions, when the order opens a new one."""
    key = (intent.strategy, intent.instrument.symbol)
    if key in state.positions:
        return
    value, bound = len(open_.keys | {key}), limits.max_positions
    yield Measure(
        "positions",
        Decimal(value),
        Decimal(bound),
        value > bound,
        f"with waiting orders it would be open position number {value}; the limit is {bound}: "
        "close one or cancel a waiting order first",
        f"{bound} open positions ({value} used)",
    )


def _malformed(intent: Intent) -> tuple[Breach, ...]:
    found = []
    for name, value in (("quantity", intent.quantity), ("price", intent.price)):
        if not value.is_finite() or value <= 0:
            found.append(Breach(name, value, ZERO, f"the {name} {value} is not above zero"))
    if intent.quantity == 0:
        text = f"the order is smaller than one lot, {number(intent.instrument.lot)}"
        found[0] = Breach("lot", intent.quantity, intent.instrument.lot, text)
    return tuple(found)


def _exchange(intent: Intent) -> tuple[Breach, ...]:
    what, found = intent.instrument, []
    if intent.quantity % what.lot:
        text = f"{intent.quantity} {what.base} is no multiple of the lot {number(what.lot)}"
        found.append(Breach("lot", intent.quantity, what.lot, text))
    worth = intent.quantity * intent.price
    if worth < what.min_notional:
        text = (
            f"the order is worth {amount(worth)} {what.quote}; "
            f"the exchange takes none below {number(what.min_notional)} {what.quote}"
        )
        found.append(Breach("minimum notional", worth, what.min_notional, text))
    return tuple(found)
