"""/close: close the positions of a symbol, or a part of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.catalogue import command
from bot.ordering import LATE
from bot.turn import Turn
from desk.outcomes import Refused
from desk.reducing import part_of
from tools.order_words import Written, read_part
from tools.usage import Usage
from trading.errors import BadArgument
from trading.orders import Position
from trading.symbols import base_of

USAGE = Usage("/close <symbol> [half, 30% or quantity]", "/close BTC/USDT half")

EVERYTHING = ("ALL", "EVERYTHING")


@command("Book", "Close your positions of a symbol, or a part, at the present price", "BTC/USDT")
async def close(turn: Turn) -> None:
    written = read_part(turn.rest, USAGE.short if turn.rest.strip() else USAGE.whole)
    if turn.late:
        raise BadArgument(LATE.format(again="Send it"))
    symbol = written.draft.symbol
    if symbol.partition("/")[0] in EVERYTHING:
        raise BadArgument("/panic closes everything. /close takes one symbol at a time.")
    state = await turn.services.accounts.require(turn.account_id)
    held = [position for position in state.positions.values() if position.symbol == symbol]
    if not held:
        raise BadArgument(f"You hold no {symbol}. /positions shows what you hold.")
    part = _part(written, held)
    for position in held:
        outcome = await turn.services.confirm.close(turn.account_id, position.id, part)
        if isinstance(outcome, Refused):
            await turn.chat.say(outcome.text)
    turn.services.outbox.wake()


def _part(written: Written, held: Sequence[Position]) -> Decimal:
    """Return which fraction of each position is meant."""
    draft = written.draft
    if draft.notional is not None:
        raise BadArgument(f"Say how much in {base_of(draft.symbol)}, or a share. {USAGE.short}")
    if draft.quantity is None:
        return Decimal(1) if written.share is None else written.share
    if len(held) > 1:
        raise BadArgument(
            f"Several strategies hold {draft.symbol}, so a quantity is not clear. Write a share "
            "such as half or 30%, or use the buttons of /positions."
        )
    return part_of(held[0], draft.quantity)
