"""/limits: the risk limits, how close the account is to each, and changing them."""

from __future__ import annotations

from bot.cards.limits import limits_card
from bot.catalogue import command
from bot.limit_words import HELP
from bot.limiting import change
from bot.suggesting import suggest
from bot.turn import Turn


@command("Safety", "Show the risk limits and how close you are to them, or change them")
async def limits(turn: Turn) -> None:
    first = turn.words[0].lower() if turn.words else ""
    if first == "suggest":
        await suggest(turn, turn.words[1:])
    elif first == "help":
        await turn.chat.say(HELP)
    elif first:
        await change(turn, turn.words)
    else:
        use = await turn.services.protect.use(turn.account_id)
        demo = turn.services.market.demo
        await turn.chat.show(limits_card(use, turn.account_id, demo=demo))
