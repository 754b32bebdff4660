"""Quiet hours by the clock on the wall, also where it is put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quiet import (
    QuietHours,
    hushed,
    parse_hours,
    parse_zone,
    quiet_hours,
    snoozed_until,
    zone_of,
)
from trading.errors import BadArgument

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
MINUTE = timedelta(minutes=1)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
walls = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(moments, walls, walls, st.sampled_from(ZONES))
def test_quiet_hours_end_when_they_say(now: datetime, start: time, end: time, zone: str) -> None:
    hours = QuietHours(start, end, ZoneInfo(zone))
    if start == end:
        return
    over = hours.over_at(now)
    assert not hours.hold(over)
    assert now <= over <= now + timedelta(hours=26)
    if over > now:
        assert hours.hold(now)
        assert hours.hold(over - timedelta(seconds=2))


@pytest.mark.parametrize(
    ("now", "end", "over"),
    [
        # Clocks go forward at 01:00 UTC, from 02:00 to 03:00: 02:30 never comes.
        ("2026-03-28T23:00Z", time(2, 30), "2026-03-29T01:00Z"),
        ("2026-03-28T23:00Z", time(7), "2026-03-29T05:00Z"),
        # And back, from 03:00 to 02:00: 02:30 comes twice, the first ends it.
        ("2026-10-24T23:00Z", time(2, 30), "2026-10-25T00:30Z"),
        ("2026-10-24T23:00Z", time(7), "2026-10-25T06:00Z"),
    ],
)
def test_quiet_hours_over_a_change_of_clocks(now: str, end: time, over: str) -> None:
    hours = QuietHours(time(22), end, ZoneInfo("Europe/Berlin"))
    found = hours.over_at(datetime.fromisoformat(now))
    assert abs(found - datetime.fromisoformat(over)) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("22:00-07:00", "22:00-07:00"),
        ("22-7", "22:00-07:00"),
        ("22.30 – 7", "22:30-07:00"),
        ("9:15-24", "09:15-00:00"),
    ],
)
def test_hours_when_written_as_people_do_are_understood(written: str, meant: str) -> None:
    assert str(parse_hours(written, UTC)) == meant
    assert parse_hours(meant, UTC) == parse_hours(written, UTC)


@pytest.mark.parametrize("text", ["", "22", "25-7", "22:60-7", "7-7", "0-24", "night", "22-7-9"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadArgument):
        parse_hours(text, UTC)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("utc+2", "UTC+02:00"),
        ("+5:30", "UTC+05:30"),
        ("GMT-3", "UTC-03:00"),
    ],
)
def test_zone_when_written_as_people_do_has_one_name(written: str, name: str) -> None:
    assert parse_zone(written) == name
    assert zone_of({"time_zone": name}).utcoffset(datetime(2026, 1, 1)) is not None  # noqa: DTZ001 - asked for that wall time


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "Atlantis", "UTC+99", "posix/../Zulu"])
def test_zone_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadArgument):
        parse_zone(text)


@given(st.text(max_size=30))
def test_zone_whatever_is_written_is_usable_or_refused(text: str) -> None:
    try:
        name = parse_zone(text)
    except BadArgument:
        return
    NOW.astimezone(zone_of({"time_zone": name}))


def test_hushed_is_the_snooze_or_the_night() -> None:
    assert not hushed({}, NOW)
    assert quiet_hours({}) is None
    assert hushed({"quiet_hours": "11:00-13:00"}, NOW)
    assert not hushed({"quiet_hours": "11:00-13:00", "time_zone": "UTC+03:00"}, NOW)
    snoozed = {"snoozed_until": (NOW + MINUTE).isoformat()}
    assert hushed(snoozed, NOW)
    assert snoozed_until(snoozed, NOW + MINUTE) is None
