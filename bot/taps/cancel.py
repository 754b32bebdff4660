"""Cancel order: take a waiting order out of the book."""

from __future__ import annotations

from bot.catalogue import tap
from bot.ordering import drop_button
from bot.turn import Toast, Turn
from desk.figures import quantity
from desk.outcomes import Refused


@tap
async def cancel(turn: Turn) -> Toast:
    outcome = await turn.services.confirm.cancel(turn.account_id, turn.subject)
    if isinstance(outcome, Refused):
        if outcome.code == "closed":
            await drop_button(turn, f"cancel:{turn.subject}")
        return Toast(outcome.text, alert=True)
    turn.services.outbox.wake()
    await drop_button(turn, f"cancel:{turn.subject}", "Cancelled")
    order = outcome.order
    return Toast(f"Cancelled: {order.side} {quantity(order.quantity)} {order.symbol}.")
