"""A tap that breaks the profit down another way."""

from __future__ import annotations

from bot.catalogue import tap
from bot.commands.pnl import pnl_page, read_words
from bot.paging import only_own_card, turn_to
from bot.turn import Toast, Turn


@tap
async def pnl(turn: Turn) -> Toast:
    only_own_card(turn)
    span, by = read_words(turn.subject.split(":"))
    return await turn_to(turn, await pnl_page(turn, span, by))
