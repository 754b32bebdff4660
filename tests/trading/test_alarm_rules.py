"""An alert rings once per crossing: hysteresis and cooldown on any path of values."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk.ringing import bands, price_events, value_events
from tests.trading.alerts import BTC, after, alert, armed, indicator, move
from tests.trading.ledger_events import AT
from trading.account import AccountState, AlertRecord
from trading.alarm_rules import COOLDOWN, awaited, cooling_until, step, turning
from trading.alerts import Alert
from trading.events import AlertRang, AlertReset, Event

ABOVE, BELOW = alert(), alert("b1", direction="below")
EVERY = (ABOVE, BELOW, move(), move("m2", direction="below"), indicator(), alert(ready=False))
minutes = st.integers(0, 40)


def values(one: Alert) -> st.SearchStrategy[Decimal]:
    """Draw values near the level and its turning point, and far away."""
    near = [one.level, turning(one), (one.level + turning(one)) / 2]
    offsets = st.sampled_from([Decimal(0), one.level / 10_000, -one.level / 10_000])
    close = st.builds(lambda value, off: value + off, st.sampled_from(near), offsets)
    return st.one_of(close, st.sampled_from([one.level / 2, one.level * 2]))


def looked(state: AccountState, one: Alert, value: Decimal, at: datetime) -> list[Event]:
    if one.kind == "price":
        return price_events(state, BTC, value, value, at)
    return value_events(state, one.gauge, value, at)


@given(st.data())
def test_rings_on_any_path_are_apart_by_a_reset_beyond_the_margin_and_a_cooldown(
    data: st.DataObject,
) -> None:
    one = data.draw(st.sampled_from(EVERY))
    path = data.draw(st.lists(st.tuples(values(one), minutes), max_size=30))
    state, now, may_ring, rang_at = armed(one), AT, one.ready, None
    for value, pause in path:
        now += timedelta(minutes=pause, seconds=1)
        events = looked(state, one, value, now)
        assert len(events) <= 1
        beyond = value >= one.level if one.rises else value <= one.level
        back = value <= turning(one) if one.rises else value >= turning(one)
        cold = rang_at is None or now - rang_at >= COOLDOWN
        if events and isinstance(events[0], AlertRang):
            assert may_ring
            assert beyond
            assert cold
            may_ring, rang_at = False, now
        elif events:
            assert isinstance(events[0], AlertReset)
            assert not may_ring
            assert back
            assert cold
            may_ring = True
        else:
            assert not (may_ring and beyond), "a crossing was missed"
            assert not (not may_ring and back and cold), "a reset was missed"
        state = after(state, events, now)


@given(st.data())
def test_values_inside_the_band_never_do_anything(data: st.DataObject) -> None:
    alerts = data.draw(st.lists(st.sampled_from(EVERY), unique_by=lambda one: one.id, min_size=1))
    state, now = armed(*alerts), AT
    for _ in range(data.draw(st.integers(1, 15))):
        now += timedelta(minutes=data.draw(minutes), seconds=1)
        one = data.draw(st.sampled_from(alerts))
        found = [data.draw(values(one)), data.draw(values(one))]
        low, high = (min(found), max(found)) if one.kind == "price" else (found[0], found[0])
        band = bands(state, now)[one.gauge]
        inside = (band.low is None or low > band.low) and (band.high is None or high < band.high)
        if one.kind == "price":
            events = price_events(state, BTC, low, high, now)
        else:
            events = value_events(state, one.gauge, low, now)
        assert not (inside and events)
        state = after(state, events, now)


def test_oscillation_around_the_level_rings_once() -> None:
    state, rings = armed(ABOVE), 0
    for second in range(0, 6 * 3600, 30):
        price = Decimal(30_000 + (50 if second % 60 else -50))
        events = price_events(state, BTC, price, price, AT + timedelta(seconds=second))
        rings += sum(isinstance(event, AlertRang) for event in events)
        state = after(state, events)
    assert rings == 1


@pytest.mark.parametrize(
    ("one", "ring_at", "quiet_at", "back_at"),
    [
        (ABOVE, "30000", "29941", "29940"),
        (BELOW, "30000", "30059", "30060"),
        (move(), "0.05", "0.036", "0.035"),
        (indicator(), "70", "68.01", "68"),
        (indicator("i2", "30", direction="below"), "30", "31.9", "32"),
    ],
)
def test_alert_that_rang_is_ready_again_only_beyond_its_margin(
    one: Alert, ring_at: str, quiet_at: str, back_at: str
) -> None:
    now, later = AT + timedelta(minutes=1), AT + timedelta(hours=1)
    state = after(armed(one), looked(armed(one), one, Decimal(ring_at), now), now)
    assert not state.alerts[one.id].ready
    assert looked(state, one, Decimal(quiet_at), later) == []
    assert looked(state, one, Decimal(back_at), now + COOLDOWN - timedelta(seconds=1)) == []
    (event,) = looked(state, one, Decimal(back_at), later)
    assert event == AlertReset(alert_id=one.id, happened_at=later)


def test_alert_armed_beyond_its_level_waits_for_the_way_back() -> None:
    state = armed(alert(ready=False))
    beyond = price_events(state, BTC, Decimal(31_000), Decimal(31_000), AT)
    assert beyond == []
    back = price_events(state, BTC, Decimal(29_000), Decimal(29_000), AT)
    assert [event.kind for event in back] == ["alert_reset"]


def test_wide_spread_that_stands_still_does_not_ring_again() -> None:
    """The ask alone decides for "above": a bid far below is no way back."""
    state, rings = armed(ABOVE), 0
    for hour in range(20):
        ask = Decimal(30_000 - hour % 2)
        events = price_events(state, BTC, Decimal(29_000), ask, AT + timedelta(hours=hour))
        rings += sum(isinstance(event, AlertRang) for event in events)
        state = after(state, events)
    assert rings == 1


def test_candle_that_spans_the_level_rings_once_and_not_again_when_seen_twice() -> None:
    opened, closed = AT + timedelta(minutes=5), AT + timedelta(minutes=6)
    state = armed(ABOVE)
    low, high = Decimal(29_000), Decimal(30_500)
    events = price_events(state, BTC, low, high, closed, opened)
    assert [event.kind for event in events] == ["alert_rang"]
    state = after(state, events)
    assert price_events(state, BTC, low, high, closed, opened) == []
    far = Decimal(20_000)
    reset = price_events(state, BTC, far, far, AT + timedelta(hours=1), AT + timedelta(minutes=59))
    state = after(state, reset)
    assert state.alerts["a1"].ready
    assert price_events(state, BTC, low, high, closed, opened) == [], "it is older than the reset"


def test_candle_that_was_open_when_the_alert_was_armed_does_not_ring_it() -> None:
    opened, closed = AT - timedelta(seconds=30), AT + timedelta(seconds=30)
    low, high = Decimal(29_000), Decimal(30_500)
    assert price_events(armed(ABOVE), BTC, low, high, closed, opened) == []


def test_indicator_of_a_candle_that_closed_before_the_arming_is_left_alone() -> None:
    record = AlertRecord(indicator())
    assert step(record, Decimal(90), Decimal(90), AT) is None
    assert step(record, Decimal(90), Decimal(90), AT + timedelta(hours=1)) == "ring"


@given(st.integers(-100_000, 100_000))
def test_cooldown_of_a_clock_that_was_wrong_holds_for_two_cooldowns_at_most(minutes: int) -> None:
    rang_at = AT + timedelta(minutes=minutes)
    record = AlertRecord(ABOVE, ready=False, rang_at=rang_at)
    until = cooling_until(record, AT)
    assert until is None or AT < until < AT + 2 * COOLDOWN
    assert (awaited(record, AT) == (None, None)) == (until is not None)


def test_alert_to_ring_once_is_gone_after_its_ring() -> None:
    state = armed(alert(once=True))
    events = price_events(state, BTC, Decimal(30_001), Decimal(30_002), AT)
    assert [event.kind for event in events] == ["alert_rang", "alert_removed"]
    state = after(state, events)
    assert not state.alerts
    assert state.untold[0].alert == alert(once=True)


def test_level_that_is_crossed_either_way_is_refused() -> None:
    with pytest.raises(ValidationError, match="one side"):
        alert(direction="either")
