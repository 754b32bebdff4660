"""/briefing: a card each morning, at the person's own time."""

from __future__ import annotations

from bot.briefing import show_briefing, state_card
from bot.catalogue import command
from bot.turn import Turn
from desk.briefing_parts import MOST_SYMBOLS
from tools.arguments import parse_symbol
from trading.account import AccountState
from trading.errors import BadArgument

USAGE = (
    "Usage: /briefing · /briefing 08:00 · /briefing 08:00 Europe/Berlin · /briefing off · "
    "/briefing now · /briefing list BTC ETH SOL · /briefing list off"
)


@command("Book", "Get a card each morning: book, limits, movers, news", "08:00 Europe/Berlin")
async def briefing(turn: Turn) -> None:
    words = [word.strip(",") for word in turn.words]
    if [word.lower() for word in words] == ["now"]:
        await show_briefing(turn)
        return
    await turn.chat.show(await state_card(turn, await _changed(turn, words)))


async def _changed(turn: Turn, words: list[str]) -> AccountState:
    briefings, account_id = turn.services.briefings, turn.account_id
    match words:
        case []:
            return await turn.services.accounts.require(account_id)
        case [word] if word.lower() == "off":
            return await briefings.want(account_id, "")
        case [word, *names] if word.lower() == "list" and names:
            return await briefings.choose(account_id, _symbols(names))
        case [at, half, *zone] if half.lower() in ("am", "pm"):
            return await briefings.want(account_id, f"{at}{half}", " ".join(zone) or None)
        case [at, *zone] if at[:1].isdigit():
            return await briefings.want(account_id, at, " ".join(zone) or None)
    raise BadArgument(USAGE)


def _symbols(names: list[str]) -> tuple[str, ...]:
    if [name.lower() for name in names] == ["off"]:
        return ()
    try:
        symbols = tuple(dict.fromkeys(parse_symbol(name) for name in names))
    except ValueError as error:
        raise BadArgument(f"{error}. {USAGE}") from None
    if len(symbols) > MOST_SYMBOLS:
        raise BadArgument(f"{MOST_SYMBOLS} symbols are the most, these are {len(symbols)}.")
    return symbols
