"""How much could be lost, and what the limits allow."""

from __future__ import annotations

from decimal import Decimal

from desk.facts import Fact, Result
from desk.figures import cents
from tools.arguments import Money, SideArgument, Symbol
from tools.context import Context
from tools.registry import tool
from trading.limits import Denied
from trading.orders import Draft


@tool(command="risk", example="BTC/USDT 200 buy")
async def risk_check(
    context: Context,
    symbol: Symbol,
    notional: Money | None = None,
    side: SideArgument = "buy",
) -> Result:
    """Measure one-day VaR and CVaR of a symbol and check an order against every limit.

    Args:
        symbol: base and quote, such as BTC/USDT
        notional: size of the order in quote units; without it the largest that the limits allow
        side: buy or sell
    """
    report = await context.research.tail_risk(symbol)
    snapshot = context.research.snapshot
    draft = Draft(symbol=symbol, side=side, strategy=context.strategy, notional=notional)
    priced = await context.preview.price(context.account_id, draft)
    instrument = await snapshot.instrument(symbol)

    def add(label: str, value: float | int | Decimal, unit: str, timeframe: str = "") -> Fact:
        return context.facts.add(
            "risk_check",
            label,
            value,
            unit,
            symbol=symbol,
            timeframe=timeframe,
            as_of=report.candles.last_close_time if timeframe else snapshot.as_of,
            source=snapshot.name,
        )

    facts = [
        add("VaR 95 %, 1 day", report.value.var, "fraction", "1d"),
        add("CVaR 95 %, 1 day", report.value.cvar, "fraction", "1d"),
        add("Days measured", report.value.samples, "days", "1d"),
    ]
    if isinstance(priced, Denied):
        facts.append(add("Quantity that passes", priced.passing_quantity, instrument.base))
        reasons = "; ".join(breach.text for breach in priced.reasons)
        return Result(tuple(facts), f"Not within the limits: {reasons}.")
    facts.append(add("Order size", cents(priced.notional), priced.quote))
    if priced.loss_at_stop is not None and priced.loss_fraction is not None:
        facts.append(add("Loss at stop", cents(priced.loss_at_stop), priced.quote))
        facts.append(add("Loss at stop, of equity", priced.loss_fraction, "fraction"))
    worst = cents(priced.notional * Decimal(str(report.value.var)))
    facts.append(add("VaR of this order", worst, priced.quote))
    return Result(tuple(facts), f"Within the limits; nearest: {priced.nearest_limit}.")
