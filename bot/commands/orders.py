"""/orders: what waits in the book, and proposals that wait for a tap."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.orders import orders_card
from bot.catalogue import command
from bot.turn import Turn


@command("Book", "Show open orders and proposals that wait for your tap")
async def orders(turn: Turn) -> None:
    await turn.chat.show(await orders_page(turn, 0))


async def orders_page(turn: Turn, number: int) -> Card:
    """Make a page of the person's orders."""
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    return orders_card(state, number, services.clock(), demo=services.market.demo)
