"""The indexes of values and times find just those whom a look concerns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from desk.deadlines import Deadlines
from desk.levels import Band, Levels

OWNERS = st.sampled_from("abcdef")
GAUGES = st.sampled_from(["BTC/USDT", "ETH/USDT"])
VALUES = st.integers(1, 40).map(Decimal)
BANDS = st.builds(Band, st.none() | VALUES, st.none() | VALUES)
START = datetime(2026, 1, 1, tzinfo=UTC)


def outside(band: Band, low: Decimal, high: Decimal) -> bool:
    return (band.low is not None and low <= band.low) or (
        band.high is not None and high >= band.high
    )


@given(
    puts=st.lists(st.tuples(OWNERS, st.dictionaries(GAUGES, BANDS)), max_size=30),
    gauge=GAUGES,
    low=VALUES,
    width=st.integers(0, 5),
)
def test_levels_find_whom_a_full_search_finds(
    puts: list[tuple[str, dict[str, Band]]], gauge: str, low: Decimal, width: int
) -> None:
    levels, known = Levels(), dict[str, dict[str, Band]]()
    for owner, bands in puts:
        levels.put(owner, bands)
        known[owner] = bands
    high = low + width
    expected = {
        owner
        for owner, bands in known.items()
        if gauge in bands and outside(bands[gauge], low, high)
    }
    assert levels.crossed(gauge, low, high) == expected
    assert levels.gauges == {name for bands in known.values() for name in bands}
    assert levels.owners(gauge) == {owner for owner, bands in known.items() if gauge in bands}


@given(st.lists(st.tuples(OWNERS, st.none() | st.integers(0, 20)), max_size=40))
def test_deadlines_are_due_from_their_time_on_until_they_are_set_anew(
    puts: list[tuple[str, int | None]],
) -> None:
    deadlines, known = Deadlines(), dict[str, int | None]()
    for owner, minutes in puts:
        at = None if minutes is None else START + timedelta(minutes=minutes)
        deadlines.put(owner, at)
        known[owner] = minutes
    for now in (0, 7, 7, 20):
        due = {owner for owner, at in known.items() if at is not None and at <= now}
        assert deadlines.due(START + timedelta(minutes=now)) == due
