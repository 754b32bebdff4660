"""A strategy of /watch: on which symbol, then what watching it would mean."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.watch_plan import places_card
from bot.catalogue import tap
from bot.commands.watch import watch
from bot.paging import only_own_card, turn_to
from bot.turn import Toast, Turn
from desk.briefing_parts import LEADERS
from trading.errors import BadArgument

MOST_SYMBOLS = 5


@tap
async def plan(turn: Turn) -> Toast:
    only_own_card(turn)
    name, _, about = turn.subject.partition(":")
    kind = turn.services.pin.catalogue.singles.get(name)
    if kind is None:
        raise BadArgument("This button is from an older version. /watch lists the strategies.")
    if about:
        await watch(replace(turn, words=(*about.split(), name)))
        return Toast("")
    state = await turn.services.accounts.require(turn.account_id)
    own = [position.symbol for position in state.positions.values()]
    symbols = tuple(dict.fromkeys((*LEADERS, *own)))[:MOST_SYMBOLS]
    card = places_card(name, kind.title, symbols, demo=turn.services.market.demo)
    return await turn_to(turn, card)
