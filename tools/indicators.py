"""Technical indicators at the newest closed candle."""

from __future__ import annotations

from desk.facts import Result
from tools.arguments import Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import tool
from trading.candles import Timeframe


@tool(command="indicators", example="BTC/USDT 4h")
async def indicators(
    context: Context, symbol: Symbol, timeframe: TimeframeArgument = Timeframe.H1
) -> Result:
    """Read RSI, EMA, MACD, Bollinger, ATR, ADX and volume at the newest closed candle.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
    """
    report = await context.research.readings(symbol, timeframe)
    snapshot = context.research.snapshot
    instrument = await snapshot.instrument(symbol)
    facts = tuple(
        context.facts.add(
            "indicators",
            reading.label,
            reading.value,
            instrument.quote if reading.unit == "price" else reading.unit,
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=report.candles.last_close_time,
            source=snapshot.name,
        )
        for reading in report.value
    )
    meanings = "\n".join(f"{r.label}: {r.meaning}" for r in report.value if r.meaning)
    return Result(facts, meanings, await context.research.chart(symbol, timeframe))
