"""/unwatch: end a strategy that was armed; what it holds is asked about first."""

from __future__ import annotations

from bot.cards.watches import ended_text
from bot.catalogue import command
from bot.turn import Turn
from bot.unwatching import ask_or_end
from desk.outcomes import Refused
from trading.errors import BadArgument

USAGE = "Usage: /unwatch <number>. Example: /unwatch 1. /watches lists them with their numbers."


@command("Safety", "End a strategy that you armed", "1")
async def unwatch(turn: Turn) -> None:
    if len(turn.words) != 1:
        raise BadArgument(USAGE)
    number = turn.words[0].lower().removeprefix("w")
    if not (number.isascii() and number.isdecimal() and len(number) < 7):
        raise BadArgument(USAGE)
    ended = await ask_or_end(turn, f"w{int(number)}")
    if isinstance(ended, Refused):
        await turn.chat.say(ended.text)
    elif ended is not None:
        await turn.chat.say(ended_text(ended))
