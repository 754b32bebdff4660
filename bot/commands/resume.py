"""/resume: take entries again, knowingly."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "Take new entries again; drawdowns then count from today's equity")
async def resume(turn: Turn) -> None:
    resumed = await turn.services.protect.resume(turn.account_id)
    if not resumed.scopes:
        await turn.chat.say("Nothing was paused.")
        return
    names = ", ".join(scope.removeprefix("strategy:") for scope in resumed.scopes)
    await turn.chat.say(
        f"Entries go on for: {names}. From here the drawdown counts from the present equity."
    )
