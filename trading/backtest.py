"""Backtests: what a signal would have earned, by the same fill rules as the paper book.

How a signal becomes fills:
- A signal is decided at a candle's close and filled at the next candle's open, as a market order.
- The target exposure sets the notional as a share of equity, the entry fee taken out of it; at
  exposure 1 everything is in the position and nothing is borrowed.
- The position is traded when the signal changes, not to follow the drift of prices. A change of
  size with the same side adds or sells the difference, down to one lot; adding moves the average
  entry price of what is held, and stop and target with it. What is added is backed by money that
  is there: open profit is none yet.
- Stop and target lie at fractions of the entry's fill price and hold from the entry candle on. A
  trailing stop begins at its own distance, or at the stop where that is nearer, and follows the
  best price of the candles before.
- Fixed-risk sizing takes the quantity that loses `risk_fraction` of equity (times the exposure) at
  the first stop, costs included, where that is less than the exposure allows.
- A time stop leaves at the open of the candle `hold_candles` after the entry candle.
- With leverage the notional is exposure x leverage x equity, backed by an isolated margin of
  notional / leverage. Where the rest of the margin is down to the maintenance margin the position
  is liquidated, a short without leverage too; it never loses more than its margin.
- Funding is paid (by longs, when the rate is positive) at 00:00, 08:00 and 16:00 UTC by whoever
  holds at the close of the candle that ends there or spans it. It goes out of the margin, and into
  it: the liquidation price moves with each payment.
- When no more than 0.1 % of the initial cash is left (or what the rules say) the account is used
  up: nothing is opened.
- After any exit but the signal's own the same side is entered again only when the signal has
  turned away (to flat or to the other side) and back: otherwise a stopped-out long in a falling
  market would be bought back at each next open, and a stop would protect nothing.
- A position that is open at the end is marked at the last close. It is reported as open, not as
  a trade, because a sale that never happened has no price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import isfinite, nan
from typing import Literal, get_args

import numpy as np

from trading import matching
from trading.candles import Candles, FloatArray, IntArray, from_ms
from trading.compiled import plain
from trading.errors import BadArgument, NotEnoughHistory
from trading.gaps import refuse_holes
from trading.jumps import refuse_jumps
from trading.margin import MAINTENANCE
from trading.metrics import Held, Metrics, measure
from trading.position import (
    ALL_FEES,
    ALL_FUNDING,
    AVERAGE,
    CASH_BEFORE,
    COLUMNS,
    ENTERED,
    FEES,
    GONE_AT,
    QUANTITY,
    STATES,
    STOP_AT,
    TARGET_AT,
    TRADED,
)
from trading.simulation import simulate
from trading.strategies.base import Strategy

Side = Literal["long", "short"]
ExitReason = Literal["signal", "stop", "target", "liquidation", "trailing", "time"]
REASONS: tuple[ExitReason, ...] = get_args(ExitReason)
SHORTEST = 2  # one candle to decide at, one to fill at
LEAST_TRADED = 30  # candles after a strategy's warm-up; fewer tell nothing about it


@dataclass(frozen=True)
class Rules:
    """Costs, size and protection of a backtest; all fractions (0.001 = 0.1 %), None: none of it.

    `stop_fraction`, `target_fraction`: distances from the entry; `trail_fraction`: distance of a
    trailing stop from the best price since. `hold_candles`: the longest holding period.
    `leverage`: notional / margin; `maintenance`: the share of a position's worth at which it is
    liquidated. `risk_fraction`: share of equity that a full signal may lose at its stop.
    `funding_rate`: paid by longs to shorts every eight hours, on the notional. `tick` is the price
    step in quote units, `lot` the quantity step in base units, 0: none. `initial_cash` in quote
    units. Without `allow_short` a negative signal means flat. With no more than `used_up` of the
    initial cash left nothing is opened.
    """

    fee_rate: float = 0.001
    slippage: float = 0.0005
    stop_fraction: float | None = 0.03
    target_fraction: float | None = 0.05
    trail_fraction: float | None = None
    hold_candles: int | None = None
    leverage: float = 1.0
    risk_fraction: float | None = None
    maintenance: float = float(MAINTENANCE)
    funding_rate: float = 0.0
    tick: float = 0.0
    lot: float = 0.0
    initial_cash: float = 10_000.0
    allow_short: bool = False
    used_up: float = 0.001

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None:
                _check(name, value, least, most)
        if self.risk_fraction is not None and self.stop_fraction is self.trail_fraction is None:
            raise BadArgument(
                "risk_fraction sizes by the loss at the stop, and there is no stop: set "
                "stop_fraction or trail_fraction too."
            )
        if self.maintenance * self.leverage >= 1.0:
            raise BadArgument(
                f"With leverage {self.leverage:g} the margin is {1.0 / self.leverage:.4g} of the "
                f"position, no more than the maintenance of {self.maintenance:g}: it would be "
                "liquidated at once. Choose less leverage."
            )

    def without_exits(self) -> Rules:
        """Return the same costs with nothing but the signal to end a position."""
        none = {"stop_fraction": None, "target_fraction": None, "trail_fraction": None}
        return replace(self, **none, hold_candles=None, risk_fraction=None)  # type: ignore[arg-type] # mypy reads one type for all values of the mapping

    def as_array(self) -> FloatArray:
        """The numbers in the order that trading.position names them."""
        numbers = (
            self.fee_rate,
            self.slippage,
            self.stop_fraction,
            self.target_fraction,
            self.tick,
            self.lot,
            self.trail_fraction,
            self.hold_candles,
            self.leverage,
            self.risk_fraction,
            self.maintenance,
            float(self.allow_short),
            self.used_up,
        )
        return np.array([nan if n is None else n for n in numbers], np.float64)


BOUNDS: dict[str, tuple[float, float]] = {
    "fee_rate": (0.0, 0.5),
    "slippage": (0.0, 0.5),
    "stop_fraction": (1e-6, 0.999),
    "target_fraction": (1e-6, 100.0),
    "trail_fraction": (1e-6, 0.999),
    "hold_candles": (1, 1e9),
    "leverage": (1.0, 125.0),
    "risk_fraction": (1e-6, 1.0),
    "maintenance": (0.0, 0.5),
    "funding_rate": (-0.05, 0.05),
    "tick": (0.0, 1e12),
    "lot": (0.0, 1e12),
    "initial_cash": (1e-9, 1e18),
    "used_up": (0.0, 0.5),
}


@dataclass(frozen=True)
class Trade:
    """A closed position, from flat to flat.

    Prices are averages over its fills, `quantity` (base units) all that was entered, `fees`,
    `funding` (positive: paid) and `profit` (after both) in quote units. The times are the opens of
    the candles it was entered and left in.
    """

    side: Side
    entered_at: datetime
    left_at: datetime
    entry_price: float
    exit_price: float
    quantity: float
    fees: float
    funding: float
    profit: float
    reason: ExitReason

    @property
    def return_fraction(self) -> float:
        """Profit after fees / notional at entry."""
        return self.profit / (self.entry_price * self.quantity)


@dataclass(frozen=True)
class OpenPosition:
    """What is still held at the last close; `unrealised` is net of fees and funding so far."""

    side: Side
    entered_at: datetime
    entry_price: float
    quantity: float
    stop: float | None
    target: float | None
    liquidation: float | None
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
        return trades_of(self.trade_table, self.candles.time)

    @cached_property
    def hold_equity(self) -> FloatArray:
        """Equity at each close of buying everything at the second open and holding it."""
        quantity = _hold_quantity(self.candles, self.rules)
        equity = quantity * self.candles.close
        equity[0] = self.rules.initial_cash
        return equity


def backtest(
    candles: Candles,
    signal: FloatArray,
    rules: Rules | None = None,
    funding: FloatArray | None = None,
) -> BacktestResult:
    """Replay a signal (target exposure in [-1, 1] per candle) over its candles.

    `funding`: the rate due at each candle's close, in place of the rules' constant rate.

    Errors: NotEnoughHistory under two candles, BadCandles on a jump that no market makes or when
    too many candles are missing, BadArgument when the signal or funding does not fit the candles.
    """
    rules = rules or Rules()
    refuse_untestable(candles)
    signal = checked_signal(signal, len(candles))
    charged = funding_due(candles, rules.funding_rate) if funding is None else funding
    run = run_through(candles, signal, rules, _checked_funding(charged, len(candles)))
    metrics = measure(
        candles.time,
        candles.timeframe,
        run.equity,
        run.table,
        Held(candles.close, _hold_quantity(candles, rules)),
        exposed=run.exposed,
        traded=float(run.state[TRADED]),
        fees=float(run.state[ALL_FEES]),
        funding=float(run.state[ALL_FUNDING]),
    )
    run.equity.flags.writeable = False
    return BacktestResult(
        candles,
        rules,
        run.equity,
        metrics,
        still_open(candles, run.equity, run.state),
        run.table,
    )


def refuse_untestable(candles: Candles) -> None:
    """Raise what `backtest` raises of candles alone."""
    if len(candles) < SHORTEST:
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: a backtest needs {SHORTEST} closed candles, "
            f"there are {len(candles)}."
        )
    refuse_jumps(candles)
    refuse_holes(candles)


def trades_of(table: FloatArray, time: IntArray) -> tuple[Trade, ...]:
    """Read the rows of a table of closed trades; its columns are those of trading.position."""
    return tuple(
        Trade(
            side="long" if side > 0 else "short",
            entered_at=from_ms(int(time[int(entered)])),
            left_at=from_ms(int(time[int(left)])),
            entry_price=entry_value / quantity,
            exit_price=exit_value / quantity,
            quantity=quantity,
            fees=fees,
            funding=funding,
            profit=profit,
            reason=REASONS[int(reason)],
        )
        for (
            side,
            entered,
            left,
            entry_value,
            exit_value,
            quantity,
            fees,
            funding,
            profit,
            reason,
        ) in table.tolist()
    )


@dataclass(frozen=True, eq=False)
class Run:
    """What one pass over the candles left; the columns are named in trading.position."""

    equity: FloatArray
    table: FloatArray
    state: FloatArray
    exposed: int


def run_through(candles: Candles, signal: FloatArray, rules: Rules, funding: FloatArray) -> Run:
    """Make one pass over the candles; `signal` and `funding` are taken as they are."""
    equity = np.empty(len(candles))
    rows = len(candles) // 8 + 16
    while True:
        table, state = np.empty((rows, COLUMNS)), np.zeros(STATES)
        trades, exposed = simulate(
            plain(candles.open),
            plain(candles.high),
            plain(candles.low),
            plain(candles.close),
            signal,
            funding,
            rules.as_array(),
            rules.initial_cash,
            state,
            equity,
            table,
        )
        if trades <= rows:
            return Run(equity, table[:trades].copy(), state, exposed)
        rows = trades


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


FUNDING_MS = 8 * 3_600_000


def funding_due(candles: Candles, rate: float) -> FloatArray:
    """Return the funding due at each candle's close: `rate` for each eight hours that end in it.

    Empty when the rate is 0. The hours are 00:00, 08:00 and 16:00 UTC, as on most exchanges.
    """
    if rate == 0.0:
        return np.empty(0)
    closed = candles.time + candles.timeframe.ms
    return rate * (closed // FUNDING_MS - candles.time // FUNDING_MS).astype(np.float64)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # nan fails too
        raise BadArgument(f"{name} is {value}; it must lie between {least:g} and {most:g}.")


def checked_signal(signal: FloatArray, count: int) -> FloatArray:
    if signal.shape != (count,):
        raise BadArgument(f"The signal has shape {signal.shape}, the candles are {count}.")
    signal = plain(signal)
    # min and max are nan when any value is, and nan fails the comparison.
    if not (signal.min() >= -1.0 and signal.max() <= 1.0):
        raise BadArgument("The signal holds a value that is not between -1 and 1.")
    return signal


def _checked_funding(funding: FloatArray, count: int) -> FloatArray:
    if funding.shape not in ((0,), (count,)):
        raise BadArgument(f"The funding has shape {funding.shape}, the candles are {count}.")
    if not np.all(np.abs(funding) < 1.0):  # nan fails too
        raise BadArgument("The funding holds a rate that is not between -1 and 1.")
    return plain(funding)


def _hold_quantity(candles: Candles, rules: Rules) -> float:
    """Base units that all the cash buys at the second open, costs paid."""
    price = matching.market_fill(1, float(candles.open[1]), rules.slippage, rules.tick)
    return rules.initial_cash / (price * (1.0 + rules.fee_rate))


def still_open(candles: Candles, equity: FloatArray, state: FloatArray) -> OpenPosition | None:
    """Read what a state of trading.position still holds at the last equity."""
    quantity = float(state[QUANTITY])
    if quantity == 0.0:
        return None
    stop, target, gone = (float(state[at]) for at in (STOP_AT, TARGET_AT, GONE_AT))
    return OpenPosition(
        side="long" if quantity > 0 else "short",
        entered_at=from_ms(int(candles.time[int(state[ENTERED])])),
        entry_price=float(state[AVERAGE]),
        quantity=abs(quantity),
        stop=stop if isfinite(stop) else None,
        target=target if isfinite(target) else None,
        liquidation=gone if isfinite(gone) else None,
        fees=float(state[FEES]),
        unrealised=float(equity[-1] - state[CASH_BEFORE]),
    )
