"""Where an order's position would be left: its stop, target and trail, and its liquidation."""

from __future__ import annotations

from decimal import Decimal

from desk.entering import refuse_far, rounding
from desk.terms import Terms
from trading.account import AccountState
from trading.errors import BadArgument
from trading.holding import trade
from trading.instrument import Instrument
from trading.margin import liquidation_price, margin_after
from trading.measure import number
from trading.orders import Draft, Exits, Proposal, Side, sign
from trading.sizing import levels


def leaving(draft: Draft, entry: Decimal, what: Instrument, terms: Terms) -> Exits:
    """Return the exits of a position that a draft opens at `entry`, on the tick.

    A distance is rounded away from the entry; what the draft leaves open is the desk's own. A
    trailing stop begins at its distance. Raises BadArgument for exits that can't be.
    """
    _refuse_wrong(draft)
    stop_fraction = terms.stop_fraction if draft.stop_fraction is None else draft.stop_fraction
    target_fraction = draft.target_fraction
    target_fraction = terms.target_fraction if target_fraction is None else target_fraction
    if draft.trail_fraction:
        stop_fraction = draft.trail_fraction
    found = levels(draft.side, entry, stop_fraction, target_fraction, what)
    stop, target = found.stop, found.target
    if draft.stop_price is not None:
        stop = _named("stop", draft.stop_price, draft.side, -sign(draft.side), entry, what)
    if draft.target_price is not None:
        target = _named("target", draft.target_price, draft.side, sign(draft.side), entry, what)
    return Exits(stop=stop, target=target, trail=draft.trail_fraction or None)


def rounded_exits(draft: Draft, exits: Exits) -> tuple[str, ...]:
    """Say which named levels were moved to the tick."""
    notes: tuple[str, ...] = ()
    for name, asked, level in (
        ("Stop", draft.stop_price, exits.stop),
        ("Target", draft.target_price, exits.target),
    ):
        if asked is not None and level is not None:
            notes += rounding(name, asked, level)
    return notes


def liquidation(
    state: AccountState, draft: Draft, what: Instrument, quantity: Decimal, entry: Decimal
) -> Decimal | None:
    """Return where the position that a fill leads to would be liquidated; None: nowhere.

    The margin is that of the present position with this order's added or released.
    """
    key = (draft.strategy, what.symbol)
    before = state.holding(*key)
    after = trade(before, sign(draft.side) * quantity, entry).holding
    if not after.quantity:
        return None
    margin = margin_after(state.positions.get(key), before, after, entry, draft.leverage)
    side: Side = "buy" if after.quantity > 0 else "sell"
    average = after.cost / after.quantity
    return liquidation_price(side, average, abs(after.quantity), margin, what)


def comes_first(side: Side, liquidation: Decimal | None, stop: Decimal | None) -> bool:
    """Tell whether a position is liquidated before its stop is reached."""
    if liquidation is None or stop is None:
        return False
    return (liquidation - stop) * sign(side) >= 0


def same_exits(old: Proposal) -> Exits:
    """Return the levels that a proposal shows."""
    return Exits(stop=old.stop, target=old.target, trail=old.trail)


def distance(entry: Decimal, level: Decimal | None) -> Decimal:
    """Return how far a level is from the entry, as a fraction of it; 0: there is none."""
    return Decimal(0) if level is None else abs(level - entry) / entry


def _named(
    name: str, asked: Decimal, side: Side, way: int, entry: Decimal, what: Instrument
) -> Decimal:
    """Put a level that was named on the tick; `way` is the side of the entry it has to be on."""
    if (asked - entry) * way <= 0:
        where = "above" if way > 0 else "below"
        raise BadArgument(
            f"The {name} of a {side} is {where} its entry; {number(asked)} is not, "
            f"the entry is {number(entry)}."
        )
    refuse_far(name, asked, entry, what)
    return what.price_up(asked) if way > 0 else max(what.price_down(asked), what.tick)


def _refuse_wrong(draft: Draft) -> None:
    trail = draft.trail_fraction
    for name, fraction in (("stop", draft.stop_fraction), ("target", draft.target_fraction)):
        if fraction is not None and not 0 <= fraction < 10:
            raise BadArgument(f"The {name} distance {fraction} is not between 0 and 10.")
    if trail is not None and not 0 <= trail < 1:
        raise BadArgument(f"The trailing stop's distance {trail} is not between 0 and 1.")
    if trail and (draft.stop_fraction or draft.stop_price is not None):
        raise BadArgument("Choose a stop or a trailing stop, not both.")
    if draft.stop_fraction is not None and draft.stop_price is not None:
        raise BadArgument("The stop is given twice, as a distance and as a price.")
    if draft.target_fraction is not None and draft.target_price is not None:
        raise BadArgument("The target is given twice, as a distance and as a price.")
