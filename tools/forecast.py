"""The machine-learning forecast, with how well it did on candles it had not seen."""

from __future__ import annotations

from desk.facts import Result
from tools.arguments import Horizon, Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import tool
from trading.candles import Timeframe


@tool(command="forecast", example="BTC/USDT 1h 4")
async def forecast(
    context: Context,
    symbol: Symbol,
    timeframe: TimeframeArgument = Timeframe.H1,
    horizon: Horizon = 4,
) -> Result:
    """Forecast the direction some candles ahead, scored walk-forward against the naive rate.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
        horizon: how many candles ahead, 1 to 48
    """
    report = await context.research.forecast(symbol, timeframe, horizon)
    seen = report.value
    rows: tuple[tuple[str, float | str | int, str], ...] = (
        ("Forecast ↑", seen.probability_up, "fraction"),
        ("Forecast horizon", horizon, "candles"),
        ("Forecast edge", "edge" if seen.edge else "no edge", ""),
        ("Forecast accuracy", seen.accuracy, "fraction"),
        ("Accuracy, low end", seen.accuracy_low, "fraction"),
        ("Accuracy, high end", seen.accuracy_high, "fraction"),
        ("Naive rate", seen.naive_rate, "fraction"),
        ("Brier score", seen.brier, ""),
        ("Candles scored", seen.samples, "candles"),
    )
    facts = tuple(
        context.facts.add(
            "forecast",
            label,
            value,
            unit,
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=report.candles.last_close_time,
            source=context.research.snapshot.name,
        )
        for label, value, unit in rows
    )
    return Result(facts, seen.meaning)
