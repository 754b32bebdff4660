"""A tap that closes a position, or a part of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot.ordering import LATE
from bot.turn import Toast, Turn
from desk.figures import price, quantity
from desk.outcomes import Refused
from trading.errors import BadArgument


async def close_part(turn: Turn, fraction: Decimal) -> Toast:
    """Close a fraction of the position that the tap names, as `<id>` or `<id>:<quantity shown>`.

    A tap that waited while the bot was away closes nothing: a button has no time that is over.
    With the (signed) quantity that the card showed, two taps on it close one part only.
    """
    if turn.late:
        return Toast(LATE.format(again="Tap"), alert=True)
    position_id, _, shown = turn.subject.partition(":")
    outcome = await turn.services.confirm.close(
        turn.account_id, position_id, fraction, _quantity(shown) if shown else None
    )
    if isinstance(outcome, Refused):
        return Toast(outcome.text, alert=True)
    turn.services.outbox.wake()
    fill = outcome.fill
    return Toast(f"Closed {quantity(fill.quantity)} at {price(fill.price)} (simulated)")


def _quantity(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadArgument("This button is from an older version. Ask again.") from None
