"""The job as backtesting.py does it. Import this module only where backtesting.py is installed."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pandas as pd
import talib

# It tells, on importing, that it has no notebook to draw in.
with contextlib.redirect_stderr(io.StringIO()):
    from backtesting import Strategy
    from backtesting.lib import FractionalBacktest

from benchmarks.job import CASH, FAST, FEE, SLOW, STOP, TARGET, Deal
from trading.candles import Candles, FloatArray


def _above(close: FloatArray) -> FloatArray:
    # Zeros in place of nan: it would not look at the first candle after the warm-up otherwise.
    return np.asarray(talib.SMA(close, FAST) > talib.SMA(close, SLOW), np.float64)


class Cross(Strategy):  # type: ignore[misc] # backtesting.py is untyped
    """Buy when the fast average comes above the slow one, leave when it falls below."""

    exits = True
    given: FloatArray | None = None

    def init(self) -> None:
        close = np.asarray(self.data.Close, np.float64)
        given = self.given
        self.above = self.I(lambda: _above(close) if given is None else given)

    def next(self) -> None:
        now, before = self.above[-1], self.above[-2]
        if now > before:
            close = self.data.Close[-1]
            levels = {"sl": close * (1 - STOP), "tp": close * (1 + TARGET)} if self.exits else {}
            self.buy(**levels)
        elif now < before:
            self.position.close()


class Job:
    """Candles as backtesting.py wants them, made before any time is taken."""

    def __init__(self, candles: Candles) -> None:
        frame = pd.DataFrame(
            {
                "Open": candles.open,
                "High": candles.high,
                "Low": candles.low,
                "Close": candles.close,
                "Volume": candles.volume,
            },
            pd.to_datetime(candles.time, unit="ms"),
        )
        # Whole units of a coin at 20,000 would be none: it counts in hundred-millionths.
        self._test = FractionalBacktest(frame, Cross, cash=CASH, commission=FEE)

    def run(self, **settings: Any) -> Any:
        """Return its statistics, with the trades and the equity curve inside."""
        with contextlib.redirect_stderr(io.StringIO()):  # a progress bar
            return self._test.run(**settings)


def deals(candles: Candles, wanted: FloatArray, *, exits: bool) -> list[Deal]:
    """Simulate the given signal and return the closed trades."""
    table = Job(candles).run(exits=exits, given=wanted)["_trades"]
    names = ("EntryBar", "ExitBar", "EntryPrice", "ExitPrice", "Size")
    return [Deal(*row) for row in zip(*(table[name].tolist() for name in names), strict=True)]


def equity(candles: Candles, wanted: FloatArray) -> FloatArray:
    """Simulate the given signal without stop and target; return equity at each close."""
    curve = Job(candles).run(exits=False, given=wanted)["_equity_curve"]["Equity"]
    return np.asarray(curve, np.float64)
