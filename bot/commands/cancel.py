"""/cancel: stop what is under way, and forget what was asked before."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn

IDLE = "Nothing of yours is under way, so nothing was stopped."
FORGOTTEN = "Forgotten: what you asked here before. Your next question starts anew."


@command("Ask", "Stop what is under way, and forget what you asked before")
async def cancel(turn: Turn) -> None:
    stopped = turn.asking.cancel(turn.user_id)
    # After the stop: a question that ends in this moment is forgotten too.
    forgotten = await turn.services.threads.forget(turn.account_id, turn.chat.id)
    said = [f"Stopped: {stopped}." if stopped else IDLE, *([FORGOTTEN] if forgotten else [])]
    await turn.chat.say("\n".join(said))
