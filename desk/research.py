"""Figures about one frozen market: the desk's side of every research tool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from desk.chart_spec import CandleChart, Level
from desk.fingerprints import fingerprint_of
from desk.forecasting import Ahead
from desk.headlines import Headlines, NewsReport
from desk.lab import Lab
from desk.once import Once
from desk.searching import Told, untold
from desk.snapshot import Snapshot
from desk.trial import Trial
from trading.backtest import BacktestResult, Rules, backtest_strategy
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument
from trading.indicators import ema
from trading.readings import Readings, candles_to_read, read
from trading.strategies.base import Strategy
from trading.strategies.catalogue import Catalogue
from trading.tail_history import DAYS_WANTED, DailyRisk, daily_risk_of

T = TypeVar("T")

FORECAST_CANDLES = 4_000
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

    def __init__(
        self,
        snapshot: Snapshot,
        lab: Lab,
        rules: Rules,
        catalogue: Catalogue,
        headlines: Headlines | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._lab = lab
        self.rules = rules
        self.catalogue = catalogue
        self._headlines = headlines or Headlines()
        self._once = Once()

    async def readings(self, symbol: str, timeframe: Timeframe) -> Report[Readings]:
        """Read the usual indicators at the newest closed candle."""
        candles = await self.snapshot.candles(symbol, timeframe, candles_to_read(timeframe))
        value = await self._lab.run(self._key("readings", candles), lambda: read(candles))
        return Report(candles, value)

    async def forecast(
        self, symbol: str, timeframe: Timeframe, horizon: int, told: Told = untold
    ) -> Report[Ahead]:
        """Forecast direction and size of the move over `horizon` candles, scored walk-forward.

        `told` hears how far it is where a model has to be learned first.
        """
        candles = await self.snapshot.candles(symbol, timeframe, FORECAST_CANDLES)
        value = await self._lab.forecasting.forecast(
            self.snapshot.source_of(symbol), candles, horizon, self.as_of, told
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

    async def tail_risk(self, symbol: str) -> Report[DailyRisk]:
        """Measure one-day VaR and CVaR (95 %) from a year of daily closes, tested on another."""
        candles = await self.snapshot.candles(symbol, Timeframe.D1, DAYS_WANTED)
        value = await self._lab.run(self._key("tail", candles), lambda: daily_risk_of(candles))
        return Report(candles, value)

    async def news(self, symbol: str = "") -> NewsReport:
        """Report on the headlines about a symbol, or on all; scored once for all who ask."""
        base = (await self.snapshot.instrument(symbol)).base if symbol else ""
        return await self._once.do(("news", base), lambda: self._read_news(base))

    async def _read_news(self, base: str) -> NewsReport:
        return await self._headlines.report(await self.snapshot.news(), self.as_of, base)

    async def chart(
        self, symbol: str, timeframe: Timeframe, levels: tuple[Level, ...] = ()
    ) -> CandleChart:
        """Specify a chart of the newest candles with two moving averages and these levels."""
        candles = await self.snapshot.candles(symbol, timeframe, candles_to_read(timeframe))
        shown = candles.tail(CHART_CANDLES)
        lines = {
            f"EMA {length}": ema(candles.close, length)[-len(shown) :]
            for length in CHART_AVERAGES
            if len(candles) > length
        }
        return CandleChart(
            title=f"{symbol} · {timeframe} · {self.snapshot.source_of(symbol)}",
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
        return (what, self.snapshot.name, fingerprint_of(candles))
