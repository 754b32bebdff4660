"""/buy: a paper order without the analyst."""

from __future__ import annotations

from bot.catalogue import command
from bot.ordering import offer_typed
from bot.turn import Turn


@command(
    "Book", "Propose a paper buy; without a size the largest your limits allow", "BTC/USDT 150"
)
async def buy(turn: Turn) -> None:
    await offer_typed(turn, "buy", "buy")
