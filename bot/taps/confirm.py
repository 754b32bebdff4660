"""Confirm: the tap that fills a paper order, or puts it into the book."""

from __future__ import annotations

from bot.catalogue import tap
from bot.ordering import PLACED, card_language, settle_card, settle_refused, show_proposal
from bot.turn import Toast, Turn
from desk.figures import price, quantity
from desk.outcomes import Placed, Refused, Repriced


@tap
async def confirm(turn: Turn) -> Toast:
    outcome = await turn.services.confirm.confirm(turn.account_id, turn.subject)
    if isinstance(outcome, Refused):
        return await settle_refused(turn, outcome)
    if isinstance(outcome, Repriced):
        await settle_card(turn, "Replaced")
        await show_proposal(turn, outcome.proposal, outcome.why, card_language(turn))
        return Toast(f"{outcome.why} Nothing was filled: see the new card.", alert=True)
    turn.services.outbox.wake()
    if isinstance(outcome, Placed):
        order = outcome.order
        await settle_card(turn, PLACED, order.id)
        at = "" if order.price is None else f" at {quantity(order.price)}"
        return Toast(f"Waits in the book{at} (simulated)")
    await settle_card(turn, "Confirmed")
    fill = outcome.fill
    verb = "Bought" if fill.side == "buy" else "Sold"
    return Toast(f"{verb} {quantity(fill.quantity)} at {price(fill.price)} (simulated)")
