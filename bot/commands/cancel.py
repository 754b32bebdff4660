"""/cancel: stop the question that is being answered."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Ask", "Stop the question that is being answered")
async def cancel(turn: Turn) -> None:
    if not turn.asking.cancel(turn.user_id):
        await turn.chat.say("No question of yours is being answered.")
