"""Where an order would be entered: its prices on the exchange's grid, and the fill to expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from desk.pricing import market_price
from trading.errors import BadArgument
from trading.instrument import Instrument, Quote
from trading.measure import number
from trading.orders import Draft, Side, sign

LONGEST = timedelta(days=90)  # that an order may wait
FARTHEST = 5  # times the market's price, or a fifth of it: beyond is a slip of the finger
AT_ONCE = "The market is at this limit already: it fills at once, at the limit or better."


@dataclass(frozen=True)
class Entering:
    """How an order gets in: `fill` is the price to expect, `price` and `limit` as in the draft.

    `waits`: it goes into the book, where the price band does not apply. `notes` are for the card.
    """

    fill: Decimal
    waits: bool = False
    price: Decimal | None = None
    limit: Decimal | None = None
    notes: tuple[str, ...] = ()


def entering(draft: Draft, quote: Quote, what: Instrument, slippage: Decimal) -> Entering:
    """Put a draft's prices on the tick, never in the person's disfavour, and expect its fill.

    A limit fills at its price (better when the market is there already), a stop entry at its
    trigger worsened by the slippage, a stop-limit the same but never beyond its limit. Raises
    BadArgument for prices that are missing, too many, or make no sense at this quote.
    """
    _refuse_missing(draft)
    market = market_price(draft.side, quote, slippage, what)
    if draft.price is None:
        return Entering(market)
    for asked in (draft.price, draft.limit):
        if asked is not None:
            refuse_far("price", asked, quote.last, what)
    if draft.kind == "limit":
        return _limit(draft, draft.price, quote, what, market)
    return _stop(draft, draft.price, quote, what, slippage)


def refuse_late(draft: Draft, now: datetime) -> None:
    """Refuse an end that is over, too far, or of an order that does not wait."""
    if draft.until is None:
        return
    if draft.kind == "market":
        raise BadArgument("A market order fills at once; only a waiting order has an end.")
    if draft.until <= now:
        raise BadArgument(
            f"The end {draft.until:%Y-%m-%d %H:%M} UTC is over; it is {now:%H:%M} UTC now."
        )
    if draft.until - now > LONGEST:
        raise BadArgument(
            f"The end {draft.until:%Y-%m-%d} is more than {LONGEST.days} days away. "
            "Choose an earlier one, or none."
        )


def refuse_far(name: str, price: Decimal, market: Decimal, what: Instrument) -> None:
    """Refuse a price that can only be a slip of the finger."""
    if not price.is_finite() or price <= 0:
        raise BadArgument(f"The {name} {price} is not above zero.")
    if not market / FARTHEST <= price <= market * FARTHEST:
        raise BadArgument(
            f"The {name} {number(price)} is too far from the market, {number(market)} "
            f"{what.quote}: at most {FARTHEST} times it, at least a fifth of it."
        )


def worsened(side: Side, price: Decimal, slippage: Decimal, what: Instrument) -> Decimal:
    """Return what a market order that is sent at `price` fills at, rounded against the trader."""
    raw = price * (1 + sign(side) * slippage)
    return _outward(side, raw, what)


def rounding(name: str, asked: Decimal, on_tick: Decimal) -> tuple[str, ...]:
    """Say that a price was moved to the tick; nothing when it was not."""
    if asked == on_tick:
        return ()
    return (f"{name} {number(asked)} put on the tick: {number(on_tick)}.",)


def _limit(
    draft: Draft, asked: Decimal, quote: Quote, what: Instrument, market: Decimal
) -> Entering:
    buys = draft.side == "buy"
    price = what.price_down(asked) if buys else what.price_up(asked)
    if price <= 0:
        raise BadArgument(f"The limit {number(asked)} is below one tick, {number(what.tick)}.")
    notes = rounding("Limit", asked, price)
    if price < quote.ask if buys else price > quote.bid:
        return Entering(price, True, price, notes=notes)
    fill = min(price, market) if buys else max(price, market)
    return Entering(fill, False, price, notes=(*notes, AT_ONCE))


def _stop(
    draft: Draft, asked: Decimal, quote: Quote, what: Instrument, slippage: Decimal
) -> Entering:
    side = draft.side
    trigger, touch = _outward(side, asked, what), quote.ask if side == "buy" else quote.bid
    if (trigger - touch) * sign(side) <= 0:
        way = "above" if side == "buy" else "below"
        raise BadArgument(
            f"A stop entry to {side} has to be {way} the market, {number(touch)}; "
            f"{number(trigger)} would trigger at once. Use a limit or market order."
        )
    notes = rounding("Trigger", asked, trigger)
    fill = worsened(side, trigger, slippage, what)
    if draft.limit is None:
        return Entering(fill, True, trigger, notes=notes)
    limit = _outward(side, draft.limit, what)
    if (limit - trigger) * sign(side) < 0:
        way = "at or above" if side == "buy" else "at or below"
        raise BadArgument(
            f"The limit of a stop-limit to {side} is {way} its trigger: "
            f"{number(limit)} is not, the trigger is {number(trigger)}."
        )
    notes += rounding("Limit", draft.limit, limit)
    fill = min(fill, limit) if side == "buy" else max(fill, limit)
    return Entering(fill, True, trigger, limit, notes)


def _outward(side: Side, price: Decimal, what: Instrument) -> Decimal:
    """Round to the tick away from the market: up for a buy, down for a sell, one tick at least."""
    return what.price_up(price) if side == "buy" else max(what.price_down(price), what.tick)


def _refuse_missing(draft: Draft) -> None:
    needed = {"market": 0, "limit": 1, "stop": 1, "stop_limit": 2}[draft.kind]
    given = (draft.price is not None) + (draft.limit is not None)
    if given != needed or (needed and draft.price is None):
        kind = draft.kind.replace("_", "-")
        raise BadArgument(
            f"A {kind} order has {needed or 'no'} price{'s' if needed != 1 else ''} "
            f"of its own, not {given}."
        )
