"""/sell: an order that closes or reduces what is held."""

from __future__ import annotations

from bot.catalogue import command
from bot.ordering import offer_sale
from bot.turn import Turn


@command("Book", "Propose to sell what you hold, or a part; never opens a short", "BTC/USDT half")
async def sell(turn: Turn) -> None:
    await offer_sale(turn)
