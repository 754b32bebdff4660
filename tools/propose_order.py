"""An order on paper, priced and checked, for a person to confirm."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from desk.facts import Fact
from desk.figures import cents
from desk.result import Result
from desk.same_bet import bet_in_words, bet_label
from tools.arguments import Fraction, Hours, KindArgument, Leverage, Money, SideArgument, Symbol
from tools.context import Context
from tools.registry import tool
from trading.limits import Denied
from trading.orders import ONE, Draft, Proposal


@tool(command=None, example="BTC/USDT buy 200")
async def propose_order(
    context: Context,
    symbol: Symbol,
    side: SideArgument,
    notional: Money | None = None,
    stop: Fraction | None = None,
    target: Fraction | None = None,
    kind: KindArgument = "market",
    price: Money | None = None,
    limit: Money | None = None,
    trail: Fraction | None = None,
    leverage: Leverage = ONE,
    hours: Hours | None = None,
) -> Result:
    """Price, size and risk-check an order; it fills only when the person confirms it.

    Args:
        symbol: base and quote, such as BTC/USDT
        side: buy or sell
        notional: size in quote units; without it the largest that the limits allow
        stop: distance of the stop from the entry as a fraction, such as 0.03
        target: distance of the target from the entry as a fraction, such as 0.05
        kind: market, limit, stop (an entry on a breakout) or stop_limit
        price: limit of a limit order, trigger of a stop or stop_limit, in quote units
        limit: the worst price that a stop_limit fills at, in quote units
        trail: distance of a trailing stop as a fraction, in place of stop
        leverage: 1 ties up the whole size, 3 a third of it
        hours: how long a limit or stop order waits; without it until it is cancelled
    """
    until = None
    if hours is not None and kind != "market":
        until = context.research.snapshot.as_of + timedelta(hours=float(hours))
    draft = Draft(
        symbol=symbol,
        side=side,
        strategy=context.strategy,
        kind=kind,
        price=price,
        limit=limit,
        notional=notional,
        stop_fraction=stop,
        target_fraction=target,
        trail_fraction=trail,
        leverage=leverage,
        until=until,
    )
    priced = await context.preview.price(context.account_id, draft)
    if isinstance(priced, Denied):
        reasons = "; ".join(breach.text for breach in priced.reasons)
        instrument = await context.research.snapshot.instrument(symbol)
        passing = _fact(context, "Quantity that passes", priced.passing_quantity, instrument.base)
        return Result((passing,), f"Not within the limits: {reasons}.")
    notes = (f"Nearest limit: {priced.nearest_limit}.", *priced.notes, *bet_in_words(priced))
    return Result(_figures(context, priced), " ".join(notes), draft=draft)


def _figures(context: Context, priced: Proposal) -> tuple[Fact, ...]:
    rows: list[tuple[str, Decimal | None, str]] = [
        ("Order quantity", priced.quantity, priced.base),
        ("Order size", cents(priced.notional), priced.quote),
        ("Entry", priced.entry, priced.quote),
        ("Stop", priced.stop, priced.quote),
        ("Target", priced.target, priced.quote),
        ("Liquidation price", priced.liquidation, priced.quote),
        ("Fee", cents(priced.fee), priced.quote),
    ]
    if priced.leverage != 1 and priced.margin is not None:
        rows.append(("Margin", cents(priced.margin), priced.quote))
    if priced.loss_at_stop is not None:
        rows.append(("Loss at stop", cents(priced.loss_at_stop), priced.quote))
    if priced.same_bet is not None:
        rows.append((bet_label(priced.same_bet), priced.same_bet.correlation, ""))
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
        source=snapshot.source_of(symbol),
    )
