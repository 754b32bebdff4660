"""/buy: a paper order without the analyst."""

from __future__ import annotations

from bot.catalogue import command
from bot.ordering import offer_typed
from bot.turn import Turn


@command(
    "Book",
    "Propose a paper buy: at the market, or at a limit or stop price; sized by you or the limits",
    "BTC/USDT 150 stop 3% target 5%",
)
async def buy(turn: Turn) -> None:
    await offer_typed(turn, "buy", "buy")
