"""/track: what the verdicts came to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cards.card import Card
from bot.cards.track import (
    LABELS,
    View,
    latest_card,
    models_card,
    plot_card,
    shares_card,
    track_card,
)
from bot.catalogue import command
from bot.turn import Turn
from tools.arguments import parse_symbol
from trading.errors import BadArgument

if TYPE_CHECKING:
    from desk.called import Followed
    from desk.track import Asked, TrackView

USAGE = "Usage: /track [symbol] [90d] [model]. Example: /track BTC/USDT 90d"
DAYS = re.compile(r"([1-9]\d{0,3})d")
NAMES = {label.lower(): name for name, label in LABELS.items()}


@command("Ask", "Show how often the verdicts came true, and what they made", "90d")
async def track(turn: Turn) -> None:
    await turn.chat.show(await track_page(turn, "short", turn.words))


async def track_page(turn: Turn, view: View, words: Sequence[str], number: int = 0) -> Card:
    """Make a card of the person's track record."""
    services = turn.services
    asked = read_words(words, await services.track.calls(turn.account_id))
    seen = await services.track.view(turn.account_id, asked)
    # The cards draw intervals from all calls: nobody else must wait for that.
    return await asyncio.to_thread(
        _card, seen, view, services.clock(), number, demo=services.market.demo
    )


def _card(seen: TrackView, view: View, now: datetime, number: int, *, demo: bool) -> Card:
    if view == "models":
        return models_card(seen, demo=demo)
    if view == "shares":
        return shares_card(seen, demo=demo)
    if view == "plot":
        return plot_card(seen, demo=demo)
    if view == "latest":
        return latest_card(seen, number, demo=demo)
    return track_card(seen, now, demo=demo)


def read_words(words: Sequence[str], known: Sequence[Followed]) -> Asked:
    """Read what was typed, in any order; raise BadArgument for what there are no calls of."""
    from desk.track import Asked

    analyst, symbol, days = "", "", 0
    analysts = {one.call.analyst.casefold() for one in known}
    symbols = {one.call.symbol for one in known}
    for word in words:
        if (found := DAYS.fullmatch(word.lower())) and not days:
            days = int(found[1])
        elif not symbol and (name := _symbol(word)) in symbols:
            symbol = name
        elif not analyst and any(word.casefold() in one for one in analysts):
            analyst = word
        else:
            raise BadArgument(_unknown(word, known))
    return Asked(analyst, symbol, days)


def _symbol(word: str) -> str:
    try:
        return parse_symbol(word)
    except ValueError:
        return ""


def _unknown(word: str, known: Sequence[Followed]) -> str:
    if not known:
        return f"There is no verdict yet, so none of '{word}'. Ask: is BTC a long on the 1h?"
    there = [*dict.fromkeys(one.call.symbol for one in known if one.call.symbol)][:3]
    there += [*dict.fromkeys(one.call.analyst for one in known)][:3]
    return f"There are no verdicts of '{word}'; there are of {', '.join(there)}. {USAGE}"
