"""The backtest's rules written a second time, slowly and in plain words, to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from trading.backtest import Rules
from trading.candles import Candles, FloatArray


class Closed(NamedTuple):
    side: int
    entered: int
    left: int
    profit: float
    reason: str


@dataclass
class Book:
    cash: float
    held: float = 0.0  # signed
    bought: float = 0.0  # value of all entries
    size: float = 0.0
    entered: int = 0
    cash_before: float = 0.0

    @property
    def average(self) -> float:
        return self.bought / self.size


def slow_backtest(
    candles: Candles, signal: FloatArray, rules: Rules
) -> tuple[list[float], list[Closed]]:
    """Return equity and closed trades; without ticks and liquidation."""
    book = Book(rules.initial_cash)
    equity: list[float] = []
    trades: list[Closed] = []
    stopped_side = 0
    for i in range(len(candles)):
        opened = float(candles.open[i])
        target = _target(signal, i - 1, rules)
        before = _target(signal, i - 2, rules)
        if target != before:
            if book.held and _sign(target) != _sign(book.held):
                _leave(book, opened * (1 - _sign(book.held) * rules.slippage), rules)
                trades.append(_closed(book, i, "signal"))
                book.held = 0.0
            if _sign(target) != stopped_side:
                stopped_side = 0
            if target and not stopped_side and not (book.held and _level_at(book, opened, rules)):
                _aim(book, i, target, opened, rules)
        if book.held:
            side = _sign(book.held)
            left = _exit(book, candles, i, rules)
            if left:
                reason, price = left
                _leave(book, price, rules)
                trades.append(_closed(book, i, reason))
                book.held = 0.0
                stopped_side = side
        equity.append(book.cash + book.held * float(candles.close[i]))
    return equity, trades


def _target(signal: FloatArray, i: int, rules: Rules) -> float:
    value = float(signal[i]) if i >= 0 else 0.0
    return value if rules.allow_short else max(value, 0.0)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _aim(book: Book, i: int, target: float, opened: float, rules: Rules) -> None:
    side = _sign(target)
    if not book.held:
        book.bought = book.size = 0.0
        book.entered = i
        book.cash_before = book.cash
    worth = book.cash + book.held * opened
    price = opened * (1 + side * rules.slippage)
    wanted = abs(target) * worth / (price * (1 + rules.fee_rate))
    more = wanted - abs(book.held)
    if more > 0:
        book.bought += more * price
        book.size += more
    else:
        price = opened * (1 - side * rules.slippage)
    _trade(book, side * more, price, rules)


def _trade(book: Book, quantity: float, price: float, rules: Rules) -> None:
    book.cash -= quantity * price + abs(quantity * price) * rules.fee_rate
    book.held += quantity


def _leave(book: Book, price: float, rules: Rules) -> None:
    book.cash += book.held * price - abs(book.held * price) * rules.fee_rate


def _closed(book: Book, i: int, reason: str) -> Closed:
    profit = book.cash - book.cash_before
    return Closed(_sign(book.held), book.entered, i, profit, reason)


def _levels(book: Book, rules: Rules) -> tuple[float | None, float | None]:
    side = _sign(book.held)
    stop = rules.stop_fraction and book.average * (1 - side * rules.stop_fraction)
    target = rules.target_fraction and book.average * (1 + side * rules.target_fraction)
    return stop, target


def _level_at(book: Book, price: float, rules: Rules) -> str | None:
    """Which level a price is beyond."""
    side = _sign(book.held)
    stop, target = _levels(book, rules)
    if stop is not None and price * side <= stop * side:
        return "stop"
    if target is not None and price * side >= target * side:
        return "target"
    return None


def _exit(book: Book, candles: Candles, i: int, rules: Rules) -> tuple[str, float] | None:
    side = _sign(book.held)
    stop, target = _levels(book, rules)
    opened, high, low = float(candles.open[i]), float(candles.high[i]), float(candles.low[i])
    worst, best = (low, high) if side > 0 else (high, low)
    slipped = 1 - side * rules.slippage
    if reason := _level_at(book, opened, rules):
        return reason, opened * slipped if reason == "stop" else opened
    if stop is not None and _level_at(book, worst, rules) == "stop":
        return "stop", stop * slipped
    if target is not None and _level_at(book, best, rules) == "target":
        return "target", target
    return None
