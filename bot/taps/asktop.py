"""A tap that asks the analyst about the first of a ranking."""

from __future__ import annotations

from bot.catalogue import tap
from bot.turn import Toast, Turn
from tools.arguments import parse_symbol
from trading.candles import Timeframe
from trading.errors import BadArgument


@tap
async def asktop(turn: Turn) -> Toast:
    timeframe, _, symbol = turn.subject.partition(":")
    try:
        question = f"Is {parse_symbol(symbol)} a long on the {Timeframe.parse(timeframe)}?"
    except (ValueError, BadArgument):
        raise BadArgument("This button is from an older version. Rank again with /rank.") from None
    await turn.chat.say(f"You ask: {question}")
    turn.asking.begin(turn, question)
    return Toast(question)
