"""/ask: the same as writing a question without a command."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn
from trading.errors import BadArgument


@command("Ask", "Ask the analyst a question in plain words", "is BTC a long on the 1h?")
async def ask(turn: Turn) -> None:
    if not turn.words:
        raise BadArgument("What do you want to know? Example: /ask is BTC a long on the 1h?")
    await turn.asking.ask(turn, " ".join(turn.words))
