"""A briefing is due once each local day, also where clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.briefing_times import (
    BRIEFED_ON,
    BRIEFING_AT,
    BRIEFING_FROM,
    LATEST,
    due,
    following,
    parse_at,
)
from desk.quiet import TIME_ZONE
from tests.depth import times
from trading.errors import BadArgument

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def wanted(at: str, zone: str = "Europe/Berlin", **more: str) -> dict[str, str]:
    return {BRIEFING_AT: at, BRIEFING_FROM: EARLY.isoformat(), TIME_ZONE: zone, **more}


def told_over(
    chosen: dict[str, str], start: datetime, days: int, step: timedelta
) -> list[tuple[date, datetime]]:
    """Let a clock run, telling what is due as the desk does."""
    found, now, mine = [], start, dict(chosen)
    while now < start + timedelta(days=days):
        slot = due(mine, now)
        if slot is not None:
            mine[BRIEFED_ON] = slot.day.isoformat()
            found.append((slot.day, now))
        now += step
    return found


@pytest.mark.parametrize(
    ("text", "meant"),
    [("8:00", "08:00"), ("08.30", "08:30"), ("7", "07:00"), ("8am", "08:00"), ("12 am", "00:00")],
)
def test_time_of_day_is_read_as_people_write_it(text: str, meant: str) -> None:
    assert f"{parse_at(text):%H:%M}" == meant


@pytest.mark.parametrize("text", ["25:00", "8:75", "morning", "", "-1", "13pm"])
def test_time_of_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="no time of a day"):
        parse_at(text)


def test_time_that_the_clock_skips_is_told_once_on_that_day() -> None:
    told = told_over(
        wanted("02:30"), datetime(2026, 3, 27, 20, tzinfo=UTC), 4, timedelta(minutes=5)
    )
    assert [day for day, _ in told] == [date(2026, 3, day) for day in (28, 29, 30, 31)]
    assert told[1][1] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 by the new time


def test_time_that_comes_twice_is_told_at_its_first_coming() -> None:
    told = told_over(
        wanted("02:30"), datetime(2026, 10, 23, 20, tzinfo=UTC), 4, timedelta(minutes=5)
    )
    assert [day for day, _ in told] == [date(2026, 10, day) for day in (24, 25, 26, 27)]
    assert told[1][1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@settings(max_examples=times(40, 600), deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC+05:30"]),
    st.times().map(lambda at: f"{at:%H:%M}"),
    st.integers(0, 364),
    st.sampled_from([7, 31, 97]),
)
def test_each_local_day_is_told_exactly_once(zone: str, at: str, first: int, step: int) -> None:
    start = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=first)
    told = told_over(wanted(at, zone), start, 5, timedelta(minutes=step))
    days = [day for day, _ in told]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(days) >= 5


def test_briefing_that_was_missed_is_told_late_and_after_three_hours_no_more() -> None:
    at = datetime(2026, 2, 1, 7, 0, tzinfo=UTC)
    slot = due(wanted("08:00"), at + timedelta(hours=2, minutes=59))
    assert slot is not None
    assert slot.is_late(at + timedelta(hours=2, minutes=59))
    assert not slot.is_late(at + timedelta(minutes=1))
    assert due(wanted("08:00"), at + LATEST) is None
    late_at_night = due(wanted("23:30"), datetime(2026, 2, 1, 23, 45, tzinfo=UTC))
    assert late_at_night is not None
    assert late_at_night.day == date(2026, 2, 1)


def test_briefing_that_is_wanted_after_its_time_begins_with_the_next_day() -> None:
    now = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
    chosen = wanted("08:00", **{BRIEFING_FROM: now.isoformat()})
    assert due(chosen, now) is None
    slot = following(chosen, now)
    assert slot is not None
    assert slot.at == datetime(2026, 2, 2, 7, 0, tzinfo=UTC)
    assert following({}, now) is None
