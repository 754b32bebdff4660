"""The arithmetic under the charts: labels, ticks, figures, merged bars."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.charts import theme
from bot.charts.bars import as_bars, length_text, telling_points
from bot.charts.figures import Figures, compact, price_text
from bot.charts.labels import spread
from bot.charts.scale import Scale, padded, period, round_ticks, time_ticks
from trading.candles import Candles, Timeframe, to_ms

PIXELS = st.floats(-5_000, 5_000)
PRICES = st.floats(min_value=1e-12, max_value=1e15)


def moment(*parts: int) -> int:
    return to_ms(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type, misc]  # few ints, no tz


@given(st.lists(PIXELS, max_size=14), st.floats(20, 45), PIXELS)
def test_spread_keeps_labels_apart_inside_and_in_order(
    wanted: list[float], size: float, low: float
) -> None:
    high = low + 640
    placed = spread(wanted, size, low, high)
    assert all(low + size / 2 - 1e-6 <= y <= high - size / 2 + 1e-6 for y in placed)
    assert all(b - a >= size - 1e-6 for a, b in pairwise(sorted(placed)))
    for (want_a, at_a), (want_b, at_b) in pairwise(sorted(zip(wanted, placed, strict=True))):
        assert want_a == want_b or at_a < at_b


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9, unique=True))
def test_spread_leaves_labels_that_have_room_where_they_are(rows: list[int]) -> None:
    wanted = [30.0 + 60 * row for row in rows]
    assert spread(wanted, 40, 0, 640) == pytest.approx(wanted)


def test_spread_moves_two_labels_at_one_price_equally() -> None:
    assert spread([300.0, 300.0], 40, 0, 640) == [280.0, 320.0]


def test_spread_when_there_is_no_room_says_so() -> None:
    with pytest.raises(ValueError, match="17 labels"):
        spread([0.0] * 17, 40, 0, 640)


@given(PRICES, PRICES)
def test_ticks_lie_in_the_range_and_read_differently(a: float, b: float) -> None:
    low, high = padded(min(a, b), max(a, b))
    values, step = round_ticks(low, high, 6)
    assert 2 <= len(values) <= 7
    near_enough = 1e-6 * step
    assert all(low - near_enough <= value <= high + near_enough for value in values)
    texts = [Figures.for_axis(max(abs(low), abs(high)), step).text(value) for value in values]
    assert len(set(texts)) == len(texts)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_figures_stay_short_enough_for_a_phone(value: float) -> None:
    assert len(price_text(value)) <= 18
    assert len(compact(abs(value))) <= 9


@pytest.mark.parametrize(
    ("high", "step", "value", "text"),
    [
        (26_905, 500, 26_500, "26\u202f500"),
        (26_905, 0.5, 26_905.5, "26\u202f905.5"),
        (0.0000123, 0.0000005, 0.0000115, "0.0000115"),
        (36e6, 2e6, 34e6, "34M"),
        (2.5e-12, 5e-13, 1.5e-12, "1.5e-12"),
        (120, 20, -40, "−40"),
        (120, 20, -0.0, "0"),
    ],
)
def test_axis_figures_show_the_digits_that_differ(
    high: float, step: float, value: float, text: str
) -> None:
    assert Figures.for_axis(high, step).text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (3_420, "3.42K"), (99_500, "99.5K"), (18_123_000, "18.1M"), (2.5e12, "2.50T")],
)
def test_volumes_are_compact(value: float, text: str) -> None:
    assert compact(value) == text


def test_price_tags_are_spelled_as_on_the_cards() -> None:
    assert price_text(26_905.4) == "26\u202f905"
    assert price_text(0.00001234) == "0.00001234"


def test_time_labels_are_clock_times_with_the_date_at_midnight() -> None:
    ticks = time_ticks(moment(2021, 5, 18, 13), moment(2021, 5, 19, 14), 5)
    assert [text for _, text in ticks] == ["18:00", "19 May", "06:00", "12:00"]


def test_time_labels_of_years_are_months_with_the_year_in_january() -> None:
    ticks = time_ticks(moment(2020, 8, 10), moment(2021, 9, 2), 5)
    assert [text for _, text in ticks] == ["Oct", "2021", "Apr", "Jul"]


@given(st.integers(0, moment(2150, 1, 1)), st.integers(60_000, moment(2100, 1, 1)))
def test_time_labels_are_few_and_inside(start: int, length: int) -> None:
    ticks = time_ticks(start, start + length, 5)
    assert len(ticks) <= 7
    assert all(start <= at <= start + length for at, _ in ticks)
    assert all(a < b for (a, _), (b, _) in pairwise(ticks))


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (moment(2021, 5, 19, 8), moment(2021, 5, 19, 14), "19 May 2021 08:00–14:00"),
        (moment(2021, 5, 19, 8), moment(2021, 5, 19, 8), "19 May 2021 08:00"),
        (moment(2021, 5, 15, 8), moment(2021, 5, 19), "15 May 08:00 – 19 May 2021 00:00"),
        (moment(2020, 5, 15), moment(2021, 5, 19), "15 May 2020 – 19 May 2021"),
    ],
)
def test_period_says_no_more_than_needed(start: int, end: int, text: str) -> None:
    assert period(start, end) == text


def test_scale_keeps_wild_values_within_what_can_be_drawn() -> None:
    scale = Scale(1, 2, 0, 100)
    pixels = scale(np.array([1.0, 1.5, 2.0, -1e300, 1e300, np.nan]))
    assert pixels[:3].tolist() == [0, 50, 100]
    assert np.abs(pixels[3:5]).max() <= 500
    assert np.isnan(pixels[5])


def hourly(times: list[int], closes: list[float]) -> Candles:
    rows = [
        [at * 3_600_000, close, close + 1, close - 0.5, close + 0.5, 2]
        for at, close in zip(times, closes, strict=True)
    ]
    return Candles.from_rows("BTC/USDT", Timeframe.H1, rows)


def test_merged_bars_are_true_candles_of_a_longer_timeframe() -> None:
    bars = as_bars(hourly([0, 1, 2, 3, 8, 9], [10, 14, 9, 12, 20, 21]), 5)
    assert length_text(bars.length) == "2h"
    assert bars.merged
    assert (bars.time // 3_600_000).tolist() == [0, 2, 8]
    assert bars.open.tolist() == [10, 9, 20]
    assert bars.high.tolist() == [15, 13, 22]
    assert bars.low.tolist() == [9.5, 8.5, 19.5]
    assert bars.close.tolist() == [14.5, 12.5, 21.5]
    assert bars.volume.tolist() == [4, 4, 4]


def test_few_candles_are_not_merged() -> None:
    candles = hourly([0, 1, 2], [10, 14, 9])
    bars = as_bars(candles, 5)
    assert not bars.merged
    assert bars.close is candles.close


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=60), st.sampled_from(list(Timeframe)))
def test_merging_loses_no_extreme_and_no_volume(steps: list[int], timeframe: Timeframe) -> None:
    time = np.cumsum(steps) * timeframe.ms
    # Keep the dates within what a calendar can say: weeks would go far beyond it.
    time = time[time < moment(2900, 1, 1)]
    price = np.linspace(5, 9, len(time))
    candles = Candles("X/Y", timeframe, time, price, price + 1, price - 1, price, price)
    if not len(candles):
        return
    bars = as_bars(candles, 20)
    assert (bars.time[-1] - bars.time[0]) / bars.length <= 20
    assert bars.high.max() == candles.high.max()
    assert bars.low.min() == candles.low.min()
    assert bars.close[-1] == candles.close[-1]
    assert bars.volume.sum() == pytest.approx(candles.volume.sum())


@given(st.integers(1, 5_000), st.integers(0, 2**32 - 1))
def test_thinned_curve_keeps_its_ends_and_extremes(count: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=count).cumsum()
    kept = telling_points(values, 300)
    assert len(kept) <= 300
    assert (np.diff(kept) > 0).all()
    assert {0, count - 1} <= set(kept.tolist())
    assert values[kept].max() == values.max()
    assert values[kept].min() == values.min()


def test_text_is_at_least_nine_css_pixels_on_a_phone() -> None:
    assert min(theme.SMALL, theme.TITLE) * 360 / theme.WIDTH >= 9
