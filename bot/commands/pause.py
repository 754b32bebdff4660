"""/pause: no new entries until /resume."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "Refuse new entries; stops, targets and closing go on")
async def pause(turn: Turn) -> None:
    paused = await turn.services.protect.pause(turn.account_id)
    start = "New entries are paused" if paused.changed else "They were paused already"
    text = f"{start} ({paused.reason}). Exits go on."
    if paused.waiting:
        orders = "1 entry order waits" if paused.waiting == 1 else f"{paused.waiting} entries wait"
        text += f" {orders} in the book: one whose price comes meanwhile is cancelled."
    await turn.chat.say(f"{text} /resume goes on with entries, /panic closes everything.")
