"""A strategy's parameters, searched on the past and scored on what follows."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from desk.result import Result
from tools.arguments import StrategyName, Symbol, TimeframeArgument
from tools.asked_rules import AskedRules, asked_trial
from tools.context import Context
from tools.registry import tool
from tools.trial_arguments import (
    CandleCount,
    FeeRate,
    FundingRate,
    HoldCandles,
    Leverage,
    RiskShare,
    SlippageRate,
    StopShare,
    StrategyParameters,
    TargetShare,
    TrailShare,
    YesNo,
)
from trading.candles import Timeframe
from trading.errors import BadArgument

LEAST, USUAL, MOST = 10, 60, 300
IN_AN_ANSWER = 20  # sets a search when a model asks: its question has a deadline
SECONDS = 20


Trials = Annotated[int, Field(ge=LEAST, le=MOST)]


@tool(command="optimize", example="BTC/USDT 1h sma_cross", slow="search")
async def optimize(
    context: Context,
    symbol: Symbol,
    timeframe: TimeframeArgument = Timeframe.H1,
    strategy: StrategyName = "sma_cross",
    trials: Trials = USUAL,
    *,
    parameters: StrategyParameters = None,
    stop: StopShare = None,
    target: TargetShare = None,
    trail: TrailShare = None,
    hold: HoldCandles = None,
    leverage: Leverage = None,
    risk: RiskShare = None,
    short: YesNo = None,
    funding: FundingRate = None,
    fee: FeeRate = None,
    slippage: SlippageRate = None,
    candles: CandleCount = None,
) -> Result:
    """Search a strategy's parameters on the past, score them on what follows, and judge the result.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
        strategy: name of the strategy
        trials: sets of parameters tried in each window, 10 to 300
        parameters: the strategy's own parameters, for those that are not searched
        stop: fraction from the entry at which it is stopped out, 0 for none; left out: the usual
        target: fraction from the entry at which profit is taken, 0 for none; left out: the usual
        trail: fraction that a trailing stop keeps from the best price, 0 for none
        hold: candles after which a position is left, 0 for no such limit
        leverage: notional for each unit of margin, 1 for none
        risk: fraction of equity that an entry may lose at its stop, 0 to use all equity
        short: whether a sell signal opens a short
        funding: fraction of the notional that longs pay each eight hours, may be negative
        fee: fraction of each fill
        slippage: fraction that each fill is worse than the price
        candles: how many of the newest candles are searched
    """
    from desk.asked_search import findings_of
    from desk.findings import Findings, Plan
    from desk.findings_words import heatmap, note, rows
    from desk.research import Report

    research = context.research
    wishes = AskedRules(
        stop=stop,
        target=target,
        trail=trail,
        hold=hold,
        leverage=leverage,
        risk=risk,
        short=short,
        funding=funding,
        fee=fee,
        slippage=slippage,
    )
    asked = asked_trial(research, (symbol,), timeframe, strategy, parameters, wishes, candles)
    searched = asked.strategy.searched()
    for name in parameters or {}:
        if name in searched:
            raise BadArgument(f"{name} is what is searched: leave out {name}=.")
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
            source=snapshot.source_of(symbol),
        )
        for label, value, unit in rows(report.value)
    )
    title = f"{report.title} · {symbol} · {timeframe} · {snapshot.source_of(symbol)}"
    chart = heatmap(report.value, title, demo=snapshot.demo)
    return Result(facts, note(report.value), chart, findings=report.value)
