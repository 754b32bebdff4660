"""Alerts: list them, from the message that told one."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.alerts import alerts as list_alerts
from bot.turn import Toast, Turn
from desk.alarms import NOT_YOURS


@tap
async def alerts(turn: Turn) -> Toast:
    if turn.subject != turn.account_id:
        return Toast(NOT_YOURS, alert=True)
    await list_alerts(turn)
    return Toast("")
