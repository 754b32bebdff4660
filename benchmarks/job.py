"""The job that everyone does: an SMA(10/50) cross, all in or flat, filled at the next open.

A fee of 0.1 % a side, no slippage, and in its full form a stop 3 % below and a target 5 % above
the entry.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.fakes.candle_files import made_candles
from trading.backtest import BacktestResult, Rules, backtest_strategy
from trading.candles import Candles, FloatArray, Timeframe
from trading.position import T_ENTERED, T_ENTRY_VALUE, T_EXIT_VALUE, T_LEFT, T_SIZE
from trading.strategies.sma_cross import SmaCross

FAST, SLOW = 10, 50
FEE, STOP, TARGET = 0.001, 0.03, 0.05
# So much that fees on ten thousand trades leave what vectorbt does not take for nothing (below a
# billionth of a coin), and that the hundred-millionths backtesting.py counts in are many. The peers
# trade on with the last crumb of an account, so here ours does as well (`used_up`).
CASH = 1e12
YEAR_OF_HOURS = 8_760
MILLION = 1_000_000

FULL = Rules(
    fee_rate=FEE,
    slippage=0.0,
    stop_fraction=STOP,
    target_fraction=TARGET,
    initial_cash=CASH,
    used_up=0.0,
)
SIGNALS_ONLY = FULL.without_exits()


Pair = tuple[int, int]
"""Lengths of the fast and the slow average."""


class Deal(NamedTuple):
    """A closed trade; `entered` and `left` are indices of candles."""

    entered: int
    left: int
    entry_price: float
    exit_price: float
    quantity: float


def hours(count: int, seed: int) -> Candles:
    """Make 1h candles of a random walk, each opening where the last one closed."""
    return Candles.from_rows("BTC/USDT", Timeframe.H1, made_candles(count=count, seed=seed))


def hours_with_gaps(count: int, seed: int) -> Candles:
    """Make 1h candles that open away from the last close, by 0.7 % as a rule."""
    table = made_candles(count=count, seed=seed)
    random = np.random.default_rng(seed)
    opened = np.round(table[:, 1] * np.exp(0.007 * random.standard_normal(count)), 6)
    table[:, 1] = opened
    table[:, 2] = np.maximum(table[:, 2], opened)
    table[:, 3] = np.minimum(table[:, 3], opened)
    return Candles.from_rows("BTC/USDT", Timeframe.H1, table)


def ours(candles: Candles, rules: Rules) -> BacktestResult:
    """Do the whole job: signal, fills, trades, equity curve and all metrics."""
    return backtest_strategy(candles, SmaCross(fast=FAST, slow=SLOW), rules)


def wanted(candles: Candles) -> FloatArray:
    """Return 1 at each close that decides to be long, 0 elsewhere."""
    return np.maximum(SmaCross(fast=FAST, slow=SLOW).signal(candles), 0.0)


def our_deals(result: BacktestResult) -> list[Deal]:
    table = result.trade_table
    size = table[:, T_SIZE]
    columns = (
        table[:, T_ENTERED].astype(int),
        table[:, T_LEFT].astype(int),
        table[:, T_ENTRY_VALUE] / size,
        table[:, T_EXIT_VALUE] / size,
        size,
    )
    return [Deal(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
