"""Load all compiled code at the start, so that no answer waits for it."""

from __future__ import annotations

import numpy as np

from trading import bootstrap, cleaning, matching
from trading.backtest import LEAST_TRADED, Rules, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.monthly import monthly_returns
from trading.portfolio_backtest import portfolio_of
from trading.strategies.catalogue import built_in
from trading.strategies.sma_cross import SmaCross
from trading.sweep import sweep


def warm() -> None:
    """Run everything compiled once, each strategy included, on a few made-up candles."""
    matching.warm()
    bootstrap.warm()
    cleaning.warm()
    strategies = built_in()
    for cls in strategies.singles.values():
        strategy = cls()
        result = backtest_strategy(_wave(strategy.warm_up + LEAST_TRADED), strategy)
    monthly_returns(result.candles.time, Timeframe.H1, result.equity, result.hold_equity)
    sweep(_wave(200), [SmaCross()], Rules())
    both = _wave(400, "WARM/UP"), _wave(400, "HOT/UP")
    for pair in strategies.pairs.values():
        portfolio_of(pair(), both, Rules(allow_short=True))
    portfolio_of(SmaCross(), both, Rules(), weights="inverse_volatility")


def _wave(count: int, symbol: str = "WARM/UP") -> Candles:
    prices = 100.0 + np.sin(np.arange(max(count, 200)))
    time = np.arange(len(prices), dtype=np.int64) * Timeframe.H1.ms
    return Candles(symbol, Timeframe.H1, time, prices, prices, prices, prices, prices)
