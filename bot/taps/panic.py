"""Close everything: first no new entries, durably, then flat as far as there are prices."""

from __future__ import annotations

from bot.cards.panic import flattened_card
from bot.catalogue import tap
from bot.commands.panic import LASTS
from bot.seal import Expired, unsealed
from bot.turn import Toast, Turn
from desk.outcomes import Flattened
from trading.errors import ConclaveError

REASON = "you hit /panic"
NOTHING_LEFT = "Nothing was left to close. New entries are paused."


@tap
async def panic(turn: Turn) -> Toast:
    services = turn.services
    try:
        unsealed(turn.account_id, "panic", turn.subject, services.clock())
    except Expired as error:
        return Toast(f"{error} Send /panic again.", alert=True)
    # Before anything waits for the network: what happens now opens nothing.
    await services.protect.pause(turn.account_id, REASON, watches=True)
    try:
        done = await services.confirm.flatten(turn.account_id)
    except ConclaveError as error:
        return Toast(f"New entries are paused, but not all is closed: {error}", alert=True)
    services.outbox.wake()
    if not (done.filled or done.cancelled or done.left or done.exits):
        # A second tap: the card tells what the first one closed, and stays.
        return Toast(NOTHING_LEFT)
    until = services.clock() + LASTS
    card = flattened_card(done, turn.account_id, until, demo=services.market.demo)
    if turn.message is None:
        await turn.chat.show(card)
    else:
        await turn.chat.replace(turn.message, card)
    return Toast(_summary(done), alert=bool(done.left))


def _summary(done: Flattened) -> str:
    closed, cancelled = len(done.filled), done.cancelled
    if done.left:
        return f"{closed} closed, {len(done.left)} could not be: see the card."
    return f"Closed: positions {closed}, orders {cancelled} (simulated). New entries are paused."
