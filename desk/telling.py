"""When rings are told: an alert's first at once, a crowd together, none at quiet times.

The longer a run of messages grows, the longer rings wait for the next one, and longest those of
alerts that rang before: on the day of a crash every alert rings, many of them again and again.
What an alert tells for the first time is what it was armed for: the second message of a run waits
for nothing where it is such news.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.booking import Source
from desk.messages import RINGS, Rings
from desk.ports import Entry, Message
from desk.quiet import quiet_over_at, snoozed_until
from trading.account import AccountState
from trading.alarm_rules import REST
from trading.events import RingsTold

COLLECTING = timedelta(minutes=5)  # after a message, what rings waits to be told together
# So long after the first, second, … message of a run; the last holds for all that follow.
NEWS_WAITS = (COLLECTING, timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1))
FIRST_WAITS = (timedelta(), *NEWS_WAITS[1:])
AGAIN_WAITS = (COLLECTING, timedelta(minutes=30), timedelta(hours=4))


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
        source=source.of(*(ring.subject for ring in state.untold)),
        demo=source.demo,
    )
    key = f"rings:{state.seq + 1}"
    message = Message(
        key,
        state.chat_id,
        RINGS,
        payload.model_dump_json(),
        critical=_is_critical(state),
        quiet=all(ring.again for ring in state.untold),
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
        at = max(at, state.told_at + _wait(state, state.told_at))
    at = max(at, snoozed_until(state.settings, now) or at)
    return quiet_over_at(state.settings, at)


def _wait(state: AccountState, told_at: datetime) -> timedelta:
    """Return how long after a message the untold rings wait for the next one."""
    if any(ring.alert is not None and not ring.again for ring in state.untold):
        waits: tuple[timedelta, ...] = FIRST_WAITS
    else:
        waits = AGAIN_WAITS if all(ring.again for ring in state.untold) else NEWS_WAITS
    rested = state.untold[0].at - told_at >= REST
    place = 0 if rested else min(max(state.told_run, 1), len(waits)) - 1
    return waits[place]


def _is_critical(state: AccountState) -> bool:
    return any(ring.critical for ring in state.untold)
