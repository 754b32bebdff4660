"""A tap that shows another side of the track record."""

from __future__ import annotations

from typing import get_args

from bot.cards.track import View
from bot.catalogue import tap
from bot.commands.track import track_page
from bot.paging import only_own_card, page_number, turn_to
from bot.turn import Toast, Turn
from trading.errors import BadArgument

VIEWS: dict[str, View] = {name: name for name in get_args(View)}


@tap
async def track(turn: Turn) -> Toast:
    only_own_card(turn)
    name, _, rest = turn.subject.partition(":")
    number, _, words = rest.partition(":")
    view = VIEWS.get(name)
    if view is None:
        raise BadArgument("This page is gone. /track shows the track record.")
    card = await track_page(turn, view, words.split(), page_number(number))
    if card.chart is not None:
        # A picture comes as a message of its own: the other pages are text.
        await turn.chat.show(card)
        return Toast("")
    return await turn_to(turn, card)
