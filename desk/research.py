"""Figures about one frozen market: the desk's side of every research tool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from desk.chart_spec import CandleChart, Level
from desk.lab import Lab
from desk.snapshot import Snapshot
from desk.trial import Trial
from trading.backtest import BacktestResult, Rules, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument
from trading.forecast import Forecast, forecast
from trading.indicators import Reading, ema, readings
from trading.strategies.base import Strategy
from trading.strategies.catalogue import Catalogue
from trading.tail_risk import TailRisk, daily_returns, historical_tail

T = TypeVar("T")

INDICATOR_CANDLES = 300
FORECAST_CANDLES = 4_000
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

    def __init__(self, snapshot: Snapshot, lab: Lab, rules: Rules, catalogue: Catalogue) -> None:
        self.snapshot = snapshot
        self._lab = lab
        self.rules = rules
        self.catalogue = catalogue

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

    def trial(self, symbol: str, timeframe: Timeframe, strategy: str) -> Trial:
        """Return the usual trial of a strategy: default parameters, the desk's own rules."""
        chosen = self.catalogue.make(strategy)
        rules = self.rules if chosen.exits else self.rules.without_exits()
        return Trial((symbol,), timeframe, chosen, rules)

    async def backtest(self, trial: Trial) -> Report[BacktestResult]:
        """Test a strategy on the newest candles of one symbol, as many as the trial asks for."""
        if not isinstance(trial.strategy, Strategy):
            raise BadArgument(
                f"{trial.strategy.title} needs two symbols, such as ETH/USDT+BTC/USDT."
            )
        chosen = trial.strategy
        candles = await self.snapshot.candles(trial.symbol, trial.timeframe, trial.candles)
        value = await self._lab.run(
            (*self._key("backtest", candles), trial),
            lambda: backtest_strategy(candles, chosen, trial.rules),
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
    def lab(self) -> Lab:
        """Where it computes, for what is computed on the same market elsewhere."""
        return self._lab

    @property
    def as_of(self) -> datetime:
        return self.snapshot.as_of

    def _key(self, what: str, candles: Candles) -> tuple[object, ...]:
        ends = (int(candles.time[0]), int(candles.time[-1]), len(candles))
        return (what, self.snapshot.name, candles.symbol, candles.timeframe, *ends)
