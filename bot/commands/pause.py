"""/pause: no new entries until /resume."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "Refuse new entries; stops, targets and closing go on")
async def pause(turn: Turn) -> None:
    paused = await turn.services.protect.pause(turn.account_id)
    start = "New entries are paused" if paused.changed else "They were paused already"
    await turn.chat.say(f"{start} ({paused.reason}). Exits go on. /resume goes on with entries.")
