"""Rings are told: the first at once, a crowd together, none at quiet times, none twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.booking import Source
from desk.messages import Rings
from desk.ports import Message
from desk.ringing import next_look, price_events
from desk.telling import COLLECTING, tell
from tests.trading.alerts import BTC, after, alert, armed
from tests.trading.ledger_events import AT, account
from trading.account import AccountState
from trading.alarm_rules import COOLDOWN
from trading.alerts import Ring
from trading.events import AlertRang, Event, SettingChanged

SOURCE = Source("fake", demo=False)
SECOND = timedelta(seconds=1)


def rung(state: AccountState, *, at: datetime = AT, critical: bool = False) -> AccountState:
    ring = Ring(
        kind="stale", subject=BTC, value=Decimal(1), level=Decimal(1), at=at, critical=critical
    )
    return after(state, [AlertRang(ring=ring)], at)


def told(state: AccountState, now: datetime) -> tuple[AccountState, tuple[Message, ...]]:
    entries, messages = tell(state, now, SOURCE)
    assert len(entries) == len(messages) <= 1
    return after(state, [entry.event for entry in entries], now), messages


def count(message: Message) -> int:
    return len(Rings.model_validate_json(message.payload).rings)


def with_settings(**values: str) -> AccountState:
    return account(*(SettingChanged(name=name, value=value) for name, value in values.items()))


def test_first_ring_is_told_at_once_and_those_that_follow_soon_as_one() -> None:
    state, first = told(rung(account()), AT)
    assert [count(one) for one in first] == [1]
    for minute in range(1, 5):
        state, messages = told(rung(state), AT + timedelta(minutes=minute))
        assert messages == ()
    assert next_look(state, AT + timedelta(minutes=4)) == AT + COLLECTING
    state, messages = told(state, AT + COLLECTING)
    assert [count(one) for one in messages] == [4]
    assert state.untold == ()
    assert next_look(state, AT + COLLECTING) is None


def test_two_who_tell_the_same_rings_use_the_same_keys() -> None:
    state = rung(account())
    (entry,), (message,) = tell(state, AT, SOURCE)
    again, late = tell(state, AT + timedelta(hours=1), SOURCE)
    assert (again[0].key, late[0].key) == (entry.key, message.key)
    assert entry.key == f"rings:{state.seq + 1}"
    after_it, _ = told(state, AT)
    (next_entry,), _ = tell(rung(after_it), AT + COLLECTING, SOURCE)
    assert next_entry.key != entry.key


def test_quiet_hours_hold_rings_back_and_one_message_tells_them_all() -> None:
    state = with_settings(quiet_hours="22:00-07:00", time_zone="Europe/Berlin")
    night = datetime(2026, 1, 5, 21, 30, tzinfo=UTC)  # 22:30 in Berlin
    for hour in range(8):
        state, messages = told(rung(state), night + timedelta(hours=hour))
        assert messages == ()
    morning = next_look(state, night + timedelta(hours=8))
    assert morning == datetime(2026, 1, 6, 6, 0, tzinfo=UTC)
    assert told(state, morning - SECOND)[1] == ()
    state, messages = told(state, morning)
    assert [count(one) for one in messages] == [8]
    assert not messages[0].critical


@pytest.mark.parametrize("setting", ["quiet_hours", "snoozed_until"])
def test_critical_ring_waits_for_nothing_and_takes_the_others_along(setting: str) -> None:
    values = {"quiet_hours": "00:00-23:59", "snoozed_until": (AT + timedelta(hours=1)).isoformat()}
    state, first = told(rung(with_settings(**{setting: values[setting]})), AT)
    assert first == ()
    state, messages = told(rung(state, critical=True), AT + SECOND)
    assert [(count(one), one.critical) for one in messages] == [(2, True)]
    _, messages = told(rung(state, critical=True), AT + 2 * SECOND)
    assert [count(one) for one in messages] == [1], "not even collected"


def test_snooze_holds_rings_back_until_it_ends() -> None:
    until = AT + timedelta(hours=1)
    state, messages = told(rung(with_settings(snoozed_until=until.isoformat())), AT)
    assert messages == ()
    assert next_look(state, AT) == until
    _, messages = told(state, until)
    assert len(messages) == 1


def test_snooze_that_a_wrong_clock_set_a_year_ahead_holds_nothing_back() -> None:
    state = with_settings(snoozed_until=(AT + timedelta(days=365)).isoformat())
    assert len(told(rung(state), AT)[1]) == 1


def test_message_of_a_clock_that_was_ahead_holds_nothing_back() -> None:
    ahead = AT + timedelta(days=30)
    state, _ = told(rung(account()), ahead)
    assert len(told(rung(state), AT)[1]) == 1


def test_next_look_is_the_end_of_the_first_cooldown() -> None:
    state = armed(alert("a1"), alert("a2", "30001"))
    state = after(state, price_events(state, BTC, Decimal(30_000), Decimal(30_000), AT))
    later = AT + timedelta(minutes=3)
    state = after(state, price_events(state, BTC, Decimal(30_001), Decimal(30_001), later))
    state, _ = told(state, later)
    assert next_look(state, later) == AT + COOLDOWN
    assert next_look(state, AT + COOLDOWN) == later + COOLDOWN
    assert next_look(state, later + COOLDOWN) is None


steps = st.lists(
    st.tuples(
        st.integers(-90, 300),  # minutes until then, the clock may be put back
        st.sampled_from(["ring", "ring", "look", "snooze", "quiet", "loud", "night"]),
    ),
    max_size=40,
)


@given(steps)
def test_every_ring_is_told_exactly_once_whatever_clock_snooze_and_night_do(
    path: list[tuple[int, str]],
) -> None:
    state, now, rings, heard = account(), AT, 0, 0
    for pause, what in path:
        now += timedelta(minutes=pause)
        if what == "ring":
            state, rings = rung(state, at=now), rings + 1
        changes: dict[str, list[Event]] = {
            "snooze": [
                SettingChanged(name="snoozed_until", value=(now + timedelta(hours=1)).isoformat())
            ],
            "quiet": [SettingChanged(name="quiet_hours", value="22:00-07:00")],
            "night": [SettingChanged(name="time_zone", value="Asia/Tokyo")],
            "loud": [SettingChanged(name="quiet_hours", value="")],
        }
        state = after(state, changes.get(what, []), now)
        state, messages = told(state, now)
        heard += sum(count(one) for one in messages)
        due = next_look(state, now)
        assert (due is None) == (heard == rings), "what waits has a time, and only that"
    due = next_look(state, now)
    if due is not None:
        assert due > now
        state, messages = told(state, due)
        heard += sum(count(one) for one in messages)
    assert heard == rings


def test_an_alert_that_rings_for_the_first_time_is_told_at_once_also_soon_after_another() -> None:
    state, heard = account(), []
    for number in range(8):
        now = AT + number * SECOND
        one = alert(f"a{number}")
        ring = Ring(kind="price", subject=BTC, value=one.level, level=one.level, at=now, alert=one)
        state, messages = told(after(state, [AlertRang(ring=ring)], now), now)
        heard.append(len(messages))
    assert heard == [1, 1, 0, 0, 0, 0, 0, 0], "then they come together"
    assert next_look(state, AT + 8 * SECOND) == AT + SECOND + 3 * COLLECTING


def test_an_alert_that_rings_again_soon_waits_for_others() -> None:
    one = alert()
    first = Ring(kind="price", subject=BTC, value=one.level, level=one.level, at=AT, alert=one)
    state, _ = told(after(account(), [AlertRang(ring=first)], AT), AT)
    now = AT + SECOND
    repeated = first.model_copy(update={"at": now, "again": True})
    state, messages = told(after(state, [AlertRang(ring=repeated)], now), now)
    assert messages == ()
