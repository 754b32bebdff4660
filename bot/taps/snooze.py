"""Snooze: alerts wait for a while; what is critical does not."""

from __future__ import annotations

from bot.cards.rings import quiet_text
from bot.catalogue import tap
from bot.turn import Toast, Turn
from desk.alarms import NOT_YOURS


@tap
async def snooze(turn: Turn) -> Toast:
    minutes, _, account_id = turn.subject.partition(":")
    if account_id != turn.account_id or not minutes.isdecimal():
        return Toast(NOT_YOURS, alert=True)
    state = await turn.services.alarms.snooze(turn.account_id, int(minutes[:6]))
    if minutes == "0":
        return Toast("No longer snoozed.")
    return Toast(quiet_text(state, turn.services.clock()))
