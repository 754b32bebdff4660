"""/resume: take entries again, knowingly."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "Take new entries again, also after a drawdown limit")
async def resume(turn: Turn) -> None:
    resumed = await turn.services.protect.resume(turn.account_id)
    if not resumed.scopes:
        await turn.chat.say("Nothing was paused.")
        return
    text = f"Entries go on for: {_names(resumed.scopes)}."
    if resumed.anew:
        text += f" From here the drawdown of {_names(resumed.anew)} counts from today's equity."
    await turn.chat.say(text)


def _names(scopes: tuple[str, ...]) -> str:
    return ", ".join(scope.removeprefix("strategy:") for scope in scopes)
