"""A desk small enough to see through: the real tool decorator, made-up figures, no market."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import cast

from agents.binding import Bench
from agents.members import Lineup
from agents.panel import Panel
from agents.progress import Progress
from agents.verdict import Verdict
from agents.vote import VoteMode
from desk.errors import MarketUnavailable, UnknownSymbol
from desk.facts import FactBook, Value
from desk.ports import StoredQuestion
from desk.result import Result
from tools.arguments import Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import Tool, make_tool, tool
from trading.candles import Timeframe

NOW = datetime(2026, 3, 1, 14, 0, 5, tzinfo=UTC)
CLOSED = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)

# A market that the trend lens likes, where nothing is stretched and the forecast knows nothing.
CALM_UP: Mapping[str, Value] = {
    "RSI(14)": 58.2,
    "EMA 20": 26_905.5,
    "EMA 50": 26_801.0,
    "EMA 20/50": "above",
    "MACD histogram": 12.5,
    "Bollinger %B": 0.62,
    "ATR(14)": 0.0123,
    "ADX(14)": 27.4,
    "Forecast ↑": 0.52,
    "Forecast edge": "no edge",
    "return": 0.184,
    "Buy and hold": 0.41,
    "Max drawdown": 0.091,
}
TITLES = {
    "sma_cross": "SMA cross",
    "rsi_reversion": "RSI reversion",
    "donchian_breakout": "Donchian breakout",
}


@dataclass
class SmallDesk:
    """Figures to answer with, and what was asked for.

    The tool that `breaks` fails as none should; those that are `down` can't reach the market.
    """

    figures: dict[str, Value] = field(default_factory=lambda: dict(CALM_UP))
    calls: Counter[str] = field(default_factory=Counter)
    symbols: tuple[str, ...] = ("BTC/USDT", "ETH/USDT", "ADA/USDT", "SOL/USDT")
    breaks: str = ""
    down: frozenset[str] = frozenset()

    def visit(self, name: str, symbol: str = "") -> None:
        self.calls[f"{name} {symbol}".strip()] += 1
        if name == self.breaks:
            raise RuntimeError("wires crossed")
        if name in self.down:
            raise MarketUnavailable("demo can't be reached. Check the network.")
        if symbol and symbol not in self.symbols:
            raise UnknownSymbol(f"demo lists no {symbol}; the nearest of its 412 are BTC/USDT.")


def tools_of(desk: SmallDesk) -> dict[str, Tool]:
    """Tools with the names, arguments and labels of the real ones."""

    def facts(
        context: Context, name: str, symbol: str, timeframe: str, rows: list[tuple[str, Value, str]]
    ) -> Result:
        return Result(
            tuple(
                context.facts.add(
                    name,
                    label,
                    value,
                    unit if not isinstance(value, str) else "",
                    symbol=symbol,
                    timeframe=timeframe,
                    as_of=CLOSED,
                    source="demo",
                )
                for label, value, unit in rows
            ),
            "a note",
        )

    @tool(command=None, example="BTC/USDT")
    async def quote(context: Context, symbol: Symbol) -> Result:
        """Tell the last price.

        Args:
            symbol: base and quote
        """
        desk.visit("quote", symbol)
        return facts(context, "quote", symbol, "", [("Last price", 26_905.0, "USDT")])

    @tool(command="indicators", example="BTC/USDT 4h")
    async def indicators(
        context: Context, symbol: Symbol, timeframe: TimeframeArgument = Timeframe.H1
    ) -> Result:
        """Read the indicators.

        Args:
            symbol: base and quote
            timeframe: length of a candle
        """
        desk.visit("indicators", symbol)
        units = {"EMA 20": "USDT", "EMA 50": "USDT", "MACD histogram": "USDT"}
        units["ATR(14)"] = "fraction"
        names = [*CALM_UP][:8]
        rows = [
            (name, desk.figures[name], units.get(name, ""))
            for name in names
            if name in desk.figures
        ]
        return facts(context, "indicators", symbol, timeframe.value, rows)

    @tool(command="forecast", example="BTC/USDT 1h 4")
    async def forecast(
        context: Context,
        symbol: Symbol,
        timeframe: TimeframeArgument = Timeframe.H1,
        horizon: int = 4,
    ) -> Result:
        """Forecast the direction.

        Args:
            symbol: base and quote
            timeframe: length of a candle
            horizon: how many candles ahead
        """
        desk.visit("forecast", symbol)
        rows: list[tuple[str, Value, str]] = [
            ("Forecast ↑", desk.figures["Forecast ↑"], "fraction"),
            ("Forecast horizon", horizon, "candles"),
            ("Forecast edge", desk.figures["Forecast edge"], ""),
            ("Forecast accuracy", 0.533, "fraction"),
            ("Accuracy, low end", 0.49, "fraction"),
            ("Naive rate", 0.521, "fraction"),
        ]
        return facts(context, "forecast", symbol, timeframe.value, rows)

    @tool(command="backtest", example="BTC/USDT 1h sma_cross")
    async def backtest(
        context: Context,
        symbol: Symbol,
        timeframe: TimeframeArgument = Timeframe.H1,
        strategy: str = "sma_cross",
    ) -> Result:
        """Test a strategy on past candles.

        Args:
            symbol: base and quote
            timeframe: length of a candle
            strategy: name of the strategy
        """
        desk.visit("backtest", symbol)
        rows: list[tuple[str, Value, str]] = [
            (f"{TITLES[strategy]} return", desk.figures["return"], "fraction"),
            ("Buy and hold", desk.figures["Buy and hold"], "fraction"),
            ("Max drawdown", desk.figures["Max drawdown"], "fraction"),
            ("Sharpe ratio", 0.8, ""),
            ("Win rate", 0.44, "fraction"),
            ("Trades", 63, "trades"),
        ]
        return facts(context, "backtest", symbol, timeframe.value, rows)

    @tool(command="risk", example="BTC/USDT")
    async def risk_check(context: Context, symbol: Symbol) -> Result:
        """Measure the risk of a symbol.

        Args:
            symbol: base and quote
        """
        desk.visit("risk_check", symbol)
        rows: list[tuple[str, Value, str]] = [
            ("VaR 95 %, 1 day", 0.031, "fraction"),
            ("CVaR 95 %, 1 day", 0.047, "fraction"),
        ]
        return facts(context, "risk_check", symbol, "1d", rows)

    @tool(command="portfolio", example="")
    async def portfolio(context: Context) -> Result:
        """Show the paper account."""
        desk.visit("portfolio")
        rows: list[tuple[str, Value, str]] = [
            ("Equity", 10_041.5, "USDT"),
            ("Cash", 9_800.0, "USDT"),
            ("Drawdown", 0.004, "fraction"),
        ]
        return facts(context, "portfolio", "", "", rows)

    found = [make_tool(run) for run in (quote, indicators, forecast, backtest, risk_check)]
    found.append(make_tool(portfolio))
    return {made.name: made for made in found}


def small_context(account_id: str = "alice") -> Context:
    async def freeze(symbol: str) -> None:
        return None

    snapshot = SimpleNamespace(name="demo", demo=True, as_of=NOW, freeze=freeze)
    made = SimpleNamespace(
        account_id=account_id, research=SimpleNamespace(snapshot=snapshot), facts=FactBook()
    )
    return cast(Context, made)


class Shelf:
    """A question store in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredQuestion] = {}

    async def save(self, question: StoredQuestion) -> None:
        self.stored[question.id] = question

    async def load(self, question_id: str) -> StoredQuestion | None:
        return self.stored.get(question_id)

    async def latest(self, account_id: str) -> StoredQuestion | None:
        own = [asked for asked in self.stored.values() if asked.account_id == account_id]
        return own[-1] if own else None


@dataclass
class Room:
    """A panel with all that it needs; `told` collects its progress."""

    lineup: Lineup
    desk: SmallDesk = field(default_factory=SmallDesk)
    shelf: Shelf = field(default_factory=Shelf)
    told: list[Progress] = field(default_factory=list)
    seconds: float = 10.0
    model_calls: int = 6
    mode: VoteMode = VoteMode.FAST

    def panel(self) -> Panel:
        numbers = count(1)
        return Panel(
            self.lineup,
            tools_of(self.desk),
            lambda: NOW,
            lambda: f"q{next(numbers)}",
            self.shelf,
            seconds=self.seconds,
            model_calls=self.model_calls,
            mode=self.mode,
        )

    async def ask(self, text: str = "Is BTC a long on the 1h right now?") -> Verdict:
        return await self.panel().ask(text, small_context(), self.told.append)


def bench_of(desk: SmallDesk, context: Context) -> Bench:
    return Bench(tools_of(desk), context)
