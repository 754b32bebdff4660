"""/alerts: what is armed, with buttons to remove and to snooze."""

from __future__ import annotations

from bot.cards.rings import alerts_card
from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "List your alerts, remove or snooze them")
async def alerts(turn: Turn) -> None:
    state = await turn.services.accounts.require(turn.account_id)
    services = turn.services
    await turn.chat.show(alerts_card(state, services.clock(), demo=services.market.demo))
