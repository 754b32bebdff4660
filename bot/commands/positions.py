"""/positions: what is held, each with buttons to close it or half of it."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.positions import positions_card
from bot.catalogue import command
from bot.turn import Turn


@command("Book", "Show open positions, each with buttons to close it or half of it")
async def positions(turn: Turn) -> None:
    await turn.chat.show(await positions_page(turn, 0))


async def positions_page(turn: Turn, number: int) -> Card:
    """Make a page of the person's positions."""
    return positions_card(await turn.services.portfolios.view(turn.account_id), number)
