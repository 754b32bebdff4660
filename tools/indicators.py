"""Technical indicators at the newest closed candle."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from desk.facts import Fact
from desk.result import Result, Section
from tools.arguments import Symbol, TimeframeArgument
from tools.context import Context
from tools.history_facts import history_section
from tools.registry import tool
from trading.candles import Timeframe

if TYPE_CHECKING:
    from desk.chart_spec import Level
    from trading.readings import Reading


@tool(command="indicators", example="BTC/USDT 4h")
async def indicators(
    context: Context, symbol: Symbol, timeframe: TimeframeArgument = Timeframe.H1
) -> Result:
    """Read trend, momentum, volatility, volume and levels at the newest closed candle.

    EMA, SMA, ADX, Ichimoku; RSI, stochastic, MACD; ATR, Bollinger bands; volume, OBV, VWAP;
    support and resistance where the market turned before.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
    """
    report = await context.research.readings(symbol, timeframe)
    snapshot = context.research.snapshot
    instrument = await snapshot.instrument(symbol)

    def add(label: str, value: float | str, unit: str) -> Fact:
        return context.facts.add(
            "indicators",
            label,
            value,
            instrument.quote if unit == "price" else unit,
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=report.candles.last_close_time,
            source=snapshot.source_of(symbol),
        )

    sections = tuple(
        Section(group, tuple((add(r.label, r.value, r.unit), r.meaning) for r in found))
        for group, found in groupby(report.value.found, lambda reading: reading.group)
    )
    sections += history_section(context, "indicators", report.candles)
    facts = tuple(fact for section in sections for fact, _ in section.rows)
    note = "\n".join(report.value.remarks)
    chart = await context.research.chart(symbol, timeframe, _levels(report.value.found))
    return Result(facts, note, chart, sections=sections)


def _levels(found: tuple[Reading, ...]) -> tuple[Level, ...]:
    from desk.chart_spec import Level

    prices = {reading.label: reading.value for reading in found}
    support, resistance = prices.get("Support"), prices.get("Resistance")
    levels = []
    if isinstance(support, float):
        levels.append(Level("support", support))
    if isinstance(resistance, float):
        levels.append(Level("resistance", resistance))
    return tuple(levels)
