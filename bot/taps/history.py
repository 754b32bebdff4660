"""A tap that turns the pages of /history."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.history import history_page
from bot.paging import only_own_card, page_number, turn_to
from bot.turn import Toast, Turn


@tap
async def history(turn: Turn) -> Toast:
    only_own_card(turn)
    number, _, symbol = turn.subject.partition(":")
    return await turn_to(turn, await history_page(turn, page_number(number), symbol or None))
