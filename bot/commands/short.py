"""/short: sell on paper, to gain from a fall."""

from __future__ import annotations

from bot.catalogue import command
from bot.ordering import offer_typed
from bot.turn import Turn


@command("Book", "Propose a paper short; without a size the largest your limits allow", "ETH 100")
async def short(turn: Turn) -> None:
    await offer_typed(turn, "short", "sell")
