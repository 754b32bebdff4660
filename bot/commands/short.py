"""/short: sell on paper, to gain from a fall."""

from __future__ import annotations

from bot.catalogue import command
from bot.ordering import offer_typed
from bot.turn import Turn


@command("Book", "Propose a paper short; it takes the same words as /buy", "ETH 100 stop 3% 2x")
async def short(turn: Turn) -> None:
    await offer_typed(turn, "short", "sell")
