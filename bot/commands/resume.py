"""/resume: take entries again, knowingly."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn

DAY_LOST = (
    "Today's loss has reached its limit, which /resume does not lift: "
    "entries start again at 00:00 UTC."
)


@command("Safety", "Take new entries again, also after a drawdown limit")
async def resume(turn: Turn) -> None:
    resumed = await turn.services.protect.resume(turn.account_id)
    text = f"Entries go on for: {_names(resumed.scopes)}." if resumed.scopes else ""
    if resumed.anew:
        text += f" From here the drawdown of {_names(resumed.anew)} counts from today's equity."
    if not resumed.scopes:
        text = "Nothing was paused."
    if resumed.day_lost:
        text += f" {DAY_LOST}"
    await turn.chat.say(text)


def _names(scopes: tuple[str, ...]) -> str:
    return ", ".join(scope.removeprefix("strategy:") for scope in scopes)
