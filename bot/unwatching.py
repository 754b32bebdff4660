"""How a watch ends: at once where it holds nothing, otherwise after a question."""

from __future__ import annotations

from bot.cards.watches import holding_card
from bot.turn import Turn
from desk.outcomes import Refused
from desk.watches import NOT_YOURS, position_of
from trading.watches import Watch


async def ask_or_end(turn: Turn, name: str) -> Watch | Refused | None:
    """End a watch that holds nothing; of another ask what becomes of it, and return None."""
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    known = state.watches.get(name)
    if known is None:
        return Refused(NOT_YOURS, "not_yours")
    position = position_of(state, known.watch)
    if position is None:
        return await services.watches.end(turn.account_id, name)
    marks = await services.watches.view(turn.account_id)
    view = next((one for one in marks if one.record.watch.id == name), None)
    if view is None or view.position is None:
        return await services.watches.end(turn.account_id, name)
    await turn.chat.show(holding_card(view, state, demo=services.market.demo))
    return None


async def close_and_end(turn: Turn, name: str) -> Watch | Refused:
    """Close what a watch holds, then end it; what can't be closed now keeps it armed."""
    services = turn.services
    state = await services.accounts.require(turn.account_id)
    known = state.watches.get(name)
    if known is None:
        return Refused(NOT_YOURS, "not_yours")
    position = position_of(state, known.watch)
    if position is not None:
        closed = await services.confirm.close(turn.account_id, position.id)
        if isinstance(closed, Refused) and closed.code != "closed":
            return Refused(f"{closed.text} The watch goes on.", closed.code)
        services.outbox.wake()
    return await services.watches.end(turn.account_id, name)
