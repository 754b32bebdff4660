"""A tap on how a proposal ended: when, and at what price."""

from __future__ import annotations

from bot.catalogue import tap
from bot.turn import Toast, Turn
from desk.settled import long_over, refuse_settled


@tap
async def ended(turn: Turn) -> Toast:
    state = await turn.services.accounts.load(turn.account_id)
    if state is None:
        return Toast("This is not one of your proposals.", alert=True)
    refused = refuse_settled(state, turn.subject, turn.services.clock())
    if refused:
        accounts = turn.services.accounts
        refused = await long_over(accounts, turn.account_id, turn.subject, refused)
    return Toast(refused.text if refused else "This proposal is still open.", alert=True)
