"""The backtest's rules written a second time, slowly and in plain words, to compare with.

The money is counted another way too: a balance of what was realised and paid, the margin that is
set aside for the position (trading.margin), and the profit that is still open. Nothing is taken
from the compiled rule book.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor
from typing import NamedTuple

from trading.backtest import Rules
from trading.candles import Candles, FloatArray

HOURS_8 = 8 * 3_600_000


class Closed(NamedTuple):
    """A trade; times are places of candles, prices averages over its fills."""

    side: int
    entered: int
    left: int
    entry_price: float
    exit_price: float
    quantity: float
    fees: float
    funding: float
    profit: float
    reason: str


@dataclass
class Held:
    """A position: `average` of what is held now, `margin` that is set aside for it."""

    side: int
    entered: int
    balance_before: float
    best: float
    quantity: float = 0.0
    average: float = 0.0
    margin: float = 0.0
    stop: float | None = None
    target: float | None = None
    liquidation: float | None = None
    fees: float = 0.0
    funding: float = 0.0
    all_entered: float = 0.0
    paid: float = 0.0
    received: float = 0.0

    def open_profit(self, price: float) -> float:
        return self.side * self.quantity * (price - self.average)

    def passed(self, level: float | None, price: float) -> bool:
        """Tell whether a price is at or beyond a level on the losing side."""
        return level is not None and (price - level) * self.side <= 0

    @property
    def bankruptcy(self) -> float:
        return self.average - self.side * self.margin / self.quantity


@dataclass
class Replay:
    """An account under the rules; `balance` is its money without open profit."""

    rules: Rules
    balance: float
    held: Held | None = None
    equity: list[float] = field(default_factory=list)
    trades: list[Closed] = field(default_factory=list)

    # --- what a trade costs ---

    def market(self, side: int, price: float) -> float:
        """Return what a market order gets: worse by the slippage, then by the tick."""
        return self.on_tick(price * (1 + side * self.rules.slippage), side)

    def on_tick(self, price: float, way: int) -> float:
        tick = self.rules.tick
        if not tick:
            return price
        # What is a multiple but for the last digits of a float is one.
        steps = Decimal(repr(round(price / tick, 8)))
        whole = steps.to_integral_value(ROUND_CEILING if way > 0 else ROUND_FLOOR)
        return float(max(whole, Decimal(1)) * Decimal(repr(tick)))

    def in_lots(self, quantity: float) -> float:
        lot = self.rules.lot
        return floor(quantity / lot) * lot if lot else quantity

    def pay_fee(self, held: Held, quantity: float, price: float) -> None:
        fee = quantity * price * self.rules.fee_rate
        self.balance -= fee
        held.fees += fee

    # --- sizes ---

    def worth(self, price: float) -> float:
        return self.balance + (self.held.open_profit(price) if self.held else 0.0)

    def affordable(self, exposure: float, side: int, equity: float, price: float) -> float:
        """Return how much the share of equity pays as margin and fee, or may be risked."""
        rules = self.rules
        share = abs(exposure) * equity
        quantity = share / (price / rules.leverage + price * rules.fee_rate)
        if rules.risk_fraction is not None:
            level = self.first_stop(side, price)
            assert level is not None
            leave = self.market(-side, level)
            loss = side * (price - leave) + rules.fee_rate * (price + leave)
            quantity = min(quantity, share * rules.risk_fraction / loss)
        return self.in_lots(quantity)

    def first_stop(self, side: int, price: float) -> float | None:
        """Return where the stop of an entry begins: the nearer of the two kinds."""
        rules = self.rules
        distances = [d for d in (rules.stop_fraction, rules.trail_fraction) if d is not None]
        return self.on_tick(price * (1 - side * min(distances)), -side) if distances else None

    # --- fills ---

    def enlarge(self, held: Held, quantity: float, price: float) -> None:
        rules, side = self.rules, held.side
        cost = held.quantity * held.average + quantity * price
        held.quantity += quantity
        held.average = cost / held.quantity
        held.margin += quantity * price / rules.leverage
        held.all_entered += quantity
        held.paid += quantity * price
        self.pay_fee(held, quantity, price)
        held.stop = self.first_stop(side, held.average)
        if rules.target_fraction is not None:
            held.target = self.on_tick(held.average * (1 + side * rules.target_fraction), side)
        self.trail(held, held.best)
        self.set_liquidation(held)

    def set_liquidation(self, held: Held) -> None:
        level = held.bankruptcy / (1 - held.side * self.rules.maintenance)
        held.liquidation = self.on_tick(level, held.side) if level > 1e-9 * held.average else None

    def reduce(self, held: Held, quantity: float, price: float) -> None:
        self.balance += held.side * quantity * (price - held.average)
        held.margin *= 1 - quantity / held.quantity
        held.quantity -= quantity
        held.received += quantity * price
        self.pay_fee(held, quantity, price)

    def enter(self, i: int, exposure: float, opened: float) -> None:
        side = _sign(exposure)
        price = self.market(side, opened)
        quantity = self.affordable(exposure, side, self.balance, price)
        if self.balance > self.rules.used_up * self.rules.initial_cash and quantity > 0:
            self.held = Held(side, i, self.balance, price)
            self.enlarge(self.held, quantity, price)

    def resize(self, held: Held, exposure: float, opened: float) -> None:
        rules, side = self.rules, held.side
        price = self.market(side, opened)
        wanted = self.affordable(exposure, side, self.worth(opened), price)
        wanted = max(wanted, rules.lot)
        if wanted <= 0:
            return
        if wanted > held.quantity:
            unit = price / rules.leverage + price * rules.fee_rate
            backed = self.in_lots(max(0.0, self.balance - held.margin) / unit)
            more = min(wanted - held.quantity, backed)
            if more > 0:
                self.enlarge(held, more, price)
        elif wanted < held.quantity:
            self.reduce(held, held.quantity - wanted, self.market(-side, opened))

    def leave(self, i: int, price: float, reason: str) -> int:
        """Close the position; returns its side."""
        held = self.held
        assert held is not None
        self.reduce(held, held.quantity, price)
        if self.balance < 1e-9 * held.balance_before:
            self.balance = 0.0
        self.held = None
        self.trades.append(
            Closed(
                held.side,
                held.entered,
                i,
                held.paid / held.all_entered,
                held.received / held.all_entered,
                held.all_entered,
                held.fees,
                held.funding,
                self.balance - held.balance_before,
                reason,
            )
        )
        return held.side

    # --- exits ---

    def trail(self, held: Held, best: float) -> None:
        """Let the stop follow the best price; it never goes back."""
        fraction, side = self.rules.trail_fraction, held.side
        if fraction is None:
            return
        level = self.on_tick(best * (1 - side * fraction), -side)
        if held.stop is None or (level - held.stop) * side > 0:
            held.stop = level

    def liquidated_at(self, held: Held, price: float) -> float:
        fill = self.market(-held.side, price)
        if (fill - held.bankruptcy) * held.side < 0:
            return self.on_tick(held.bankruptcy, held.side)
        return fill

    def at_open(self, held: Held, opened: float) -> tuple[str, float] | None:
        if held.passed(held.liquidation, opened):
            return "liquidation", self.liquidated_at(held, opened)
        if held.passed(held.stop, opened):
            return self.stopped, self.market(-held.side, opened)
        if held.target is not None and (opened - held.target) * held.side >= 0:
            return "target", opened
        return None

    def within(self, held: Held, high: float, low: float) -> tuple[str, float] | None:
        side = held.side
        worst, best = (low, high) if side > 0 else (high, low)
        stop, gone = held.stop, held.liquidation
        stop_first = stop is not None and (gone is None or (stop - gone) * side > 0)
        if stop is not None and stop_first and held.passed(stop, worst):
            return self.stopped, self.market(-side, stop)
        if gone is not None and not stop_first and held.passed(gone, worst):
            return "liquidation", self.liquidated_at(held, gone)
        if held.target is not None and (best - held.target) * side >= 0:
            return "target", held.target
        return None

    @property
    def stopped(self) -> str:
        return "stop" if self.rules.trail_fraction is None else "trailing"

    # --- a candle ---

    def is_late(self, i: int) -> bool:
        """Tell whether the time of the position is over at the open of a candle."""
        longest, held = self.rules.hold_candles, self.held
        return longest is not None and held is not None and i >= held.entered + longest

    def open_of(self, i: int, opened: float, wanted: float, turned: bool, waiting: int) -> int:
        """Trade what the signal asks for; returns the side that waits for a turn."""
        side, held = _sign(wanted), self.held
        if held and (side != held.side or self.is_late(i)):
            reason = "time" if side == held.side else "signal"
            price = self.market(-held.side, opened)
            if held.passed(held.liquidation, opened):
                reason, price = "liquidation", self.liquidated_at(held, opened)
            waiting = self.leave(i, price, reason)
        if side != waiting:
            waiting = 0
        if turned and side and not waiting:
            if self.held is None:
                self.enter(i, wanted, opened)
            elif self.at_open(self.held, opened) is None:
                self.resize(self.held, wanted, opened)
        return waiting

    def rest_of(
        self,
        held: Held,
        i: int,
        prices: tuple[float, float, float, float],
        due: float,
        waiting: int,
    ) -> int:
        """Hold a candle against the position's levels; returns the side that waits for a turn."""
        opened, high, low, close = prices
        out = self.at_open(held, opened) or self.within(held, high, low)
        if out:
            return self.leave(i, out[1], out[0])
        if due:
            paid = held.side * held.quantity * close * due
            self.balance -= paid
            held.funding += paid
            held.margin -= paid  # it is paid out of what backs the position
            self.set_liquidation(held)
        if self.rules.trail_fraction is not None:
            reached = high if held.side > 0 else low
            held.best = max(held.best, reached) if held.side > 0 else min(held.best, reached)
            self.trail(held, held.best)
        return waiting


def slow_backtest(
    candles: Candles, signal: FloatArray, rules: Rules, funding: FloatArray | None = None
) -> tuple[list[float], list[Closed]]:
    """Return equity and closed trades."""
    replay = slow_replay(candles, signal, rules, funding)
    return replay.equity, replay.trades


def slow_replay(
    candles: Candles, signal: FloatArray, rules: Rules, funding: FloatArray | None = None
) -> Replay:
    """Return the account after the last candle."""
    replay = Replay(rules, rules.initial_cash)
    due = funding_of(candles, rules.funding_rate) if funding is None else funding.tolist()
    prices = zip(
        candles.open.tolist(),
        candles.high.tolist(),
        candles.low.tolist(),
        candles.close.tolist(),
        strict=True,
    )
    told = signal.tolist()
    waiting = 0
    before = 0.0
    for i, candle in enumerate(prices):
        if i > 0:
            now = told[i - 1]
            if now != before or replay.is_late(i):
                wanted = now if rules.allow_short else max(now, 0.0)
                waiting = replay.open_of(i, candle[0], wanted, now != before, waiting)
                before = now
            if replay.held:
                waiting = replay.rest_of(replay.held, i, candle, due[i], waiting)
        replay.equity.append(max(0.0, replay.worth(candle[3])))
    return replay


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def funding_of(candles: Candles, rate: float) -> list[float]:
    """Return the rate for each of the marks 00:00, 08:00 and 16:00 that a candle's end reaches."""
    due = [0.0] * len(candles)
    if rate:
        for i, opened in enumerate(candles.time.tolist()):
            mark = opened - opened % HOURS_8 + HOURS_8
            while mark <= opened + candles.timeframe.ms:
                due[i] += rate
                mark += HOURS_8
    return due
