"""A backtest that was made, with all that is needed to look at it closer or hand it on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from desk.baskets import Baskets
from desk.chart_spec import EquityChart
from desk.fingerprints import digest_of
from desk.research import Research
from desk.rule_words import parameters_in_words
from desk.trial import Trial
from trading.backtest import REASONS, BacktestResult, ExitReason, OpenPosition, Trade
from trading.bootstrap import Intervals, intervals
from trading.candles import Candles, FloatArray, IntArray, from_ms
from trading.metrics import SHORTEST_ANNUALISED_MS, Metrics
from trading.monthly import MonthlyTable, monthly_returns
from trading.portfolio_backtest import PortfolioResult
from trading.position import T_REASON
from trading.strategies.base import PairStrategy
from trading.symbols import base_of, quote_of

SHOWN_SYMBOLS = 2
SHORTEST = timedelta(milliseconds=SHORTEST_ANNUALISED_MS)
SHOWN_BASES = 18  # characters of `BTC+ETH+SOL`
SMALLEST_SHOWN = 0.005  # of a start at 100; what is less is nothing on a chart


@dataclass(frozen=True)
class SymbolTrade:
    """A closed trade of one of the symbols; `number` counts from 1, in the order of leaving."""

    number: int
    symbol: str
    trade: Trade


@dataclass(frozen=True, eq=False)
class Study:
    """What was asked, what came out, and where the prices are from.

    `candles`: those tested, one a symbol, of the same times. `dropped`: candles that were left out
    because another symbol has none at their time. `usual_exits`: stop and target are the desk's
    own, nobody asked for them.
    """

    trial: Trial
    title: str
    candles: tuple[Candles, ...]
    result: BacktestResult | PortfolioResult
    source: str
    demo: bool
    as_of: datetime
    intervals: Intervals
    dropped: int = 0
    usual_exits: bool = False

    @property
    def symbols(self) -> str:
        """All symbols, as they are typed: `BTC/USDT+ETH/USDT`."""
        return "+".join(self.trial.symbols)

    @property
    def market(self) -> str:
        """The symbols as a title shows them."""
        count = len(self.trial.symbols)
        if count <= SHOWN_SYMBOLS:
            return self.symbols
        bases = "+".join(base_of(symbol) for symbol in self.trial.symbols)
        return bases if len(bases) <= SHOWN_BASES else f"{count} symbols"

    @property
    def heading(self) -> str:
        """Strategy, symbols and timeframe."""
        return f"{self.title} · {self.market} · {self.trial.timeframe}"

    @property
    def parameters(self) -> str:
        """The strategy's own parameters, as they are typed; "" when it has none."""
        return parameters_in_words(self.trial.strategy)

    @property
    def quote(self) -> str:
        """The currency of profit and fees."""
        return quote_of(self.trial.symbol)

    @property
    def is_portfolio(self) -> bool:
        return isinstance(self.result, PortfolioResult)

    @property
    def time(self) -> IntArray:
        """Each candle's open, ms UTC."""
        return self.candles[0].time

    @property
    def first_open_time(self) -> datetime:
        return from_ms(int(self.time[0]))

    @property
    def last_close_time(self) -> datetime:
        return self.candles[0].last_close_time

    @property
    def period(self) -> timedelta:
        """From the first open to the last close."""
        return self.last_close_time - self.first_open_time

    @property
    def spans_years(self) -> bool:
        """True when a day and month alone don't say the date."""
        return self.first_open_time.year != self.last_close_time.year

    @property
    def missing(self) -> int:
        """Candles that the market lacks within the span."""
        return self.candles[0].missing

    @property
    def metrics(self) -> Metrics:
        return self.result.metrics

    @property
    def equity(self) -> FloatArray:
        """Equity at each close, quote units."""
        return self.result.equity

    @property
    def hold_equity(self) -> FloatArray:
        """Equity at each close of buying and holding instead, quote units."""
        return self.result.hold_equity

    @cached_property
    def trades(self) -> tuple[SymbolTrade, ...]:
        """Closed trades, oldest first."""
        result, symbol = self.result, self.trial.symbol
        if isinstance(result, PortfolioResult):
            made = [(part.symbol, trade) for part in result.parts for trade in part.trades]
        else:
            made = [(symbol, trade) for trade in result.trades]
        made.sort(key=lambda one: (one[1].left_at, one[1].entered_at))
        return tuple(SymbolTrade(number, *one) for number, one in enumerate(made, 1))

    @cached_property
    def endings(self) -> Counter[ExitReason]:
        """How many trades each reason ended; many trades are counted without being made."""
        result = self.result
        parts = result.parts if isinstance(result, PortfolioResult) else (result,)
        reasons = np.concatenate([part.trade_table[:, T_REASON] for part in parts])
        return Counter(REASONS[int(reason)] for reason in reasons)

    @cached_property
    def open_positions(self) -> tuple[tuple[str, OpenPosition], ...]:
        """What is still held at the last close, by symbol."""
        result = self.result
        if isinstance(result, PortfolioResult):
            held = [(part.symbol, part.open_position) for part in result.parts]
        else:
            held = [(self.trial.symbol, result.open_position)]
        return tuple((symbol, position) for symbol, position in held if position is not None)

    @cached_property
    def used_up(self) -> datetime | None:
        """The close after which too little money was left to open anything; None: there was."""
        least = self.trial.rules.used_up * self.trial.rules.initial_cash
        if float(self.equity[-1]) > least or self.open_positions:
            return None
        first = int(np.flatnonzero(self.equity > least)[-1]) + 1
        return from_ms(int(self.time[first]) + self.trial.timeframe.ms)

    @cached_property
    def months(self) -> MonthlyTable:
        """What each month and year returned, beside holding."""
        return monthly_returns(self.time, self.trial.timeframe, self.equity, self.hold_equity)

    @property
    def profits(self) -> tuple[tuple[str, float], ...]:
        """What each symbol brought, quote units; together the profit of the whole."""
        if isinstance(self.result, PortfolioResult):
            return tuple((part.symbol, part.profit) for part in self.result.parts)
        return ((self.trial.symbol, float(self.equity[-1]) - self.trial.rules.initial_cash),)

    @property
    def chart(self) -> EquityChart:
        """Equity against buying and holding, both starting at 100."""
        cash = self.trial.rules.initial_cash
        equity = self.equity / cash * 100
        return EquityChart(
            title=f"{self.heading} · {self.source}",
            time=self.time,
            equity=np.where(np.abs(equity) < SMALLEST_SHOWN, 0.0, equity),
            unit="start = 100",
            benchmark=self.hold_equity / cash * 100,
            benchmark_name="buy and hold",
            demo=self.demo,
        )


async def study_of(research: Research, trial: Trial) -> Study:
    """Make a backtest of one or several symbols on the research's market; errors as there."""
    dropped = 0
    result: BacktestResult | PortfolioResult
    if len(trial.symbols) > 1 or isinstance(trial.strategy, PairStrategy):
        basket = await Baskets(research.snapshot, research.lab).backtest(trial)
        candles, result, dropped = basket.candles, basket.value, sum(basket.dropped)
    else:
        report = await research.backtest(trial)
        candles, result = (report.candles,), report.value
    return Study(
        trial=trial,
        title=trial.strategy.title,
        candles=candles,
        result=result,
        source=research.snapshot.source_of(*trial.symbols),
        demo=research.snapshot.demo,
        as_of=research.as_of,
        intervals=await _intervals(research, trial, candles[0], result.equity),
        dropped=dropped,
        usual_exits=_usual_exits(research, trial),
    )


def _usual_exits(research: Research, trial: Trial) -> bool:
    rules, usual = trial.rules, research.rules
    return trial.strategy.exits and (rules.stop_fraction, rules.target_fraction) == (
        usual.stop_fraction,
        usual.target_fraction,
    )


async def _intervals(
    research: Research, trial: Trial, candles: Candles, equity: FloatArray
) -> Intervals:
    first, end = from_ms(int(candles.time[0])), candles.last_close_time
    key = ("intervals", research.snapshot.name, trial, first, end, digest_of(equity))
    return await research.lab.run(
        key, lambda: intervals(equity, trial.timeframe, period=end - first)
    )
