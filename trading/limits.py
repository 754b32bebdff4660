"""Risk limits: whether an order may be placed, and if not, every reason and the size that may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal, localcontext

from trading.account import AccountState, equity, scopes
from trading.bounds import Limits
from trading.drawdown import drawdown
from trading.holding import EXACT
from trading.instrument import Instrument, asset_class_of
from trading.orders import ONE, Side, sign
from trading.scope import ACCOUNT, spoken, strategy_scope

ZERO = Decimal(0)


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
class Breach:
    """A limit that the order breaks: its name, the value, the bound, and both in words."""

    limit: str
    value: Decimal
    bound: Decimal
    text: str


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
    position round, the part that opens the other side is held against the limits.
    """
    with localcontext(EXACT):
        return _check(intent, state, marks, limits)


def largest(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Decimal:
    """Return the largest quantity that breaks no limit, 0 when none; the intent's is ignored."""
    with localcontext(EXACT):
        return _largest(intent, state, marks, limits)


def _check(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Allowed | Denied:
    broken = _malformed(intent)
    if broken:
        sound = all(breach.limit != "price" for breach in broken)
        return Denied(broken, _largest(intent, state, marks, limits) if sound else ZERO)
    room = _room(intent, state, marks, limits)
    opened = intent.quantity - room.reducible
    if opened <= 0:
        return Allowed("none: it only reduces the position")
    reasons = room.blocks + _exchange(intent)
    if room.equity > 0:
        caps = room.caps(intent, opened, limits)
        reasons += tuple(_breach(cap) for cap in caps if cap.value > cap.bound)
        if not reasons:
            return Allowed(max(caps, key=lambda cap: cap.value / cap.bound).nearest)
    return Denied(reasons, _largest(intent, state, marks, limits))


def _largest(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> Decimal:
    room = _room(intent, state, marks, limits)
    if room.blocks:
        return room.reducible
    price, lot = intent.price, intent.instrument.lot
    money = room.free(intent, limits)
    if money <= 0:
        return room.reducible
    best = intent.instrument.floor_quantity(room.reducible + money / price)
    # The division rounds; the comparison that counts is the exact one.
    while (best - room.reducible) * price > money:
        best -= lot
    while (best + lot - room.reducible) * price <= money:
        best += lot
    if best <= room.reducible or best * price < intent.instrument.min_notional:
        return room.reducible
    return best


@dataclass(frozen=True)
class _Cap:
    """One limit in money: what the order makes of it, its bound, and how to tell it."""

    limit: str
    value: Decimal
    bound: Decimal
    text: str
    nearest: str


@dataclass(frozen=True)
class _Room:
    """What the account looks like to the order, money in quote units.

    `reducible`: base units that the order closes before it opens; `symbol`, `cls`: gross
    exposure that stays once they are closed; `blocks`: reasons against any entry.
    """

    equity: Decimal
    reducible: Decimal
    symbol: Decimal
    cls: Decimal
    blocks: tuple[Breach, ...]

    def free(self, intent: Intent, limits: Limits) -> Decimal:
        """Return the money that all the caps leave to open with; may be negative."""
        leverage = limits.leverage(intent.instrument.asset_class)
        return min(
            limits.max_order_fraction * self.equity,
            limits.max_symbol_fraction * self.equity - self.symbol,
            leverage * self.equity - self.cls,
        )

    def caps(self, intent: Intent, opened: Decimal, limits: Limits) -> tuple[_Cap, ...]:
        what, unit = intent.instrument, intent.instrument.quote
        money = opened * intent.price

        def part(name: str, value: Decimal, fraction: Decimal, subject: str, per: str) -> _Cap:
            bound = fraction * self.equity
            return _Cap(
                name,
                value,
                bound,
                f"{subject} {percent(value / self.equity, ROUND_UP)} of equity "
                f"({amount(value)} {unit}); the limit is {percent(fraction)} per {per} "
                f"({amount(bound)} {unit})",
                f"{percent(fraction)} per {per} ({percent(value / self.equity)} used)",
            )

        leverage, gross = limits.leverage(what.asset_class), self.cls + money
        kind = "crypto" if what.asset_class == "crypto" else "other"
        times = gross / self.equity
        return (
            part("order", money, limits.max_order_fraction, "the order opens", "order"),
            part(
                "symbol",
                self.symbol + money,
                limits.max_symbol_fraction,
                f"{what.symbol} would be",
                "symbol",
            ),
            _Cap(
                "leverage",
                gross,
                leverage * self.equity,
                f"all {kind} positions would be {short(times, ROUND_UP)} × equity; "
                f"the limit is {number(leverage)} ×",
                f"leverage {number(leverage)} × for {kind} ({short(times)} × used)",
            ),
        )


def _room(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> _Room:
    what = intent.instrument
    mark = marks.get(what.symbol, intent.price)
    held = state.holding(intent.strategy, what.symbol).quantity
    reducible = abs(held) if held * sign(intent.side) < 0 else ZERO
    symbol = cls = -reducible * mark
    for (_, name), position in state.positions.items():
        worth = abs(position.quantity) * (mark if name == what.symbol else marks[name])
        if name == what.symbol:
            symbol += worth
        if name == what.symbol or asset_class_of(name.split("/")[0]) == what.asset_class:
            cls += worth
    return _Room(
        equity(state, marks), reducible, symbol, cls, _blocks(intent, state, marks, limits)
    )


def _blocks(
    intent: Intent, state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> tuple[Breach, ...]:
    now = scopes(state, marks)
    found: list[Breach] = []
    if now[ACCOUNT] <= 0:
        found.append(Breach("equity", now[ACCOUNT], ZERO, "the account has no equity left"))
    for scope in (ACCOUNT, strategy_scope(intent.strategy)):
        if scope in state.paused:
            text = f"trading is paused for {spoken(scope)}: {state.paused[scope]}"
            found.append(Breach("paused", Decimal(1), ZERO, text))
        bound = limits.drawdown(scope)
        fall = drawdown(state.peak(scope), now.get(scope, state.opening_cash))
        if fall >= bound:
            text = (
                f"the drawdown of {spoken(scope)} is {percent(fall)}; "
                f"new entries stop at {percent(bound)}"
            )
            found.append(Breach(f"{scope.split(':')[0]} drawdown", fall, bound, text))
    return tuple(found)


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


def _breach(cap: _Cap) -> Breach:
    return Breach(cap.limit, cap.value, cap.bound, cap.text)


def number(value: Decimal) -> str:
    """Write a number with all its digits, without exponent or idle zeros."""
    return f"{value.normalize():f}"


def short(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write a number with two decimals at most."""
    return number(value.quantize(Decimal("0.01"), rounding))


def amount(value: Decimal) -> str:
    """Write an amount of money to the cent."""
    return f"{value.quantize(Decimal('0.01')):f}"


def percent(value: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write a fraction as a percentage with two decimals at most."""
    return f"{short(value * 100, rounding)} %"
