"""Close: leave a position at the present price."""

from __future__ import annotations

from bot.catalogue import tap
from bot.turn import Toast, Turn
from desk.figures import price, quantity
from desk.outcomes import Refused


@tap
async def close(turn: Turn) -> Toast:
    outcome = await turn.services.confirm.close(turn.account_id, turn.subject)
    if isinstance(outcome, Refused):
        return Toast(outcome.text, alert=True)
    turn.services.outbox.wake()
    fill = outcome.fill
    return Toast(f"Closed {quantity(fill.quantity)} at {price(fill.price)} (simulated)")
