"""A tap on a profile: what it would change, with the button that changes it."""

from __future__ import annotations

from bot.catalogue import tap
from bot.limiting import ask
from bot.seal import unsealed
from bot.turn import Toast, Turn


@tap
async def limits(turn: Turn) -> Toast:
    name = unsealed(turn.account_id, "limits", turn.subject, turn.services.clock())
    await ask(turn, (name,))
    return Toast("")
