from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from trading.candles import FloatArray, IntArray, Timeframe, from_ms, to_ms
from trading.monthly import Month, monthly_returns


def from_day(start: datetime, count: int, timeframe: Timeframe = Timeframe.D1) -> IntArray:
    return to_ms(start) + np.arange(count) * timeframe.ms


def test_whole_and_partial_months_of_known_days() -> None:
    # 30 January to 2 April 2024: two days, all of February (29) and March (31), two days
    equity = np.r_[100.0, 110.0, np.full(28, 5.0), 121.0, np.full(30, 5.0), 60.5, 5.0, 66.55]
    held = np.r_[100.0, 100.0, np.full(62, 200.0)]
    table = monthly_returns(
        from_day(datetime(2024, 1, 30, tzinfo=UTC), 64), Timeframe.D1, equity, held
    )
    assert [(m.year, m.month, m.whole) for m in table.months] == [
        (2024, 1, False),
        (2024, 2, True),
        (2024, 3, True),
        (2024, 4, False),
    ]
    assert [m.change for m in table.months] == pytest.approx([0.1, 0.1, -0.5, 0.1])
    assert [m.held for m in table.months] == pytest.approx([0.0, 1.0, 0.0, 0.0])
    (year,) = table.years
    assert year.change == pytest.approx(66.55 / 100 - 1)
    assert year.held == pytest.approx(1.0)
    assert not year.whole


def test_a_year_is_its_months_compounded() -> None:
    time = from_day(datetime(2023, 1, 1, tzinfo=UTC), 730)  # 2023, and 2024 but its last day
    equity = np.linspace(100.0, 829.0, 730)
    table = monthly_returns(time, Timeframe.D1, equity, equity)
    first, second = table.years
    assert (first.year, first.whole) == (2023, True)
    assert (second.year, second.whole) == (2024, False)
    assert first.change == pytest.approx(4.64 - 1)
    assert (1 + first.change) * (1 + second.change) == pytest.approx(8.29)
    assert [m.whole for m in table.months] == [True] * 23 + [False]


def test_a_year_of_whole_months_that_begins_in_april_is_no_whole_year() -> None:
    time = from_day(datetime(2023, 4, 1, tzinfo=UTC), 275)
    table = monthly_returns(time, Timeframe.D1, np.ones(275), np.ones(275))
    assert [m.whole for m in table.months] == [True] * 9
    assert [y.whole for y in table.years] == [False]


def test_the_candle_that_ends_at_midnight_belongs_to_the_month_before() -> None:
    start = datetime(2024, 1, 31, 22, tzinfo=UTC)
    values = np.array([100.0, 120.0, 60.0])  # 22:00, 23:00, and 00:00 of 1 February
    table = monthly_returns(from_day(start, 3, Timeframe.H1), Timeframe.H1, values, values)
    assert [(m.month, m.change) for m in table.months] == [(1, pytest.approx(0.2)), (2, -0.5)]


def test_a_week_belongs_to_the_month_in_which_it_ends() -> None:
    start = datetime(2024, 1, 22, tzinfo=UTC)  # weeks from the 22nd and the 29th of January
    values = np.array([100.0, 150.0])
    table = monthly_returns(from_day(start, 2, Timeframe.W1), Timeframe.W1, values, values)
    assert table.months == (
        Month(2024, 1, 0.0, 0.0, False),
        Month(2024, 2, 0.5, 0.5, False),
    )


def test_a_month_without_candles_is_absent_and_the_next_one_has_its_return() -> None:
    time = np.array([to_ms(datetime(2024, m, 1, tzinfo=UTC)) for m in (1, 2, 5)])
    values = np.array([100.0, 110.0, 55.0])
    table = monthly_returns(time, Timeframe.D1, values, values)
    assert [(m.month, m.change) for m in table.months] == [
        (1, 0.0),
        (2, pytest.approx(0.1)),
        (5, -0.5),
    ]


def test_after_ruin_months_return_nothing() -> None:
    values = np.r_[np.full(20, 100.0), np.zeros(80)]
    table = monthly_returns(
        from_day(datetime(2024, 1, 1, tzinfo=UTC), 100), Timeframe.D1, values, np.ones(100)
    )
    assert [m.change for m in table.months] == [-1.0, 0.0, 0.0, 0.0]
    assert table.years[0].change == -1.0


def test_times_before_1970_have_months_too() -> None:
    values = np.array([1.0, 2.0])
    table = monthly_returns(
        from_day(datetime(1969, 12, 31, tzinfo=UTC), 2), Timeframe.D1, values, values
    )
    assert [(m.year, m.month) for m in table.months] == [(1969, 12), (1970, 1)]


@settings(max_examples=times(60, 2_000), deadline=None)
@given(
    timeframe=st.sampled_from(list(Timeframe)),
    start=st.integers(0, 2_000_000_000),
    count=st.integers(2, 600),
    seed=st.integers(0, 2**32),
    hole=st.integers(1, 2_000),
)
def test_months_compound_to_the_whole_and_end_where_their_candles_do(
    timeframe: Timeframe, start: int, count: int, seed: int, hole: int
) -> None:
    random = np.random.default_rng(seed)
    steps = np.where(random.random(count) < 0.02, hole, 1)
    time = start * 1000 // timeframe.ms * timeframe.ms + np.cumsum(steps) * timeframe.ms
    equity: FloatArray = np.exp(np.cumsum(random.normal(0, 0.01, count)))
    held: FloatArray = np.exp(np.cumsum(random.normal(0, 0.01, count)))
    table = monthly_returns(time, timeframe, equity, held)
    for part in (table.months, table.years):
        assert np.prod([1 + m.change for m in part]) == pytest.approx(equity[-1] / equity[0])
        assert np.prod([1 + m.held for m in part]) == pytest.approx(held[-1] / held[0])
    last: dict[tuple[int, int], float] = {}
    for stamp, value in zip(time, equity, strict=True):
        moment = from_ms(int(stamp) + timeframe.ms - 1)
        last[moment.year, moment.month] = value
    before = equity[0]
    assert [(m.year, m.month) for m in table.months] == list(last)
    for month, value in zip(table.months, last.values(), strict=True):
        assert month.change == pytest.approx(value / before - 1, abs=1e-12)
        before = value
