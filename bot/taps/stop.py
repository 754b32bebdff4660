"""Cancel under a progress message: stop the question or search that it shows."""

from __future__ import annotations

from bot.catalogue import tap
from bot.turn import Toast, Turn

NOT_RUNNING = "This is not one of your running jobs. It may have ended already."


@tap
async def stop(turn: Turn) -> Toast:
    if not turn.subject or not turn.asking.cancel(turn.user_id, turn.subject):
        return Toast(NOT_RUNNING, alert=True)
    return Toast("Stopped.")
