"""A strategy on the past, with costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from desk.facts import Fact
from desk.result import Result
from tools.arguments import StrategyName, TimeframeArgument
from tools.asked_rules import AskedRules, asked_trial
from tools.context import Context
from tools.history_facts import history_facts
from tools.registry import tool
from tools.trial_arguments import (
    CandleCount,
    FeeRate,
    FundingRate,
    HoldCandles,
    Leverage,
    RebalanceCandles,
    RiskShare,
    SlippageRate,
    StopShare,
    StrategyParameters,
    Symbols,
    TargetShare,
    TrailShare,
    Weights,
    YesNo,
)
from trading.candles import Timeframe
from trading.errors import BadArgument

if TYPE_CHECKING:
    from desk.study import Study

Row = tuple[str, float | int | str | None, str]


@tool(command="backtest", example="BTC/USDT 1h sma_cross fast=20 slow=100 stop=2%")
async def backtest(
    context: Context,
    symbol: Symbols,
    timeframe: TimeframeArgument = Timeframe.H1,
    strategy: StrategyName = "sma_cross",
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
    weights: Weights = None,
    rebalance: RebalanceCandles = None,
) -> Result:
    """Test a strategy on past candles: next-open fills, fees, slippage, stop and target.

    Args:
        symbol: base and quote, such as BTC/USDT; several joined by + for a portfolio or a pair
        timeframe: length of a candle, such as 1h
        strategy: name of the strategy
        parameters: the strategy's own parameters, such as fast and slow; left out: its usual ones
        stop: fraction from the entry at which it is stopped out, 0 for none; left out: the usual
        target: fraction from the entry at which profit is taken, 0 for none; left out: the usual
        trail: fraction that a trailing stop keeps from the best price, 0 for none
        hold: candles after which a position is left, 0 for no such limit
        leverage: notional for each unit of margin, 1 for none
        risk: fraction of equity that an entry may lose at its stop, 0 to use all equity
        short: whether a sell signal opens a short; left out: only where the strategy needs it
        funding: fraction of the notional that longs pay each eight hours, may be negative
        fee: fraction of each fill
        slippage: fraction that each fill is worse than the price
        candles: how many of the newest candles are tested
        weights: of several symbols, equal or inverse (by volatility)
        rebalance: of several symbols, candles between rebalances, 0 for never
    """
    from desk.study import study_of
    from desk.study_words import study_note

    research, names = context.research, tuple(symbol.split("+"))
    asked = AskedRules(
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
    if len(names) == 1 and (weights or rebalance):
        raise BadArgument("weights and rebalance count with several symbols: BTC/USDT+ETH/USDT.")
    trial = asked_trial(research, names, timeframe, strategy, parameters, asked, candles)
    trial = replace(
        trial,
        weights=weights or trial.weights,
        rebalance=trial.rebalance if rebalance is None else rebalance,
    )
    study = await study_of(research, trial)
    facts = _facts(context, study)
    if len(names) == 1:
        facts += history_facts(context, "backtest", study.candles[0], trial.candles)
    return Result(facts, study_note(study), study.chart, study=study)


def _facts(context: Context, study: Study) -> tuple[Fact, ...]:
    return tuple(
        context.facts.add(
            "backtest",
            label,
            "none" if value is None else value,
            "" if value is None else unit,
            symbol=study.symbols,
            timeframe=study.trial.timeframe.value,
            as_of=study.last_close_time,
            source=study.source,
        )
        for label, value, unit in _rows(study)
    )


def _rows(study: Study) -> list[Row]:
    metrics, sharpe = study.metrics, study.intervals.sharpe
    return [
        (f"{study.title} return", metrics.total_return, "fraction"),
        ("Return a year", metrics.annual_return, "fraction"),
        ("Max drawdown", metrics.max_drawdown, "fraction"),
        ("Buy and hold", metrics.buy_and_hold_return, "fraction"),
        ("Sharpe ratio", metrics.sharpe, ""),
        ("Sharpe ratio, 95 % low", sharpe.low if sharpe else None, ""),
        ("Sharpe ratio, 95 % high", sharpe.high if sharpe else None, ""),
        ("Win rate", "no trades" if metrics.win_rate is None else metrics.win_rate, "fraction"),
        ("Profit factor", metrics.profit_factor, ""),
        ("Trades", metrics.trades, "trades"),
        ("Time in the market", metrics.exposure, "fraction"),
        ("Fees paid", metrics.fees / study.trial.rules.initial_cash, "fraction"),
        ("Candles tested", len(study.time), "candles"),
    ]
