"""Backtests: what a signal would have earned, by the same fill rules as the paper book.

How a signal becomes fills:
- A signal is decided at a candle's close and filled at the next candle's open, as a market order.
- The target exposure sets the notional as a share of equity, the entry fee taken out of it; at
  exposure 1 everything is in the position and nothing is borrowed.
- The position is traded when the signal changes, not to follow the drift of prices. A change of
  size with the same side adds or sells the difference; adding moves the average entry price, and
  stop and target with it.
- Stop and target lie at fractions of the entry's fill price and hold from the entry candle on.
- After a stop or target the same side is entered again only when the signal has turned away (to
  flat or to the other side) and back: otherwise a stopped-out long in a falling market would be
  bought back at each next open, and a stop would protect nothing.
- A short whose loss reaches the whole equity is liquidated; equity is never negative.
- A position that is open at the end is marked at the last close. It is reported as open, not as
  a trade, because a sale that never happened has no price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import isfinite, nan
from typing import Literal, get_args

import numpy as np

from trading import matching
from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.compiled import plain
from trading.errors import BadArgument, NotEnoughHistory
from trading.jumps import refuse_jumps
from trading.metrics import Metrics, measure
from trading.simulation import (
    ALL_FEES,
    CASH_BEFORE,
    COLUMNS,
    ENTERED,
    ENTRY_VALUE,
    FEES,
    QUANTITY,
    SIZE,
    STATES,
    STOP_AT,
    T_ENTRY_VALUE,
    T_PROFIT,
    TARGET_AT,
    simulate,
)
from trading.strategies.base import Strategy
from trading.strategies.catalogue import discover

Side = Literal["long", "short"]
ExitReason = Literal["signal", "stop", "target", "liquidation"]
REASONS: tuple[ExitReason, ...] = get_args(ExitReason)
SHORTEST = 2  # one candle to decide at, one to fill at
LEAST_TRADED = 30  # candles after a strategy's warm-up; fewer tell nothing about it


@dataclass(frozen=True)
class Rules:
    """Costs and protection of a backtest; all fractions (0.001 = 0.1 %).

    `stop_fraction` and `target_fraction` are distances from the entry, None: none. `tick` is the
    price step in quote units, `lot` the quantity step in base units, 0: none. `initial_cash` in
    quote units. Without `allow_short` a negative signal means flat.
    """

    fee_rate: float = 0.001
    slippage: float = 0.0005
    stop_fraction: float | None = 0.03
    target_fraction: float | None = 0.05
    tick: float = 0.0
    lot: float = 0.0
    initial_cash: float = 10_000.0
    allow_short: bool = False

    def __post_init__(self) -> None:
        _check("fee_rate", self.fee_rate, 0.0, 0.5)
        _check("slippage", self.slippage, 0.0, 0.5)
        _check("tick", self.tick, 0.0, 1e12)
        _check("lot", self.lot, 0.0, 1e12)
        _check("initial_cash", self.initial_cash, 1e-9, 1e18)
        if self.stop_fraction is not None:
            _check("stop_fraction", self.stop_fraction, 1e-6, 0.999)
        if self.target_fraction is not None:
            _check("target_fraction", self.target_fraction, 1e-6, 100.0)

    def as_array(self) -> FloatArray:
        """The numbers in the order that trading.simulation reads them."""
        stop = nan if self.stop_fraction is None else self.stop_fraction
        target = nan if self.target_fraction is None else self.target_fraction
        steps = (self.tick, self.lot)
        return np.array([self.fee_rate, self.slippage, stop, target, *steps], np.float64)


@dataclass(frozen=True)
class Trade:
    """A closed position, from flat to flat.

    Prices are averages over its fills, `quantity` (base units) all that was entered, `fees` and
    `profit` (after fees) in quote units. The times are the opens of the candles it was entered
    and left in.
    """

    side: Side
    entered_at: datetime
    left_at: datetime
    entry_price: float
    exit_price: float
    quantity: float
    fees: float
    profit: float
    reason: ExitReason

    @property
    def return_fraction(self) -> float:
        """Profit after fees / notional at entry."""
        return self.profit / (self.entry_price * self.quantity)


@dataclass(frozen=True)
class OpenPosition:
    """What is still held at the last close; `unrealised` is net of the fees paid so far."""

    side: Side
    entered_at: datetime
    entry_price: float
    quantity: float
    stop: float | None
    target: float | None
    fees: float
    unrealised: float


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Equity at each candle's close (quote units), the trades and their metrics."""

    candles: Candles
    rules: Rules
    equity: FloatArray
    metrics: Metrics
    open_position: OpenPosition | None
    trade_table: FloatArray

    @cached_property
    def trades(self) -> tuple[Trade, ...]:
        """Closed trades, oldest first; made when first asked for."""
        time = self.candles.time
        return tuple(
            Trade(
                side="long" if side > 0 else "short",
                entered_at=from_ms(int(time[int(entered)])),
                left_at=from_ms(int(time[int(left)])),
                entry_price=entry_value / quantity,
                exit_price=exit_value / quantity,
                quantity=quantity,
                fees=fees,
                profit=profit,
                reason=REASONS[int(reason)],
            )
            for side, entered, left, entry_value, exit_value, quantity, fees, profit, reason in (
                self.trade_table.tolist()
            )
        )

    @cached_property
    def hold_equity(self) -> FloatArray:
        """Equity at each close of buying everything at the second open and holding it."""
        quantity = _hold_quantity(self.candles, self.rules)
        equity = quantity * self.candles.close
        equity[0] = self.rules.initial_cash
        return equity


def backtest(candles: Candles, signal: FloatArray, rules: Rules | None = None) -> BacktestResult:
    """Replay a signal (target exposure in [-1, 1] per candle) over its candles.

    Errors: NotEnoughHistory under two candles, BadCandles on a jump that no market makes,
    BadArgument when the signal does not fit the candles.
    """
    rules = rules or Rules()
    if len(candles) < SHORTEST:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: a backtest needs {SHORTEST} closed candles, "
            f"there are {len(candles)}."
        )
    refuse_jumps(candles)
    signal = _checked(signal, len(candles))
    equity = np.empty(len(candles))
    table = np.empty((len(candles), COLUMNS))
    state = np.zeros(STATES)
    trades, exposed = simulate(
        plain(candles.open),
        plain(candles.high),
        plain(candles.low),
        plain(candles.close),
        signal if rules.allow_short else np.maximum(signal, 0.0),
        rules.as_array(),
        rules.initial_cash,
        state,
        equity,
        table,
    )
    table = table[:trades].copy()
    held = _hold_quantity(candles, rules) * float(candles.close[-1])
    metrics = measure(
        candles,
        equity,
        profit=table[:, T_PROFIT],
        notional=table[:, T_ENTRY_VALUE],
        buy_and_hold_return=held / rules.initial_cash - 1.0,
        exposure=exposed / len(candles),
        fees=float(state[ALL_FEES]),
    )
    equity.flags.writeable = False
    return BacktestResult(
        candles, rules, equity, metrics, _still_open(candles, equity, state), table
    )


def backtest_strategy(
    candles: Candles, strategy: Strategy, rules: Rules | None = None
) -> BacktestResult:
    """Backtest a strategy's signal over its candles.

    Errors: those of `backtest`; NotEnoughHistory when fewer than 30 candles follow its warm-up.
    """
    needed = strategy.warm_up + LEAST_TRADED
    if len(candles) < needed:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: {strategy} needs {needed} closed candles, "
            f"there are {len(candles)}."
        )
    return backtest(candles, strategy.signal(candles), rules)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # nan fails too
        raise BadArgument(f"{name} is {value}; it must lie between {least:g} and {most:g}.")


def _checked(signal: FloatArray, count: int) -> FloatArray:
    if signal.shape != (count,):
        raise BadArgument(f"The signal has shape {signal.shape}, the candles are {count}.")
    signal = plain(signal)
    # min and max are nan when any value is, and nan fails the comparison.
    if not (signal.min() >= -1.0 and signal.max() <= 1.0):
        raise BadArgument("The signal holds a value that is not between -1 and 1.")
    return signal


def _hold_quantity(candles: Candles, rules: Rules) -> float:
    """Base units that all the cash buys at the second open, costs paid."""
    price = matching.market_fill(1, float(candles.open[1]), rules.slippage, rules.tick)
    return rules.initial_cash / (price * (1.0 + rules.fee_rate))


def _still_open(candles: Candles, equity: FloatArray, state: FloatArray) -> OpenPosition | None:
    quantity = float(state[QUANTITY])
    if quantity == 0.0:
        return None
    stop, target = float(state[STOP_AT]), float(state[TARGET_AT])
    return OpenPosition(
        side="long" if quantity > 0 else "short",
        entered_at=from_ms(int(candles.time[int(state[ENTERED])])),
        entry_price=float(state[ENTRY_VALUE] / state[SIZE]),
        quantity=abs(quantity),
        stop=stop if isfinite(stop) else None,
        target=target if isfinite(target) else None,
        fees=float(state[FEES]),
        unrealised=float(equity[-1] - state[CASH_BEFORE]),
    )


def warm() -> None:
    """Load all compiled code, strategies included, so that no first answer waits for it."""
    matching.warm()
    prices = np.linspace(100.0, 110.0, 200)
    time = np.arange(len(prices), dtype=np.int64) * Timeframe.H1.ms
    candles = Candles("WARM/UP", Timeframe.H1, time, prices, prices, prices, prices, prices)
    for strategy in discover().values():
        backtest_strategy(candles, strategy())
