"""When rings are told: the first at once, those that follow soon together, none at quiet times."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.booking import Source
from desk.messages import RINGS, Rings
from desk.ports import Entry, Message
from desk.quiet import quiet_over_at, snoozed_until
from trading.account import AccountState
from trading.events import RingsTold

COLLECTING = timedelta(minutes=5)  # after a message, what rings waits to be told together


def tell(
    state: AccountState, now: datetime, source: Source
) -> tuple[tuple[Entry, ...], tuple[Message, ...]]:
    """Return the one message of all untold rings, and the event that they are told; or nothing.

    The keys carry the number of the event, so of two processes only one can append it.
    """
    due = told_from(state, now)
    if due is None or due > now:
        return (), ()
    payload = Rings(
        account_id=state.account_id,
        rings=state.untold,
        source=source.name,
        demo=source.demo,
    )
    key = f"rings:{state.seq + 1}"
    message = Message(
        key,
        state.chat_id,
        RINGS,
        payload.model_dump_json(),
        critical=_is_critical(state),
    )
    return (Entry(RingsTold(count=len(state.untold)), key),), (message,)


def told_from(state: AccountState, now: datetime) -> datetime | None:
    """Return when the untold rings may be told, `now` at the earliest; None: there are none."""
    if not state.untold:
        return None
    if _is_critical(state):
        return now
    at = now
    # A message of the future was told by a clock that was wrong: it holds nothing up.
    if state.told_at is not None and state.told_at <= now:
        at = max(at, state.told_at + COLLECTING)
    at = max(at, snoozed_until(state.settings, now) or at)
    return quiet_over_at(state.settings, at)


def _is_critical(state: AccountState) -> bool:
    return any(ring.critical for ring in state.untold)
