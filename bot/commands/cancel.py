"""/cancel: stop the question or search that is under way."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Ask", "Stop the question or search that is under way")
async def cancel(turn: Turn) -> None:
    stopped = turn.asking.cancel(turn.user_id)
    if stopped:
        await turn.chat.say(f"Stopped: {stopped}.")
    else:
        await turn.chat.say("No question of yours is being answered. No search is under way.")
