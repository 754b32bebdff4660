"""The present price."""

from __future__ import annotations

from desk.result import Result
from tools.arguments import Symbol
from tools.context import Context
from tools.registry import tool


@tool(command=None, example="BTC/USDT")
async def quote(context: Context, symbol: Symbol) -> Result:
    """Tell the last price of a symbol, its bid and its ask.

    Args:
        symbol: base and quote, such as BTC/USDT
    """
    seen = await context.research.snapshot.quote(symbol)
    instrument = await context.research.snapshot.instrument(symbol)
    rows = (("Last price", seen.last), ("Bid", seen.bid), ("Ask", seen.ask))
    facts = tuple(
        context.facts.add(
            "quote",
            label,
            price,
            instrument.quote,
            symbol=symbol,
            as_of=seen.at,
            source=seen.source,
        )
        for label, price in rows
    )
    return Result(facts)
