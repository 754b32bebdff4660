"""Many sets of parameters on the same candles, scored by what a search ranks them by."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import nan, sqrt
from threading import Lock

import numpy as np

from trading.backtest import Rules, funding_due, refuse_untestable
from trading.candles import Candles, FloatArray, IntArray
from trading.compiled import compiled, plain
from trading.metrics import curve_figures
from trading.position import COLUMNS, STATES
from trading.simulation import simulate
from trading.strategies.base import Strategy

SHARE = 8  # strategies that a thread takes at a time; their signals fit into its cache


@dataclass(frozen=True, eq=False)
class Scores:
    """One value for each strategy, in their order, with the definitions of trading.metrics.

    `total_return` and `max_drawdown` are fractions, `sharpe` is annualised and nan where equity
    does not vary, `trades` counts closed ones.
    """

    total_return: FloatArray
    sharpe: FloatArray
    max_drawdown: FloatArray
    trades: IntArray


def sweep(
    candles: Candles, strategies: Sequence[Strategy], rules: Rules, threads: int = 2
) -> Scores:
    """Backtest every strategy; the scores do not depend on the number of threads.

    The passes are those of `trading.backtest.backtest`, without lists of trades and reports.

    Errors: those of `backtest`. A strategy that lacks history has a signal of zeros: no trades.
    """
    refuse_untestable(candles)
    count = len(strategies)
    scores = Scores(np.empty(count), np.empty(count), np.empty(count), np.empty(count, np.int64))
    score, threads = _Scorer(candles, rules, scores), max(1, threads)
    shares = [slice(at, min(at + SHARE, count)) for at in range(0, count, SHARE)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda nth: score.each(strategies, shares[nth::threads]), range(threads)))
    return scores


class _Scorer:
    """Runs strategies over one series of candles; several threads may share it."""

    def __init__(self, candles: Candles, rules: Rules, scores: Scores) -> None:
        self._candles = candles
        self._prices = tuple(
            plain(each) for each in (candles.open, candles.high, candles.low, candles.close)
        )
        self._cash = rules.initial_cash
        self._numbers = rules.as_array()
        self._funding = plain(funding_due(candles, rules.funding_rate))
        self._yearly = sqrt(candles.timeframe.per_year)
        self._scores = scores
        self._making = Lock()

    def each(self, strategies: Sequence[Strategy], shares: Sequence[slice]) -> None:
        """Score some shares of the strategies."""
        signals = np.empty((SHARE, len(self._candles)))
        for share in shares:
            # Signals are short calls; two threads that make them at once would only wait for
            # Python's lock in turn. While one makes signals, the other scores.
            with self._making:
                for row, strategy in enumerate(strategies[share]):
                    signals[row] = strategy.signal(self._candles)
            self._score(signals, share)

    def _score(self, signals: FloatArray, part: slice) -> None:
        open_, high, low, close = self._prices
        scores = self._scores
        # One call for many rows: each return from compiled code waits for the other threads.
        _score(
            open_,
            high,
            low,
            close,
            signals[: part.stop - part.start],
            self._funding,
            self._numbers,
            self._cash,
            self._yearly,
            scores.total_return[part],
            scores.sharpe[part],
            scores.max_drawdown[part],
            scores.trades[part],
        )


@compiled
def _score(
    open: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    signals: FloatArray,
    funding: FloatArray,
    rules: FloatArray,
    cash: float,
    yearly: float,
    total_return: FloatArray,
    sharpe: FloatArray,
    max_drawdown: FloatArray,
    trades: IntArray,
) -> None:
    state, equity = np.empty(STATES), np.empty(len(close))
    untold = np.empty((0, COLUMNS))
    for row in range(len(signals)):
        state[:] = 0.0
        trades[row], _ = simulate(
            open, high, low, close, signals[row], funding, rules, cash, state, equity, untold
        )
        drawdown, mean, deviation = curve_figures(equity)
        total_return[row] = equity[-1] / cash - 1.0
        sharpe[row] = mean / deviation * yearly if deviation > 0.0 else nan
        max_drawdown[row] = drawdown
