"""Buy anyway: an order of the person's own, beside a vote that asked for none."""

from __future__ import annotations

from bot.catalogue import tap
from bot.ordering import offer_anyway
from bot.turn import Toast, Turn


@tap
async def buy(turn: Turn) -> Toast:
    return await offer_anyway(turn, "buy")
