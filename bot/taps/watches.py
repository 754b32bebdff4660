"""A tap that shows the watches, or turns their pages."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.watches import watches_page
from bot.paging import only_own_card, page_number, turn_to
from bot.turn import Toast, Turn


@tap
async def watches(turn: Turn) -> Toast:
    only_own_card(turn)
    return await turn_to(turn, await watches_page(turn, page_number(turn.subject)))
