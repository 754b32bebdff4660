"""An order on paper, priced and checked, for a person to confirm."""

from __future__ import annotations

from decimal import Decimal

from desk.facts import Fact, Result
from desk.figures import cents
from tools.arguments import Fraction, Money, SideArgument, Symbol
from tools.context import Context
from tools.registry import tool
from trading.limits import Denied
from trading.orders import Draft, Proposal


@tool(command=None, example="BTC/USDT buy 200")
async def propose_order(
    context: Context,
    symbol: Symbol,
    side: SideArgument,
    notional: Money | None = None,
    stop: Fraction | None = None,
    target: Fraction | None = None,
) -> Result:
    """Price, size and risk-check an order; it fills only when the person confirms it.

    Args:
        symbol: base and quote, such as BTC/USDT
        side: buy or sell
        notional: size in quote units; without it the largest that the limits allow
        stop: distance of the stop from the entry as a fraction, such as 0.03
        target: distance of the target from the entry as a fraction, such as 0.05
    """
    draft = Draft(
        symbol=symbol,
        side=side,
        strategy="manual",
        notional=notional,
        stop_fraction=stop,
        target_fraction=target,
    )
    priced = await context.preview.price(context.account_id, draft)
    if isinstance(priced, Denied):
        reasons = "; ".join(breach.text for breach in priced.reasons)
        instrument = await context.research.snapshot.instrument(symbol)
        passing = _fact(context, "Quantity that passes", priced.passing_quantity, instrument.base)
        return Result((passing,), f"Not within the limits: {reasons}.")
    return Result(_figures(context, priced), f"Nearest limit: {priced.nearest_limit}.", draft=draft)


def _figures(context: Context, priced: Proposal) -> tuple[Fact, ...]:
    rows: list[tuple[str, Decimal | None, str]] = [
        ("Order quantity", priced.quantity, priced.base),
        ("Order size", cents(priced.notional), priced.quote),
        ("Entry", priced.entry, priced.quote),
        ("Stop", priced.stop, priced.quote),
        ("Target", priced.target, priced.quote),
        ("Fee", cents(priced.fee), priced.quote),
    ]
    if priced.loss_at_stop is not None:
        rows.append(("Loss at stop", cents(priced.loss_at_stop), priced.quote))
    return tuple(
        _fact(context, label, value, unit, priced.symbol)
        for label, value, unit in rows
        if value is not None
    )


def _fact(context: Context, label: str, value: Decimal, unit: str, symbol: str = "") -> Fact:
    snapshot = context.research.snapshot
    return context.facts.add(
        "propose_order",
        label,
        value,
        unit,
        symbol=symbol,
        as_of=snapshot.as_of,
        source=snapshot.name,
    )
