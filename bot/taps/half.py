"""Half: a new proposal of half the size, at the present price."""

from __future__ import annotations

from bot.catalogue import tap
from bot.ordering import card_language, settle_card, settle_refused, show_proposal
from bot.turn import Toast, Turn
from desk.outcomes import Refused, refuse_denied
from trading.limits import Denied


@tap
async def half(turn: Turn) -> Toast:
    outcome = await turn.services.preview.half(turn.account_id, turn.subject)
    if isinstance(outcome, Denied):
        return Toast(refuse_denied(outcome, "").text, alert=True)
    if isinstance(outcome, Refused):
        return await settle_refused(turn, outcome)
    await settle_card(turn, "Replaced")
    remark = "Half the size, at the present price."
    await show_proposal(turn, outcome, remark, card_language(turn))
    return Toast("Halved: confirm on the new card.")
