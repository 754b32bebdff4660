"""Figures about one frozen market: the desk's side of every research tool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from desk.chart_spec import CandleChart, Level
from desk.lab import Lab
from desk.snapshot import Snapshot
from trading.backtest import BacktestResult, Rules, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.forecast import Forecast, forecast
from trading.indicators import Reading, ema, readings
from trading.strategies.catalogue import make
from trading.tail_risk import TailRisk, daily_returns, historical_tail

T = TypeVar("T")

INDICATOR_CANDLES = 300
FORECAST_CANDLES = 4_000
BACKTEST_CANDLES = 8_760
TAIL_DAYS = 365
CHART_CANDLES = 96
CHART_AVERAGES = (20, 50)


@dataclass(frozen=True, eq=False)
class Report(Generic[T]):
    """Figures, the candles they were computed from, and what was computed, if it has a name."""

    candles: Candles
    value: T
    title: str = ""


class Research:
    """Compute figures on a snapshot; equal work of several runs or questions is done once.

    Errors: those of desk.ports.MarketData, and NotEnoughHistory, BadCandles, BadArgument.
    """

    def __init__(self, snapshot: Snapshot, lab: Lab, rules: Rules) -> None:
        self.snapshot = snapshot
        self._lab = lab
        self.rules = rules

    async def readings(self, symbol: str, timeframe: Timeframe) -> Report[tuple[Reading, ...]]:
        """Read the usual indicators at the newest closed candle."""
        candles = await self.snapshot.candles(symbol, timeframe, INDICATOR_CANDLES)
        value = await self._lab.run(self._key("readings", candles), lambda: readings(candles))
        return Report(candles, value)

    async def forecast(self, symbol: str, timeframe: Timeframe, horizon: int) -> Report[Forecast]:
        """Forecast the direction over `horizon` candles, scored walk-forward."""
        candles = await self.snapshot.candles(symbol, timeframe, FORECAST_CANDLES)
        value = await self._lab.run(
            (*self._key("forecast", candles), horizon), lambda: forecast(candles, horizon)
        )
        return Report(candles, value)

    async def backtest(
        self, symbol: str, timeframe: Timeframe, strategy: str
    ) -> Report[BacktestResult]:
        """Test a strategy with its default parameters on up to a year of 1h candles."""
        candles = await self.snapshot.candles(symbol, timeframe, BACKTEST_CANDLES)
        chosen = make(strategy)
        rules = self.rules
        if not chosen.exits:
            rules = replace(rules, stop_fraction=None, target_fraction=None)
        value = await self._lab.run(
            (*self._key("backtest", candles), strategy, rules),
            lambda: backtest_strategy(candles, chosen, rules),
        )
        return Report(candles, value, chosen.title)

    async def tail_risk(self, symbol: str) -> Report[TailRisk]:
        """Measure one-day VaR and CVaR (95 %) from up to a year of daily closes."""
        candles = await self.snapshot.candles(symbol, Timeframe.D1, TAIL_DAYS)
        value = await self._lab.run(
            self._key("tail", candles), lambda: historical_tail(daily_returns(candles))
        )
        return Report(candles, value)

    async def chart(
        self, symbol: str, timeframe: Timeframe, levels: tuple[Level, ...] = ()
    ) -> CandleChart:
        """Specify a chart of the newest candles with two moving averages and these levels."""
        candles = await self.snapshot.candles(symbol, timeframe, INDICATOR_CANDLES)
        shown = candles.tail(CHART_CANDLES)
        lines = {
            f"EMA {length}": ema(candles.close, length)[-len(shown) :]
            for length in CHART_AVERAGES
            if len(candles) > length
        }
        return CandleChart(
            title=f"{symbol} · {timeframe} · {self.snapshot.name}",
            candles=shown,
            lines=lines,
            levels=levels,
            demo=self.snapshot.demo,
        )

    @property
    def as_of(self) -> datetime:
        return self.snapshot.as_of

    def _key(self, what: str, candles: Candles) -> tuple[object, ...]:
        ends = (int(candles.time[0]), int(candles.time[-1]), len(candles))
        return (what, self.snapshot.name, candles.symbol, candles.timeframe, *ends)
