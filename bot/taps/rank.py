"""A tap that sorts a ranking by another factor."""

from __future__ import annotations

from bot.catalogue import tap
from bot.paging import turn_to
from bot.ranking import sorted_anew
from bot.turn import Toast, Turn


@tap
async def rank(turn: Turn) -> Toast:
    return await turn_to(turn, await sorted_anew(turn, turn.subject))
