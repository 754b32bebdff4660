"""Remove: an alert is no longer wanted."""

from __future__ import annotations

from bot.cards.rings import alert_text, alerts_card
from bot.catalogue import tap
from bot.turn import Toast, Turn
from desk.outcomes import Refused


@tap
async def disarm(turn: Turn) -> Toast:
    services = turn.services
    removed = await services.alarms.remove(turn.account_id, turn.subject)
    if isinstance(removed, Refused):
        return Toast(removed.text, alert=True)
    if turn.message is not None:
        state = await services.accounts.require(turn.account_id)
        card = alerts_card(state, services.clock(), demo=services.market.demo)
        await turn.chat.replace(turn.message, card)
    return Toast(f"Removed: {alert_text(removed)}")
