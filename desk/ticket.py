"""The proposal as it is written down: what the order costs, risks and changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk.entering import Entering
from desk.leaving import comes_first, liquidation, rounded_exits
from desk.pricing import Ground
from desk.same_bet import still_held
from desk.sized import Sized, opening
from desk.terms import Terms
from trading.account import AccountState, equity
from trading.margin import margin_for
from trading.orders import Draft, Exits, Proposal
from trading.sizing import fee, loss_at_stop

SIX = Decimal("1E-6")
LIQUIDATED_FIRST = "The position is liquidated before its stop is reached."


@dataclass(frozen=True)
class Asked:
    """A draft, the question it comes from, and the proposal that it replaces."""

    draft: Draft
    question_id: str | None = None
    old: Proposal | None = None


def ticket(
    new_id: str,
    state: AccountState,
    ground: Ground,
    asked: Asked,
    way: Entering,
    exits: Exits,
    sized: Sized,
    terms: Terms,
    now: datetime,
) -> Proposal:
    """Write a proposal for a quantity that passes; one that only closes has no exits."""
    what, draft, quantity, entry = ground.instrument, asked.draft, sized.quantity, way.fill
    mark = ground.marks[what.symbol]
    opened = opening(state, draft.strategy, draft.symbol, draft.side, quantity)
    exits = exits if opened > 0 else Exits()
    loss = _loss(draft, opened, entry, exits, terms)
    edge = liquidation(state, draft, what, quantity, entry)
    before = exposure(state, draft.symbol, mark)
    return Proposal(
        id=new_id,
        account_id=state.account_id,
        strategy=draft.strategy,
        symbol=draft.symbol,
        base=what.base,
        quote=what.quote,
        side=draft.side,
        quantity=quantity,
        opens=opened,
        entry=entry,
        band=terms.band,
        stop=exits.stop,
        target=exits.target,
        notional=quantity * entry,
        fee_rate=terms.fee_rate,
        slippage=terms.slippage,
        fee=fee(quantity, entry, terms.fee_rate),
        loss_at_stop=loss,
        loss_fraction=(loss / equity(state, ground.marks)).quantize(SIX) if loss else None,
        exposure_before=before,
        exposure_after=before - (quantity - opened) * mark + opened * entry,
        nearest_limit=sized.nearest,
        quoted_at=ground.quote.at,
        made_at=now,
        expires_at=_expiry(draft, now, terms),
        source=ground.quote.source,
        question_id=asked.question_id,
        parent_id=asked.old.id if asked.old else None,
        kind=draft.kind,
        price=way.price,
        limit=way.limit,
        trail=exits.trail,
        leverage=draft.leverage,
        liquidation=edge,
        until=draft.until,
        reduce_only=draft.reduce_only,
        margin=margin_for(opened * entry, draft.leverage),
        tick=what.tick,
        lot=what.lot,
        min_notional=what.min_notional,
        mark=mark,
        notes=_notes(draft, way, exits, sized, edge),
        same_bet=still_held(asked.old, state) if asked.old and opened > 0 else None,
    )


def exposure(state: AccountState, symbol: str, mark: Decimal) -> Decimal:
    """Return the gross worth of all strategies' positions in a symbol, quote units."""
    held = (position for (_, name), position in state.positions.items() if name == symbol)
    return sum((abs(position.quantity) for position in held), Decimal(0)) * mark


def _loss(
    draft: Draft, opened: Decimal, entry: Decimal, exits: Exits, terms: Terms
) -> Decimal | None:
    if exits.stop is None:
        return None
    return loss_at_stop(draft.side, opened, entry, exits.stop, terms.fee_rate, terms.slippage)


def _expiry(draft: Draft, now: datetime, terms: Terms) -> datetime:
    over = now + terms.lifetime
    return over if draft.until is None else min(over, draft.until)


def _notes(
    draft: Draft, way: Entering, exits: Exits, sized: Sized, edge: Decimal | None
) -> tuple[str, ...]:
    notes = (*way.notes, *rounded_exits(draft, exits), *sized.notes)
    return (*notes, LIQUIDATED_FIRST) if comes_first(draft.side, edge, exits.stop) else notes
