"""A tap that turns the pages of /positions."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.positions import positions_page
from bot.paging import only_own_card, page_number, turn_to
from bot.turn import Toast, Turn


@tap
async def positions(turn: Turn) -> Toast:
    only_own_card(turn)
    return await turn_to(turn, await positions_page(turn, page_number(turn.subject)))
