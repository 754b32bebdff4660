"""/alert: be told when a price, a move or an indicator crosses a level."""

from __future__ import annotations

from bot.cards.rings import armed_card
from bot.catalogue import command
from bot.turn import Turn
from desk.outcomes import Refused
from tools.alert_words import parse_alert


@command("Safety", "Be told when a price, a move or an indicator crosses", "BTC/USDT above 30000")
async def alert(turn: Turn) -> None:
    draft = parse_alert(" ".join(turn.words))
    armed = await turn.services.alarms.arm(turn.account_id, draft)
    if isinstance(armed, Refused):
        await turn.chat.say(armed.text)
        return
    await turn.chat.show(armed_card(armed, demo=turn.services.market.demo))
