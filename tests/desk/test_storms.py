"""The longer alerts keep ringing, the fewer messages tell them; what is new waits least."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from desk.booking import Source
from desk.ports import Message
from desk.telling import AGAIN_WAITS, NEWS_WAITS, tell
from tests.trading.alerts import BTC, after
from tests.trading.ledger_events import AT, account
from trading.account import AccountState
from trading.alarm_rules import REST
from trading.alerts import Ring
from trading.events import AlertRang

MINUTE = timedelta(minutes=1)


def rings(state: AccountState, at: datetime, *, again: bool = False) -> AccountState:
    ring = Ring(kind="price", subject=BTC, value=Decimal(1), level=Decimal(1), at=at, again=again)
    return after(state, [AlertRang(ring=ring)], at)


def told(state: AccountState, now: datetime) -> tuple[AccountState, tuple[Message, ...]]:
    entries, messages = tell(state, now, Source("fake", demo=False))
    return after(state, [entry.event for entry in entries], now), messages


def storm(hours: int, *, again: bool) -> list[timedelta]:
    """Let something ring each minute; return when messages told it."""
    state, found = account(), []
    for minute in range(hours * 60):
        now = AT + minute * MINUTE
        state, messages = told(rings(state, now, again=again and minute > 0), now)
        found += [now - AT for _ in messages]
    return found


def test_news_is_told_at_once_then_ever_more_seldom_but_within_the_hour() -> None:
    times = storm(4, again=False)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] == timedelta()
    assert pauses == [*NEWS_WAITS, NEWS_WAITS[-1], NEWS_WAITS[-1]]


def test_alerts_that_ring_again_and_again_make_a_message_in_four_hours() -> None:
    times = storm(9, again=True)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == [*AGAIN_WAITS, AGAIN_WAITS[-1]]


def test_news_does_not_wait_for_what_rings_again_and_takes_it_along() -> None:
    state = account()
    for place in range(4):
        state, _ = told(rings(state, AT + place * timedelta(hours=1)), AT + place * REST / 2)
    last = state.told_at
    assert last is not None
    state, messages = told(rings(state, last + MINUTE, again=True), last + NEWS_WAITS[-1])
    assert messages == ()
    state, messages = told(rings(state, last + NEWS_WAITS[-1]), last + NEWS_WAITS[-1])
    assert [message.quiet for message in messages] == [False]
    assert state.untold == ()


def test_rings_that_are_no_news_make_no_sound() -> None:
    _, messages = told(rings(account(), AT, again=True), AT)
    assert [message.quiet for message in messages] == [True]


def test_after_a_rest_the_next_ring_is_told_at_once_and_a_new_run_begins() -> None:
    state = account()
    for minute in range(180):
        state, _ = told(rings(state, AT + minute * MINUTE), AT + minute * MINUTE)
    last = state.told_at
    assert last is not None
    state, _ = told(state, last + NEWS_WAITS[-1])
    calm = last + NEWS_WAITS[-1] + REST
    state, messages = told(rings(state, calm, again=True), calm)
    assert len(messages) == 1
    _, messages = told(rings(state, calm + MINUTE), calm + NEWS_WAITS[0])
    assert len(messages) == 1
