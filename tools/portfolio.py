"""The person's paper account."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from desk.chart_spec import EquityChart
from desk.facts import Fact
from desk.figures import cents
from desk.portfolio import Portfolio
from desk.result import Result
from tools.context import Context
from tools.registry import tool
from trading.candles import to_ms
from trading.symbols import base_of, quote_of

FEWEST_POINTS = 2


@tool(command="portfolio", example="")
async def portfolio(context: Context) -> Result:
    """Show cash, positions, equity, profit and drawdown of the paper account."""
    view = await context.portfolios.view(context.account_id)

    def add(label: str, value: Decimal | int, unit: str, symbol: str = "") -> Fact:
        return context.facts.add(
            "portfolio", label, value, unit, symbol=symbol, as_of=view.at, source=view.source
        )

    def money(label: str, value: Decimal, symbol: str = "") -> Fact:
        return add(label, cents(value), view.currency, symbol)

    account = view.risks[0]
    facts = [
        money("Equity", view.equity),
        money("Cash", view.cash),
        money("Profit", view.profit),
        add("Profit since start", view.profit_fraction, "fraction"),
        money("Profit today", view.day_profit),
        money("Unrealised", view.unrealised),
        money("Realised before fees", view.realised),
        money("Fees paid", view.fees),
        add("Exposure", view.exposure_fraction, "fraction"),
        money("Margin used", view.margin),
        add("Drawdown", account.drawdown, "fraction"),
        add("Drawdown limit", account.limit, "fraction"),
        add("Open positions", len(view.holdings), "positions"),
        add("Waiting orders", view.orders, ""),
    ]
    for held in view.holdings:
        symbol, position = held.position.symbol, held.position
        base, quote = base_of(symbol), quote_of(symbol)
        facts += [
            add("Held", position.quantity, base, symbol),
            add("Entry price", position.average_price, quote, symbol),
            money("Unrealised", held.unrealised, symbol),
            add("Leverage", round(held.leverage, 2), "", symbol),
        ]
        if held.liquidation is not None:
            facts.append(add("Liquidation price", held.liquidation, quote, symbol))
    note = "" if view.fresh else "A price is missing now; its position is valued at the last one."
    paused = [risk.scope for risk in view.risks if risk.paused]
    if paused:
        note += f" New entries are paused: {', '.join(paused)}. /resume goes on."
    return Result(tuple(facts), note.strip(), await _chart(context, view))


async def _chart(context: Context, view: Portfolio) -> EquityChart | None:
    time, equity = await context.portfolios.equity_history(context.account_id)
    # The present equity is the curve's end, whether it was recorded or not.
    time = np.append(time, to_ms(view.at))
    equity = np.append(equity, float(view.equity))
    if len(time) < FEWEST_POINTS:
        return None
    return EquityChart("Equity", time, equity, view.currency, demo=view.demo)
