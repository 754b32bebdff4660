"""Reject: the proposal is over."""

from __future__ import annotations

from bot.catalogue import tap
from bot.ordering import settle_card, settle_refused
from bot.turn import Toast, Turn
from desk.outcomes import Refused


@tap
async def reject(turn: Turn) -> Toast:
    outcome = await turn.services.confirm.reject(turn.account_id, turn.subject)
    if isinstance(outcome, Refused):
        return await settle_refused(turn, outcome)
    await settle_card(turn, "Rejected")
    return Toast("Rejected. Nothing was ordered.")
