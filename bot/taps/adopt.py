"""The tap that changes limits as its card has shown."""

from __future__ import annotations

from bot.catalogue import tap
from bot.limiting import change_of, make
from bot.turn import Toast, Turn


@tap
async def adopt(turn: Turn) -> Toast:
    card = await make(turn, change_of(turn))
    if turn.message is None:
        await turn.chat.show(card)
    else:
        await turn.chat.replace(turn.message, card)
    return Toast("Limits changed.")
