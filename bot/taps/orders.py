"""A tap that turns the pages of /orders."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.orders import orders_page
from bot.paging import only_own_card, page_number, turn_to
from bot.turn import Toast, Turn


@tap
async def orders(turn: Turn) -> Toast:
    only_own_card(turn)
    return await turn_to(turn, await orders_page(turn, page_number(turn.subject)))
