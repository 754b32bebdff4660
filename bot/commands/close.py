"""/close: close the positions of a symbol."""

from __future__ import annotations

from bot.catalogue import command
from bot.turn import Turn
from desk.outcomes import Refused
from tools.arguments import parse_symbol
from trading.errors import BadArgument


@command("Book", "Close your positions of a symbol at the present price", "BTC/USDT")
async def close(turn: Turn) -> None:
    if len(turn.words) != 1:
        raise BadArgument("Usage: /close <symbol>. Example: /close BTC/USDT")
    try:
        symbol = parse_symbol(turn.words[0])
    except ValueError as error:
        raise BadArgument(f"{error}.") from None
    state = await turn.services.accounts.require(turn.account_id)
    held = [position for position in state.positions.values() if position.symbol == symbol]
    if not held:
        raise BadArgument(f"You hold no {symbol}. /positions shows what you hold.")
    for position in held:
        outcome = await turn.services.confirm.close(turn.account_id, position.id)
        if isinstance(outcome, Refused):
            await turn.chat.say(outcome.text)
    turn.services.outbox.wake()
