"""A strategy's parameters, searched on the past and scored on what follows."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import AfterValidator

from desk.facts import Result
from tools.arguments import StrategyName, Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import tool
from trading.candles import Timeframe
from trading.errors import BadArgument

LEAST, USUAL, MOST = 10, 60, 300
IN_AN_ANSWER = 20  # sets a search when a model asks: its question has a deadline
SECONDS = 20


def _clamped(trials: int) -> int:
    return min(max(trials, LEAST), MOST)


Trials = Annotated[int, AfterValidator(_clamped)]


@tool(command="optimize", example="BTC/USDT 1h sma_cross", slow=True)
async def optimize(
    context: Context,
    symbol: Symbol,
    timeframe: TimeframeArgument = Timeframe.H1,
    strategy: StrategyName = "sma_cross",
    trials: Trials = USUAL,
) -> Result:
    """Search a strategy's parameters on the past, score them on what follows, and judge the result.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
        strategy: name of the strategy
        trials: sets of parameters tried in each window, 10 to 300
    """
    from desk.findings import Findings, Plan, findings_of
    from desk.findings_words import heatmap, note, rows
    from desk.research import Report

    research = context.research
    asked = research.trial(symbol, timeframe, strategy)
    for_person = context.strategy != "analyst"
    plan = Plan(trials if for_person else min(trials, IN_AN_ANSWER))
    try:
        async with asyncio.timeout(None if for_person else SECONDS):
            report: Report[Findings] = await findings_of(research, asked, plan, context.told)
    except TimeoutError:
        raise BadArgument(
            f"Searching {strategy} takes longer than an answer may. Only the person can do it, "
            f"with /optimize {symbol} {timeframe} {strategy}."
        ) from None
    snapshot = research.snapshot
    facts = tuple(
        context.facts.add(
            "optimize",
            label,
            value,
            unit,
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=report.candles.last_close_time,
            source=snapshot.name,
        )
        for label, value, unit in rows(report.value)
    )
    title = f"{report.title} · {symbol} · {timeframe} · {snapshot.name}"
    chart = heatmap(report.value, title, demo=snapshot.demo)
    return Result(facts, note(report.value), chart, findings=report.value)
