"""Close: leave a position at the present price."""

from __future__ import annotations

from bot.catalogue import tap
from bot.closing import close_part
from bot.turn import Toast, Turn
from trading.orders import ONE


@tap
async def close(turn: Turn) -> Toast:
    return await close_part(turn, ONE)
