"""Backtests of several symbols with one cash, by the fill rules of the single backtest.

How weights and signals become fills:
- A symbol's target is weight x exposure x equity, decided at a candle's close and filled at the
  next open with slippage; the entry fee is taken out of the target. Equity is what cash and
  positions are worth at that open. Weights x |exposures| never sum to more than 1: nothing is
  borrowed, there is no leverage.
- A symbol is traded when its own signal changes, and all of them at a rebalance, also those whose
  weight has changed since. A rebalance leaves alone what is within the no-trade band (0.5 % of
  equity) of its target.
- Rebalances fall on the clock (UTC, counted in candles from 1970), not on the first candle: the
  same days whenever the test begins. Where candles are missing, on the next one that is there.
- At one open sales go before purchases. When the free cash does not pay for all of them (the
  others have grown beyond their share), each purchase gets the same part; a new position that
  would be smaller than the no-trade band is not opened until the next rebalance.
- A short binds its proceeds and as much again, and is liquidated when that is used up, as in the
  single backtest: no position can lose more than what backs it.
- Stop, target, trailing stop and time stop end one position, by the rules of trading.backtest; the
  symbol stays out until its signal turns, rebalances included. Funding is due as there.
With one symbol of weight 1 and no rebalance this is trading.backtest, fill for fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan

import numpy as np

from trading.alignment import align, refuse_unlike
from trading.backtest import (
    LEAST_TRADED,
    OpenPosition,
    Rules,
    Trade,
    funding_due,
    refuse_untestable,
    still_open,
    trades_of,
)
from trading.candles import Candles, FloatArray, IntArray
from trading.compiled import plain
from trading.errors import BadArgument, NotEnoughHistory
from trading.matching import market_fill
from trading.metrics import Held, Metrics, measure
from trading.portfolio_simulation import (
    MINDS,
    PORTFOLIO_COLUMNS,
    T_SYMBOL,
    largest_gross,
    simulate_portfolio,
)
from trading.position import (
    ALL_FEES,
    ALL_FUNDING,
    CASH,
    COLUMNS,
    QUANTITY,
    STATES,
    TRADED,
)
from trading.strategies.base import PairStrategy, Parameters, Strategy
from trading.weights import Weighting, weights_of

NO_TRADE_BAND = 0.005  # of equity
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Part:
    """What one symbol did in a portfolio.

    `profit` (quote units) is after fees and funding, with the open position at the last close; the
    profits of all parts are the profit of the portfolio. `fees` and `funding` (positive: paid) are
    sums, `traded` the value of all fills, in quote units.
    """

    symbol: str
    profit: float
    fees: float
    funding: float
    traded: float
    open_position: OpenPosition | None
    trade_table: FloatArray
    time: IntArray

    @cached_property
    def trades(self) -> tuple[Trade, ...]:
        """Closed trades, in the order in which they were closed; made when first asked for."""
        return trades_of(self.trade_table, self.time)


@dataclass(frozen=True, eq=False)
class PortfolioResult:
    """Equity at each candle's close (quote units), what each symbol did, and the metrics.

    `candles` have the same times; `weights` (k, n) are those decided at each close. `rebalances`
    counts the rebalances that traded something. In the metrics buying and holding is
    `hold_equity`.
    """

    candles: tuple[Candles, ...]
    rules: Rules
    weights: FloatArray
    rebalance: int
    equity: FloatArray
    metrics: Metrics
    parts: tuple[Part, ...]
    rebalances: int

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(each.symbol for each in self.candles)

    @cached_property
    def hold_equity(self) -> FloatArray:
        """Equity at each close of buying the first weights at the second open and holding them."""
        return _hold_equity(self.candles, self.weights, self.rules)


def portfolio_of(
    strategy: Parameters,
    candles: Sequence[Candles],
    rules: Rules | None = None,
    *,
    weights: Weighting = "equal",
    rebalance: int = 0,
) -> PortfolioResult:
    """Backtest a strategy on several symbols, on the times that all of them have.

    A `Strategy` gives each symbol its own signal, sized by the weights. A `PairStrategy` takes two
    symbols and gives both exposures itself.

    Errors: those of `align` and `portfolio_backtest`; NotEnoughHistory when fewer than 30 common
    candles follow the strategy's warm-up; BadArgument for a pair strategy without two symbols or
    without shorts, which would leave one leg of the pair.
    """
    rules = rules or Rules()
    candles = align(candles)
    needed = strategy.warm_up + LEAST_TRADED
    if len(candles[0]) < needed:
        raise NotEnoughHistory(
            f"{strategy} needs {needed} closed {candles[0].timeframe} candles, "
            f"{_names(candles)} have {len(candles[0])} in common."
        )
    if isinstance(strategy, PairStrategy):
        exposures = _pair_exposures(strategy, candles, rules)
        return portfolio_backtest(
            candles, exposures, np.broadcast_to(1.0, exposures.shape), rules, rebalance
        )
    if not isinstance(strategy, Strategy):
        raise BadArgument(f"{strategy.title} gives no signal of one symbol.")
    exposures = np.array([strategy.signal(each) for each in candles])
    return portfolio_backtest(candles, exposures, weights_of(weights, candles), rules, rebalance)


def portfolio_backtest(
    candles: Sequence[Candles],
    exposures: FloatArray,
    weights: FloatArray,
    rules: Rules | None = None,
    rebalance: int = 0,
    *,
    band: float = NO_TRADE_BAND,
) -> PortfolioResult:
    """Replay signals (exposures in [-1, 1], weights in [0, 1], both (k, n)) with one cash.

    `candles` have the same times (`trading.alignment.align`). `rebalance`: candles between two
    rebalances, 0: never. `band`: fraction of equity below which a rebalance trades nothing.

    Errors: BadArgument when anything does not fit, or for rules that a portfolio does not have
    (leverage, risk_fraction); those of `refuse_untestable` for each symbol.
    """
    rules = rules or Rules()
    candles = tuple(candles)
    _refuse_rules(rules, rebalance, band)
    _refuse_candles(candles)
    exposures, used = _checked(exposures, weights, len(candles), len(candles[0]))
    run = _run_through(candles, exposures, used, rules, rebalance, band)
    parts = tuple(_part(candles, j, run) for j in range(len(candles)))
    metrics = measure(
        candles[0].time,
        candles[0].timeframe,
        run.equity,
        run.table[:, :COLUMNS],
        Held(_hold_equity(candles, weights, rules), 1.0),
        exposed=run.exposed,
        traded=sum(part.traded for part in parts),
        fees=sum(part.fees for part in parts),
        funding=sum(part.funding for part in parts),
    )
    run.equity.flags.writeable = False
    return PortfolioResult(
        candles, rules, weights, rebalance, run.equity, metrics, parts, run.rebalances
    )


def _refuse_rules(rules: Rules, rebalance: int, band: float) -> None:
    if rules.leverage != 1.0:
        raise BadArgument(
            f"leverage is {rules.leverage:g}; a portfolio backtest borrows nothing. Leave it at 1, "
            "or test the symbols one by one."
        )
    if rules.risk_fraction is not None:
        raise BadArgument(
            "risk_fraction sizes each trade by its stop, a portfolio sizes by its weights. Leave "
            "it out, or test the symbols one by one."
        )
    if rebalance < 0:
        raise BadArgument(f"rebalance is {rebalance}; it is a number of candles, 0 for never.")
    if not 0.0 <= band < 1.0:
        raise BadArgument(f"The no-trade band is {band}; it must lie between 0 and 1.")


def _refuse_candles(candles: tuple[Candles, ...]) -> None:
    refuse_unlike(candles)
    for each in candles:
        if not np.array_equal(each.time, candles[0].time):
            raise BadArgument(
                f"{each.symbol} and {candles[0].symbol} have candles at different times: align "
                "them first."
            )
        refuse_untestable(each)


def _checked(
    exposures: FloatArray, weights: FloatArray, symbols: int, count: int
) -> tuple[FloatArray, FloatArray]:
    for name, array in (("exposures", exposures), ("weights", weights)):
        if array.shape != (symbols, count):
            raise BadArgument(
                f"The {name} have shape {array.shape}; there are {symbols} symbols of {count} "
                "candles."
            )
    if weights.strides[1] == 0:  # one column, shown as many
        weights = weights[:, :1]
    exposures, weights = plain(exposures), plain(weights)
    gross = largest_gross(exposures, weights)
    if isnan(gross):
        raise BadArgument("An exposure is not between -1 and 1, or a weight not between 0 and 1.")
    if gross > 1.0 + _ROUNDING:
        raise BadArgument(
            f"Weights times exposures sum to {gross:.6g}; more than 1 would be borrowed money."
        )
    return exposures, weights


@dataclass(frozen=True, eq=False)
class _Run:
    """What one pass left; rows of `state` are those of trading.position, one a symbol."""

    equity: FloatArray
    table: FloatArray
    state: FloatArray
    exposed: int
    rebalances: int


def _run_through(
    candles: tuple[Candles, ...],
    exposures: FloatArray,
    weights: FloatArray,
    rules: Rules,
    rebalance: int,
    band: float,
) -> _Run:
    symbols, count = exposures.shape
    due, funding = _due(candles[0], rebalance), funding_due(candles[0], rules.funding_rate)
    equity = np.empty(count)
    rows = symbols * (count // 8 + 16)
    while True:
        table, state = np.empty((rows, PORTFOLIO_COLUMNS)), np.zeros((symbols, STATES))
        trades, exposed, rebalances = simulate_portfolio(
            _prices(candles),
            exposures,
            weights,
            due,
            plain(funding),
            rules.as_array(),
            rules.initial_cash,
            band,
            state,
            np.zeros((MINDS, symbols)),
            equity,
            table,
        )
        if trades <= rows:
            return _Run(equity, table[:trades].copy(), state, exposed, rebalances)
        rows = trades


def _prices(candles: tuple[Candles, ...]) -> FloatArray:
    """Return open, high, low and close as (4, k, n); tests of the same candles share it."""
    others = candles[1:]
    # The others are kept with what is made of them, so no later object can have their ids.
    _, prices = candles[0].once(
        ("prices with", *(id(each) for each in others)),
        lambda: (
            others,
            np.array(
                [
                    [each.open for each in candles],
                    [each.high for each in candles],
                    [each.low for each in candles],
                    [each.close for each in candles],
                ]
            ),
        ),
    )
    return prices


def _due(candles: Candles, rebalance: int) -> IntArray:
    """Return the candles at whose open a rebalance is due, then the number of candles."""
    end = np.array([len(candles)])
    if not rebalance:
        return end
    period = candles.time // (rebalance * candles.timeframe.ms)
    return np.concatenate([np.flatnonzero(np.diff(period)) + 1, end])


def _part(candles: tuple[Candles, ...], j: int, run: _Run) -> Part:
    mine, state = candles[j], run.state[j]
    profit = float(state[CASH] + state[QUANTITY] * mine.close[-1])
    return Part(
        symbol=mine.symbol,
        profit=profit,
        fees=float(state[ALL_FEES]),
        funding=float(state[ALL_FUNDING]),
        traded=float(state[TRADED]),
        open_position=still_open(mine, np.array([profit]), state),
        trade_table=run.table[run.table[:, T_SYMBOL] == j, :COLUMNS],
        time=mine.time,
    )


def _pair_exposures(
    strategy: PairStrategy, candles: tuple[Candles, ...], rules: Rules
) -> FloatArray:
    if len(candles) != 2:
        raise BadArgument(
            f"{strategy.title} trades exactly two symbols against each other, not {len(candles)}."
        )
    if not rules.allow_short:
        raise BadArgument(
            f"{strategy.title} sells one symbol short while it buys the other: allow shorts."
        )
    return np.array(strategy.signals(*candles))


def _hold_equity(candles: tuple[Candles, ...], weights: FloatArray, rules: Rules) -> FloatArray:
    """Equity of the first weights, bought once; what they leave over stays cash."""
    shares = weights[:, 0] / max(1.0, float(weights[:, 0].sum()))
    equity = np.full(len(candles[0]), rules.initial_cash * (1.0 - float(shares.sum())))
    for share, each in zip(shares.tolist(), candles, strict=True):
        price = market_fill(1, float(each.open[1]), rules.slippage, rules.tick)
        equity += share * rules.initial_cash / (price * (1.0 + rules.fee_rate)) * each.close
    equity[0] = rules.initial_cash
    return equity


def _names(candles: Sequence[Candles]) -> str:
    return ", ".join(each.symbol for each in candles)
