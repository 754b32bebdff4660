"""/watches: the armed strategies, each with its own book, and buttons to steer it."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.watches import PER_PAGE, watches_card
from bot.catalogue import command
from bot.turn import Turn


@command("Safety", "Show the strategies that you armed, each with its own equity")
async def watches(turn: Turn) -> None:
    await turn.chat.show(await watches_page(turn, 0))


async def watches_page(turn: Turn, number: int, name: str = "") -> Card:
    """Make a page of the person's watches, or the one that shows the watch of this name."""
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    views = await services.watches.view(turn.account_id)
    place = next((n for n, one in enumerate(views) if one.record.watch.id == name), None)
    if place is not None:
        number = place // PER_PAGE
    return watches_card(views, state, number, demo=services.market.demo)
