"""The machine-learning forecast, with how well it did on candles it had not seen."""

from __future__ import annotations

from desk.facts import Fact
from desk.result import Result, Section
from tools.arguments import MOST_AHEAD, Symbol, TimeframeArgument
from tools.context import Context
from tools.history_facts import history_section
from tools.registry import tool
from trading.candles import Timeframe


@tool(command="forecast", example="BTC/USDT 1h 4", slow="forecast")
async def forecast(
    context: Context,
    symbol: Symbol,
    timeframe: TimeframeArgument = Timeframe.H1,
    horizon: int = 4,
) -> Result:
    """Forecast direction and size of the move some candles ahead, scored on unseen candles.

    Boosted trees and a linear baseline, walk-forward, against the naive rate and against "same
    as the last candle". Without an edge the chance is no more than the base rate.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
        horizon: how many candles ahead, 1 to 48
    """
    asked, horizon = horizon, min(max(horizon, 1), MOST_AHEAD)
    from desk.forecast_words import Row, groups, note
    from desk.research import FORECAST_CANDLES

    report = await context.research.forecast(symbol, timeframe, horizon, context.told)
    ahead = report.value

    def add(row: Row) -> Fact:
        return context.facts.add(
            "forecast",
            row.label,
            row.value,
            row.unit,
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=ahead.learned_to if row.of_proof else report.candles.last_close_time,
            source=context.research.snapshot.source_of(symbol),
        )

    sections = tuple(
        Section(group.heading, tuple((add(row), row.meaning) for row in group.rows), group.spare)
        for group in groups(ahead)
    )
    sections += history_section(context, "forecast", report.candles, FORECAST_CANDLES)
    facts = tuple(fact for section in sections for fact, _ in section.rows)
    told = note(ahead)
    if asked != horizon:
        told = f"1 to {MOST_AHEAD} candles ahead can be forecast, not {asked}.\n{told}"
    return Result(facts, told, sections=sections)
