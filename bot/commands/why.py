"""/why: what stands behind the latest answer."""

from __future__ import annotations

from agents.trace import parse
from bot.cards.why import why_card
from bot.catalogue import command
from bot.turn import Turn
from trading.errors import BadArgument


@command("Ask", "Show how each run of your last question voted, and on which facts")
async def why(turn: Turn) -> None:
    stored = await turn.services.questions.latest(turn.account_id)
    if stored is None:
        raise BadArgument("You have not asked anything yet. Example: is BTC a long on the 1h?")
    await turn.chat.show(why_card(parse(stored.trace), 0))
