"""/pnl: profit today, this week, this month and in all, broken down as the person likes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card
from bot.cards.pnl import pnl_card
from bot.catalogue import command
from bot.turn import Turn
from desk.statement import By, Span, statement
from trading.errors import BadArgument

USAGE = "Usage: /pnl [day|week|month|all] [symbol|strategy]. Example: /pnl month symbol"
SPANS: Mapping[str, Span] = {
    "day": "day",
    "today": "day",
    "week": "week",
    "month": "month",
    "all": "all",
}
WAYS: Mapping[str, By] = {"time": "time", "symbol": "symbol", "strategy": "strategy"}


@command("Book", "Show profit by day, week, month, symbol or strategy", "month symbol")
async def pnl(turn: Turn) -> None:
    span, by = read_words([word.lower() for word in turn.words])
    await turn.chat.show(await pnl_page(turn, span, by))


def read_words(words: list[str]) -> tuple[Span, By]:
    """Read what was typed, in any order; raise BadArgument for what is neither."""
    spans = [SPANS[word] for word in words if word in SPANS]
    ways = [WAYS[word] for word in words if word in WAYS]
    if len(spans) > 1 or len(ways) > 1 or len(spans) + len(ways) < len(words):
        raise BadArgument(USAGE)
    by: By = ways[0] if ways else "time"
    # Without a time a symbol's profit is that of all its fills, and time is told by the day.
    return (spans[0] if spans else "day" if by == "time" else "all"), by


async def pnl_page(turn: Turn, span: Span, by: By) -> Card:
    """Make the card of the person's profit."""
    services = turn.services
    view = await services.portfolios.view(turn.account_id)
    made = await services.histories.profit(turn.account_id)
    return pnl_card(statement(made, view, span, by))
