"""The facts that the drafts speak of: four markets, an account, another exchange, another run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

from desk.facts import Fact, FactBook, Value
from tools.context import Context
from tools.derive import derive
from trading.errors import BadArgument

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
_NAME = re.compile(r"<([a-z]\w*(?:\.\w+)?)(!?)>")
Row = tuple[str, str, str, str]
# Short name, tool, label, unit ("price": the quote currency).
ROWS: tuple[Row, ...] = (
    ("price", "quote", "Last price", "price"),
    ("rsi", "indicators", "RSI(14)", ""),
    ("adx", "indicators", "ADX(14)", ""),
    ("ema20", "indicators", "EMA 20", "price"),
    ("ema50", "indicators", "EMA 50", "price"),
    ("order", "indicators", "EMA 20/50", ""),
    ("macd", "indicators", "MACD histogram", "price"),
    ("change", "indicators", "Change 24 h", "fraction"),
    ("atr", "indicators", "ATR(14)", "fraction"),
    ("stoch", "indicators", "Stochastic %K", ""),
    ("band", "indicators", "Bollinger %B", ""),
    ("support", "indicators", "Support", "price"),
    ("resistance", "indicators", "Resistance", "price"),
    ("volume", "indicators", "Volume / mean of 20", ""),
    ("chance", "forecast", "Forecast ↑", "fraction"),
    ("edge", "forecast", "Forecast edge", ""),
    ("ahead", "forecast", "Forecast horizon", "candles"),
    ("accuracy", "forecast", "Forecast accuracy", "fraction"),
    ("low", "forecast", "Accuracy, low end", "fraction"),
    ("naive", "forecast", "Naive rate", "fraction"),
    ("brier", "forecast", "Brier score", "loss"),
    ("made", "backtest", "SMA cross return", "fraction"),
    ("held", "backtest", "Buy and hold", "fraction"),
    ("fell", "backtest", "Max drawdown", "fraction"),
    ("sharpe", "backtest", "Sharpe ratio", ""),
    ("won", "backtest", "Win rate", "fraction"),
    ("trades", "backtest", "Trades", "trades"),
    ("var", "risk_check", "VaR 95 %, 1 day", "fraction"),
    ("cvar", "risk_check", "CVaR 95 %, 1 day", "fraction"),
    ("days", "risk_check", "Days measured", "days"),
    ("mood", "news", "News mood", "score"),
    ("items", "news", "News items", "items"),
    ("entry", "propose_order", "Entry", "price"),
    ("stop", "propose_order", "Stop", "price"),
    ("target", "propose_order", "Target", "price"),
    ("size", "propose_order", "Order size", "price"),
    ("loss", "propose_order", "Loss at stop", "price"),
)
# One value a row, in the order of ROWS.
VALUES: Mapping[tuple[str, str], tuple[Value, ...]] = {
    ("BTC/USDT", "1h"): (
        *(26_950.0, 58.2, 27.4, 26_905.5, 26_801.0, "above", 12.5, -0.02, 0.0123, 71.3, 0.62),
        *(26_100.0, 27_800.0, 1.1, 0.52, "no edge", 4, 0.533, 0.49, 0.521, 0.2493),
        *(0.184, 0.41, 0.091, 0.83, 0.44, 63, 0.031, 0.047, 365, 0.21, 12),
        *(26_952.0, 26_143.0, 28_299.0, 199.0, 6.5),
    ),
    ("ETH/USDT", "1h"): (
        *(1_931.0, 76.4, 41.3, 1_912.4, 1_850.2, "above", 8.1, 0.034, 0.0181, 88.4, 1.07),
        *(1_840.0, 1_990.0, 2.4, 0.47, "no edge", 6, 0.512, 0.47, 0.53, 0.2561),
        *(-0.052, -0.12, 0.22, -0.31, 0.36, 41, 0.044, 0.067, 360, -0.35, 9),
        *(1_932.5, 1_874.5, 2_029.1, 250.0, 7.5),
    ),
    ("SOL/USDT", "4h"): (
        *(20.75, 24.9, 18.3, 21.42, 22.91, "below", -0.31, -0.061, 0.027, 11.6, -0.05),
        *(19.8, 23.6, 0.4, 0.58, "edge", 8, 0.561, 0.531, 0.518, 0.2387),
        *(0.33, 0.12, 0.17, 1.42, 0.52, 88, 0.062, 0.091, 300, 0.05, 5),
        *(20.76, 20.14, 21.8, 120.0, 3.58),
    ),
    ("ADA/USDT", "1d"): (
        *(0.3412, 45.1, 22.6, 0.3388, 0.3501, "below", -0.0042, 0.012, 0.039, 39.2, 0.41),
        *(0.3155, 0.3744, 0.9, 0.545, "edge", 3, 0.548, 0.522, 0.505, 0.2441),
        *(-0.08, 0.27, 0.35, -0.44, 0.39, 27, 0.071, 0.104, 410, -0.12, 4),
        *(0.3415, 0.3313, 0.3586, 90.0, 2.69),
    ),
}
ACCOUNT: tuple[tuple[str, str, Value, str], ...] = (
    ("equity", "Equity", 10_041.5, "USDT"),
    ("cash", "Cash", 9_800.0, "USDT"),
    ("today", "Profit today", -14.2, "USDT"),
    ("since", "Profit since start", 0.0041, "fraction"),
    ("limit", "Drawdown limit", 0.15, "fraction"),
    ("depth", "Drawdown", 0.012, "fraction"),
    ("open", "Open positions", 2, "positions"),
)
# Short name, operation, and the facts that it is made from.
MADE: tuple[tuple[str, str, str, str], ...] = (
    ("gap", "difference", "price", "ema50"),
    ("over", "percent_change", "price", "ema50"),
    ("beside", "difference", "made", "held"),
    ("ratio", "ratio", "made", "held"),
    ("skill", "difference", "accuracy", "naive"),
    ("room", "loss_at_stop", "entry", "stop"),
    ("wide", "ratio", "var", "atr"),
)


@dataclass(frozen=True)
class Market:
    """A market with its facts by short name; `book` are all facts that the run was given."""

    symbol: str
    timeframe: str
    facts: Mapping[str, Fact]
    book: Mapping[str, Fact]

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    def number(self, name: str) -> float:
        value = self.facts[name].value
        assert not isinstance(value, str)
        return float(value)

    def knows(self, text: str) -> bool:
        return all(match[1] in self.facts for match in _NAME.finditer(text))

    def written(self, text: str) -> str:
        """Put ids in the place of names: `<rsi>` becomes `{f3}`, `<rsi!>` just `f3`."""

        def slot(match: re.Match[str]) -> str:
            fact = self.facts.get(match[1])
            if fact is None:
                return match[0]
            return fact.id if match[2] else f"{{{fact.id}}}"

        return _NAME.sub(slot, text.replace("BASE", self.base).replace("FRAME", self.timeframe))


@dataclass
class _Shelf:
    book: FactBook = field(default_factory=FactBook)
    named: dict[str, Fact] = field(default_factory=dict)

    def add(self, name: str, tool: str, label: str, value: Value, unit: str, **where: str) -> None:
        where = {"symbol": "", "timeframe": "", "source": "binance", **where}
        self.named[name] = self.book.add(tool, label, value, unit, as_of=AT, **where)

    async def derive(self, name: str, operation: str, first: str, second: str) -> None:
        context = cast(Context, SimpleNamespace(facts=self.book))
        one, other = self.named.get(first), self.named.get(second)
        if one is None or other is None:
            return
        with suppress(BadArgument):  # two losses have no ratio that says anything
            result = await derive(context, operation, one.id, other.id)
            self.named[name] = result.facts[-1]


async def markets() -> tuple[Market, ...]:
    """Build the four markets; each may also speak of the others, as `<eth.rsi>`."""
    shelf = _Shelf()
    for (symbol, timeframe), values in VALUES.items():
        await _of_market(shelf, symbol, timeframe, values)
    shelf.add("other.rsi", "indicators", "RSI(14)", 44.0, "", symbol="BTC/USDT", timeframe="4h")
    shelf.add("other.adx", "indicators", "ADX(14)", 19.2, "", symbol="BTC/USDT", timeframe="4h")
    shelf.add(
        *("kraken.price", "quote", "Last price", 26_991.0, "USD"),
        symbol="kraken:BTC/USD",
        source="kraken",
    )
    for name, label, value, unit in ACCOUNT:
        shelf.add(name, "portfolio", label, value, unit)
    second = (("rev.made", "RSI reversion return", 0.055), ("rev.fell", "Max drawdown", 0.143))
    for name, label, value in second:
        shelf.add(*(name, "backtest", label, value, "fraction"), symbol="BTC/USDT", timeframe="1h")
    await shelf.derive("frames", "difference", "btc.rsi", "other.rsi")
    await shelf.derive("coins", "ratio", "eth.price", "btc.price")
    return tuple(
        Market(symbol, timeframe, _names(shelf.named, symbol), shelf.book.facts)
        for symbol, timeframe in VALUES
    )


async def _of_market(shelf: _Shelf, symbol: str, timeframe: str, values: Iterable[Value]) -> None:
    base, _, quote = symbol.partition("/")
    for (name, tool, label, unit), value in zip(ROWS, values, strict=True):
        frame = {"quote": "", "propose_order": "", "news": "", "risk_check": "1d"}
        shelf.add(
            *(f"{base.lower()}.{name}", tool, label, value, quote if unit == "price" else unit),
            symbol=symbol,
            timeframe=frame.get(tool, timeframe),
        )
    for name, operation, first, second in MADE:
        await shelf.derive(
            *(f"{base.lower()}.{name}", operation),
            f"{base.lower()}.{first}",
            f"{base.lower()}.{second}",
        )


def _names(named: Mapping[str, Fact], symbol: str) -> Mapping[str, Fact]:
    own = f"{symbol.partition('/')[0].lower()}."
    return {**named, **{name.removeprefix(own): fact for name, fact in named.items()}}
