"""Coarser candles made of finer ones are what the exchange itself makes."""

from __future__ import annotations

from datetime import UTC, datetime
from math import fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, real, walk
from trading.candles import Candles, Timeframe, from_ms
from trading.errors import BadArgument, BadCandles
from trading.rollup import finer_than, roll_up

H1, H2, H4, D1, W1 = Timeframe.H1, Timeframe.H2, Timeframe.H4, Timeframe.D1, Timeframe.W1
PRICES = ("open", "high", "low", "close")


def part_of(candles: Candles, kept: list[bool], shift: int = 0) -> Candles:
    """Keep some of the candles, moved by `shift` hours."""
    mask = np.array(kept, dtype=np.bool_)
    columns = (getattr(candles, name)[mask] for name in (*PRICES, "volume"))
    return Candles(candles.symbol, H1, candles.time[mask] + shift * H1.ms, *columns)


def by_hand(candles: Candles, timeframe: Timeframe) -> list[tuple[float, ...]]:
    """Join candle by candle; the first Monday after 1970 began was the fifth of January."""
    monday = 4 * D1.ms if timeframe is W1 else 0
    groups: dict[int, list[int]] = {}
    for i, time in enumerate(candles.time.tolist()):
        opened = (time - monday) // timeframe.ms * timeframe.ms + monday
        groups.setdefault(opened, []).append(i)
    first, end = int(candles.time[0]), int(candles.time[-1]) + candles.timeframe.ms
    return [
        (
            opened,
            candles.open[at[0]],
            max(candles.high[at]),
            min(candles.low[at]),
            candles.close[at[-1]],
            fsum(candles.volume[at]),
        )
        for opened, at in groups.items()
        if opened >= first and opened + timeframe.ms <= end
    ]


@given(
    st.lists(st.booleans(), min_size=400, max_size=400),
    st.integers(0, 400),
    st.sampled_from([H2, H4, Timeframe.H12, D1, W1]),
    st.integers(0, 50),
)
@settings(max_examples=times(40, 600), deadline=None)
def test_it_is_what_joining_one_by_one_gives(
    kept: list[bool], shift: int, timeframe: Timeframe, seed: int
) -> None:
    kept[0] = True
    candles = part_of(walk(400, seed=seed), kept, shift)
    made, expected = roll_up(candles, timeframe), by_hand(candles, timeframe)
    assert made.timeframe is timeframe
    assert made.time.tolist() == [row[0] for row in expected]
    for at, name in enumerate(PRICES, 1):
        assert getattr(made, name).tolist() == [row[at] for row in expected]
    volumes = np.array([row[5] for row in expected])
    assert np.all(np.abs(made.volume - volumes) <= 168 * 1.2e-16 * volumes)


@given(st.integers(0, 200), st.integers(0, 50))
@settings(max_examples=times(20, 200), deadline=None)
def test_two_steps_give_the_prices_of_one(shift: int, seed: int) -> None:
    hours = part_of(walk(500, seed=seed), [True] * 500, shift)
    at_once, in_two = roll_up(hours, D1), roll_up(roll_up(hours, H4), D1)
    # What the four hours cut off at the ends can be missing from a day only there.
    inner = np.isin(at_once.time, in_two.time)
    assert len(at_once) - int(inner.sum()) <= 2
    for name in ("time", *PRICES):
        assert np.array_equal(getattr(at_once, name)[inner], getattr(in_two, name))


@pytest.mark.parametrize(
    ("symbol", "restated"), [("BTC/USDT", 3), ("ETH/USDT", 3)], ids=["BTC", "ETH"]
)
def test_five_minutes_of_binance_make_its_hours(symbol: str, restated: int) -> None:
    name = symbol.replace("/", "_")
    hours = real(f"candles_1h/binance/{name}-1h", symbol, H1)
    made = roll_up(real(f"candles_5m/binance/{name}-5m", symbol, Timeframe.M5), H1)
    assert len(made) == 5482
    for column in ("time", *PRICES):
        assert np.array_equal(getattr(made, column), getattr(hours, column)), column
    # In three hours of April 2021 the exchange's own two files differ by up to 8 %.
    far = np.abs(made.volume - hours.volume) > 1e-8
    assert int(far.sum()) == restated
    assert {f"{from_ms(int(time)):%Y-%m-%d}" for time in hours.time[far]} == {
        "2021-04-22",
        "2021-04-23",
    }


def test_candles_that_are_not_over_or_not_whole_are_left_out() -> None:
    hours = part_of(walk(10), [True] * 10, shift=1)  # 01:00 to 11:00
    assert [from_ms(int(time)).hour for time in roll_up(hours, H4).time] == [4]
    assert len(roll_up(hours[:6], H4)) == 0


def test_a_hole_of_the_exchange_is_no_reason_to_leave_a_candle_out() -> None:
    kept = [hour not in (5, 6, *range(8, 16)) for hour in range(24)]
    made = roll_up(part_of(walk(24), kept), H4)
    assert [from_ms(int(time)).hour for time in made.time] == [0, 4, 16, 20]


def test_weeks_begin_on_monday() -> None:
    days = roll_up(walk(24 * 40), D1)
    weeks = roll_up(days, W1)
    assert {from_ms(int(time)).weekday() for time in weeks.time} == {0}
    assert from_ms(int(weeks.time[0])) == datetime(2020, 12, 7, tzinfo=UTC)


def test_what_can_not_be_joined_is_refused() -> None:
    with pytest.raises(BadArgument, match="1h candles can't be made of 4h"):
        roll_up(flat_bars([1.0], H4), H1)
    with pytest.raises(BadArgument, match="1h candles can't be made of 1h"):
        roll_up(flat_bars([1.0]), H1)
    half_past = Candles.from_rows("AAA/USDT", H1, [[1_800_000, 1, 1, 1, 1, 1]])
    with pytest.raises(BadCandles, match="don't open on the hour"):
        roll_up(half_past, D1)
    assert len(roll_up(flat_bars([]), D1)) == 0


def test_the_next_finer_timeframe_comes_first() -> None:
    assert finer_than(H2) == (H1, Timeframe.M30, Timeframe.M15, Timeframe.M5, Timeframe.M1)
    assert finer_than(W1)[0] is D1
    assert finer_than(Timeframe.M1) == ()
