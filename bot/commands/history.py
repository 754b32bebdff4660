"""/history: all fills, page by page."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.history import history_card
from bot.catalogue import command
from bot.paging import page_number
from bot.turn import Turn
from tools.arguments import parse_symbol
from trading.errors import BadArgument
from trading.profit import Profit

USAGE = "Usage: /history [symbol] [page]. Example: /history BTC/USDT 2"


@command("Book", "Show your fills, newest first, with fees and what they realised")
async def history(turn: Turn) -> None:
    words = list(turn.words)
    number = page_number(words.pop()) if words and words[-1].isdigit() else 1
    if len(words) > 1:
        raise BadArgument(USAGE)
    try:
        symbol = parse_symbol(words[0]) if words else None
    except ValueError as error:
        raise BadArgument(f"{error}. {USAGE}") from None
    await turn.chat.show(await history_page(turn, max(number - 1, 0), symbol))


async def history_page(turn: Turn, number: int, symbol: str | None) -> Card:
    """Make a page of the person's fills; page 0 holds the newest."""
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    page = await services.histories.page(turn.account_id, number, symbol)
    made = await services.histories.profit(turn.account_id)
    total = made.by_symbol().get(symbol, Profit()) if symbol else made.total()
    return history_card(page, total, state.currency, demo=services.market.demo)
