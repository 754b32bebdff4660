"""Close half: leave one half of a position at the present price."""

from __future__ import annotations

from decimal import Decimal

from bot.catalogue import tap
from bot.closing import close_part
from bot.turn import Toast, Turn


@tap
async def closehalf(turn: Turn) -> Toast:
    return await close_part(turn, Decimal("0.5"))
