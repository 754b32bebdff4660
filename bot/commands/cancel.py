"""/cancel: stop the question or search that is under way."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Ask", "Stop the question or search that is under way")
async def cancel(turn: Turn) -> None:
    if not turn.asking.cancel(turn.user_id):
        await turn.chat.say("No question of yours is being answered. No search is under way.")
