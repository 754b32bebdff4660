"""Holes and standstills are found where they are, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, real, walk
from trading.candles import Candles, Timeframe
from trading.outages import Stretch, flat_outages, gaps, total

HOUR = Timeframe.H1.ms
# Price and volume of an hour; None: the candle is missing.
Hour = tuple[int, int] | None
HOURS = st.lists(
    st.none() | st.tuples(st.integers(1, 2), st.integers(0, 1)), min_size=1, max_size=40
)


def made(hours: list[Hour]) -> Candles:
    rows = [[i * HOUR, *[hour[0]] * 4, hour[1]] for i, hour in enumerate(hours) if hour is not None]
    return Candles.from_rows("AAA/USDT", Timeframe.H1, rows)


def runs(marks: list[object]) -> list[Stretch]:
    """Return the runs of equal marks that are not None, one hour each."""
    found: list[tuple[int, int]] = []
    for i, mark in enumerate(marks):
        if mark is None:
            continue
        if found and found[-1][1] == i and marks[i - 1] == mark:
            found[-1] = (found[-1][0], i + 1)
        else:
            found.append((i, i + 1))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        Stretch(epoch + timedelta(hours=a), epoch + timedelta(hours=b), b - a) for a, b in found
    ]


@given(HOURS)
@settings(max_examples=times(100, 2000))
def test_stretches_are_what_counting_by_hand_gives(hours: list[Hour]) -> None:
    candles = made(hours)
    there = [i for i, hour in enumerate(hours) if hour is not None]
    inner = range(there[0], there[-1] + 1) if there else range(0)
    absent = ["gone" if i in inner and hours[i] is None else None for i in range(len(hours))]
    flat = [hour[0] if hour is not None and not hour[1] else None for hour in hours]
    assert list(gaps(candles)) == runs(list(absent))
    assert list(flat_outages(candles)) == runs(list(flat))
    assert total(gaps(candles)) == candles.missing


def test_the_outages_of_binance_are_these_six() -> None:
    found = gaps(real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1))
    assert [(f"{gap.start:%Y-%m-%d %H:%M}", gap.count) for gap in found] == [
        ("2020-12-21 15:00", 3),
        ("2020-12-25 02:00", 1),
        ("2021-02-11 04:00", 1),
        ("2021-03-06 02:00", 1),
        ("2021-04-20 02:00", 2),
        ("2021-04-25 05:00", 3),
    ]


def test_the_25_hours_that_a_vendor_filled_are_found() -> None:
    candles = real("candles_1h/coinbase/BTC_USD-1h", "BTC/USD", Timeframe.H1)
    found = flat_outages(candles)
    assert (len(found), total(found)) == (8, 25)
    longest = max(found, key=lambda stretch: stretch.count)
    assert longest == Stretch(
        datetime(2018, 8, 10, 1, tzinfo=UTC), datetime(2018, 8, 10, 16, tzinfo=UTC), 15
    )
    assert gaps(candles) == ()


def test_a_candle_without_volume_that_moved_is_no_standstill() -> None:
    moved = walk(50)
    silent = Candles(
        moved.symbol,
        moved.timeframe,
        moved.time,
        moved.open,
        moved.high,
        moved.low,
        moved.close,
        np.zeros(50),
    )
    assert flat_outages(silent) == ()
    assert gaps(flat_bars([])) == flat_outages(flat_bars([])) == ()
