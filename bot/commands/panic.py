"""/panic: show what would be closed, with the one button that closes all of it."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.panic import panic_card
from bot.catalogue import command
from bot.turn import Turn

LASTS = timedelta(minutes=2)


@command("Safety", "Stop new entries and close everything, after one more tap")
async def panic(turn: Turn) -> None:
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    if not state.positions and not state.orders and not state.watches:
        await turn.chat.say(
            "Nothing is open: no position, no waiting order. /pause refuses new entries."
        )
        return
    view = await services.portfolios.view(turn.account_id)
    await turn.chat.show(panic_card(view, state, services.clock() + LASTS))
