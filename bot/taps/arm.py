"""Arm or Cancel under a plan of /watch: only this tap arms it, and each card arms one."""

from __future__ import annotations

from bot.cards.watches import armed_card, not_armed_card
from bot.catalogue import tap
from bot.paging import turn_to
from bot.seal import Expired, unsealed
from bot.turn import Toast, Turn
from bot.watching import plan_on
from desk.outcomes import Refused

CANCELLED = "Nothing was armed."


@tap
async def arm(turn: Turn) -> Toast:
    services = turn.services
    try:
        what = unsealed(turn.account_id, "arm", turn.subject, services.clock())
    except Expired as error:
        return Toast(f"{error} Send /watch again.", alert=True)
    mode, _, card_id = what.partition(".")
    demo = services.market.demo
    if mode == "not":
        await turn_to(turn, not_armed_card(demo=demo))
        return Toast(CANCELLED)
    state = await services.accounts.require(turn.account_id)
    there = next((one.watch for one in state.watches.values() if one.watch.card == card_id), None)
    if there is not None:
        return Toast(f"Armed already: {there.name}.")
    draft = (await plan_on(turn)).draft
    armed = await services.watches.arm(turn.account_id, draft, auto=mode == "auto", card=card_id)
    if isinstance(armed, Refused):
        return Toast(armed.text, alert=True)
    await turn_to(turn, armed_card(armed, state.account_id, demo=demo))
    return Toast(f"Armed: {armed.name}.")
