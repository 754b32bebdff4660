"""Answer with a ranking's card, and sort it anew for who taps a factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards.rank import COMMAND, ranking_card
from bot.paging import only_own_card
from bot.turn import Turn
from trading.errors import BadArgument

if TYPE_CHECKING:
    from bot.cards.card import Card
    from desk.ranking import Ranking
    from desk.result import Result

CUT = "…"
GONE = "This is not one of your lists, or it can't be read any more. Rank again with /rank."


async def show_ranking(turn: Turn, result: Result, ranking: Ranking) -> None:
    """Show the card of a ranking that a person asked for."""
    await turn.chat.show(ranking_card(result, ranking, demo=turn.services.market.demo))


async def sorted_anew(turn: Turn, by: str) -> Card:
    """Rank the list of the card that was tapped by another factor, at the present prices.

    The card itself carries its list, so it works after a restart too.
    Errors: BadArgument where it has none; those of the tool.
    """
    only_own_card(turn)
    text = turn.message.text or "" if turn.message else ""
    lines = [line for line in text.splitlines() if f"{line} ".startswith(f"{COMMAND} ")]
    if not lines or lines[-1].endswith(CUT):
        raise BadArgument(GONE)
    tool = turn.services.tools["rank"]
    result = await tool.call(turn.context(), {**tool.parse(lines[-1].split()[1:]), "by": by})
    if result.ranking is None:
        raise BadArgument(GONE)
    return ranking_card(result, result.ranking, demo=turn.services.market.demo)
