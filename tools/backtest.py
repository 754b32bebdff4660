"""A strategy on the past, with costs."""

from __future__ import annotations

from desk.chart_spec import EquityChart
from desk.facts import Result
from desk.figures import percent
from tools.arguments import StrategyName, Symbol, TimeframeArgument
from tools.context import Context
from tools.registry import tool
from trading.candles import Timeframe

Row = tuple[str, float | int | str, str]


@tool(command="backtest", example="BTC/USDT 1h sma_cross")
async def backtest(
    context: Context,
    symbol: Symbol,
    timeframe: TimeframeArgument = Timeframe.H1,
    strategy: StrategyName = "sma_cross",
) -> Result:
    """Test a strategy on past candles: next-open fills, fees, slippage, stop and target.

    Args:
        symbol: base and quote, such as BTC/USDT
        timeframe: length of a candle, such as 1h
        strategy: name of the strategy
    """
    report = await context.research.backtest(symbol, timeframe, strategy)
    candles, tested, snapshot = report.candles, report.value, context.research.snapshot
    metrics, rules = tested.metrics, tested.rules
    rows: list[Row] = [
        (f"{report.title} return", metrics.total_return, "fraction"),
        ("Max drawdown", metrics.max_drawdown, "fraction"),
        ("Buy and hold", metrics.buy_and_hold_return, "fraction"),
        ("Sharpe ratio", "none" if metrics.sharpe is None else metrics.sharpe, ""),
        ("Win rate", "no trades" if metrics.win_rate is None else metrics.win_rate, "fraction"),
        ("Trades", metrics.trades, "trades"),
        ("Fees paid", metrics.fees / rules.initial_cash, "fraction"),
        ("Candles tested", len(candles), "candles"),
    ]
    facts = tuple(
        context.facts.add(
            "backtest",
            label,
            value,
            unit if not isinstance(value, str) else "",
            symbol=symbol,
            timeframe=timeframe.value,
            as_of=candles.last_close_time,
            source=snapshot.name,
        )
        for label, value, unit in rows
    )
    note = (
        f"Decided at the close, filled at the next open; fee {percent(rules.fee_rate)} and "
        f"slippage {percent(rules.slippage)} a side. The past is no promise."
    )
    if candles.missing:
        note += f" The exchange has {candles.missing} candles missing in this span."
    chart = EquityChart(
        title=f"{report.title} · {symbol} · {timeframe} · {snapshot.name}",
        time=candles.time,
        equity=tested.equity / rules.initial_cash * 100,
        unit="start = 100",
        benchmark=tested.hold_equity / rules.initial_cash * 100,
        benchmark_name="buy and hold",
        demo=snapshot.demo,
    )
    return Result(facts, note, chart)
