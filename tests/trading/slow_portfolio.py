"""The portfolio's rules written a second time, slowly and in plain words, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trading.backtest import Rules
from trading.candles import Candles, FloatArray


class Closed(NamedTuple):
    symbol: str
    side: int
    entered: int
    left: int
    profit: float
    reason: str


@dataclass
class Holding:
    """One symbol: what is held, what it answers to, and the money it took or gave."""

    candles: Candles
    exposure: FloatArray
    weight: FloatArray
    flow: float = 0.0
    flow_before: float = 0.0
    held: float = 0.0  # signed
    average: float = 0.0  # entry price of what is held
    entered: int = 0
    share: float = 0.0
    stopped_side: int = 0

    @property
    def side(self) -> int:
        return _sign(self.held)

    @property
    def margin(self) -> float:
        """What a short keeps from being spent: its proceeds and as much again."""
        return -2 * self.held * self.average if self.held < 0 else 0.0

    def open(self, i: int) -> float:
        return float(self.candles.open[i])

    def turned(self, i: int) -> bool:
        before = float(self.exposure[i - 2]) if i > 1 else 0.0
        return float(self.exposure[i - 1]) != before

    def trade(self, quantity: float, price: float, rules: Rules) -> None:
        self.flow -= quantity * price + abs(quantity * price) * rules.fee_rate
        self.held += quantity


class Book:
    def __init__(self, holdings: list[Holding], rules: Rules, band: float) -> None:
        self.holdings, self.rules, self.band = holdings, rules, band
        self.trades: list[Closed] = []

    @property
    def cash(self) -> float:
        return self.rules.initial_cash + sum(each.flow for each in self.holdings)

    def close(self, each: Holding, i: int, price: float, reason: str) -> None:
        side = each.side
        each.trade(-each.held, price, self.rules)
        each.held = 0.0
        profit = each.flow - each.flow_before
        symbol = each.candles.symbol
        self.trades.append(Closed(symbol, side, each.entered, i, profit, reason))
        if reason != "signal":
            each.stopped_side = side

    def leave_at_open(self, each: Holding, i: int) -> None:
        if _side_of(each.share, self.rules) != each.side:
            self.close(each, i, each.open(i) * (1 - each.side * self.rules.slippage), "signal")
        elif passed := _level_at(each, each.open(i), self.rules):
            slipped = 1 - each.side * self.rules.slippage if passed == "stop" else 1
            self.close(each, i, each.open(i) * slipped, passed)

    def trade(self, i: int, turned: list[Holding], rebalancing: bool) -> None:
        rules = self.rules
        worth = self.cash + sum(each.held * each.open(i) for each in self.holdings)
        wishes: list[tuple[Holding, float, float]] = []
        for each in self.holdings:
            side = _side_of(each.share, rules)
            if not side or each.stopped_side == side or not (each in turned or rebalancing):
                continue
            price = each.open(i) * (1 + side * rules.slippage)
            more = abs(each.share) * worth / (price * (1 + rules.fee_rate)) - abs(each.held)
            if each not in turned and abs(more) * each.open(i) <= self.band * worth:
                continue
            if more < 0:
                each.trade(side * more, each.open(i) * (1 - side * rules.slippage), rules)
            else:
                wishes.append((each, more, price))
        free = max(0.0, self.cash - sum(each.margin for each in self.holdings))
        asked = sum(more * price * (1 + rules.fee_rate) for _, more, price in wishes)
        short_of_cash = asked > free * (1 + 1e-12)
        for each, more, price in wishes:
            got = more * free / asked if short_of_cash else more
            least = max(self.band, 1e-9) * worth
            dust = short_of_cash and not each.held and got * each.open(i) <= least
            used_up = not each.held and worth <= rules.used_up * rules.initial_cash
            if got > 0 and not dust and not used_up:
                self.add(each, i, got, price)

    def add(self, each: Holding, i: int, quantity: float, price: float) -> None:
        if not each.held:
            each.entered, each.flow_before = i, each.flow
        held = abs(each.held)
        each.average = (held * each.average + quantity * price) / (held + quantity)
        each.trade(_sign(each.share) * quantity, price, self.rules)


def slow_portfolio(
    candles: Sequence[Candles],
    exposures: FloatArray,
    weights: FloatArray,
    rules: Rules,
    rebalance: int,
    band: float,
) -> tuple[list[float], list[Closed]]:
    """Return equity and closed trades; without ticks, lots, funding and liquidation."""
    holdings = [Holding(*each) for each in zip(candles, exposures, weights, strict=True)]
    book = Book(holdings, rules, band)
    equity = [rules.initial_cash]
    for i in range(1, len(candles[0])):
        rebalancing = _on_the_clock(candles[0], i, rebalance)
        turned = [each for each in holdings if each.turned(i)]
        for each in holdings:
            signal = float(each.exposure[i - 1])
            if each in turned or rebalancing:
                each.share = float(each.weight[i - 1]) * signal
            if each.held:
                book.leave_at_open(each, i)
            if _side_of(signal, rules) != each.stopped_side:
                each.stopped_side = 0
        book.trade(i, turned, rebalancing)
        for each in holdings:
            if each.held and (left := _exit(each, i, rules)):
                book.close(each, i, left[1], left[0])
        equity.append(
            book.cash + sum(each.held * float(each.candles.close[i]) for each in holdings)
        )
    return equity, book.trades


def _on_the_clock(candles: Candles, i: int, rebalance: int) -> bool:
    if not rebalance:
        return False
    period = rebalance * candles.timeframe.ms
    return int(candles.time[i]) // period > int(candles.time[i - 1]) // period


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _side_of(share: float, rules: Rules) -> int:
    return _sign(share) if share > 0 or rules.allow_short else 0


def _level_at(each: Holding, price: float, rules: Rules) -> str | None:
    """Which level a price is beyond."""
    side = each.side
    if (
        rules.stop_fraction
        and price * side <= each.average * (1 - side * rules.stop_fraction) * side
    ):
        return "stop"
    if (
        rules.target_fraction
        and price * side >= each.average * (1 + side * rules.target_fraction) * side
    ):
        return "target"
    return None


def _exit(each: Holding, i: int, rules: Rules) -> tuple[str, float] | None:
    side = each.side
    slipped = 1 - side * rules.slippage
    high, low = float(each.candles.high[i]), float(each.candles.low[i])
    worst, best = (low, high) if side > 0 else (high, low)
    if passed := _level_at(each, each.open(i), rules):
        return passed, each.open(i) * (slipped if passed == "stop" else 1)
    if _level_at(each, worst, rules) == "stop":
        return "stop", each.average * (1 - side * (rules.stop_fraction or 0.0)) * slipped
    if _level_at(each, best, rules) == "target":
        return "target", each.average * (1 + side * (rules.target_fraction or 0.0))
    return None
