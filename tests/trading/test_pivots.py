from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, walk
from trading.pivots import Levels, Turn, nearest_levels, pivot_highs, pivot_lows


def there(values: list[float], each_side: int = 2) -> dict[int, float]:
    line = pivot_highs(np.array(values), each_side)
    return {int(at): float(line[at]) for at in np.flatnonzero(np.isfinite(line))}


def test_turn_is_known_only_when_the_candles_after_it_are() -> None:
    assert there([1, 2, 5, 3, 2, 1]) == {4: 5.0}
    assert there([1, 2, 5, 3]) == {}


def test_plateau_is_one_turn_and_a_line_is_none() -> None:
    assert there([1, 2, 5, 5, 5, 2, 1]) == {4: 5.0}
    assert there([3.0] * 20) == {}
    assert there([float(n) for n in range(20)]) == {}


def test_lows_mirror_highs() -> None:
    values = walk(200).close
    np.testing.assert_array_equal(pivot_lows(values), -pivot_highs(-values))


@settings(max_examples=times(30, 500), deadline=None)
@given(values=st.lists(st.integers(1, 30), min_size=1, max_size=80), each_side=st.integers(1, 6))
def test_turns_are_those_that_looking_at_each_candle_finds(
    values: list[int], each_side: int
) -> None:
    high = np.array(values, np.float64)
    line = pivot_highs(high, each_side)
    for at in range(len(high)):
        centre = at - each_side
        before, after = high[max(centre - each_side, 0) : max(centre, 0)], high[centre + 1 : at + 1]
        turned = (
            centre >= each_side and (before < high[centre]).all() and (after <= high[centre]).all()
        )
        assert np.isfinite(line[at]) == turned
        if turned:
            assert line[at] == high[centre]


def zigzag(*prices: float) -> list[float]:
    """Walk from price to price in ten steps each."""
    legs = (np.linspace(a, b, 10, endpoint=False).tolist() for a, b in pairwise(prices))
    return [price for leg in legs for price in leg]


def test_nearest_levels_are_counted_by_their_turns_and_near_turns_are_one() -> None:
    candles = flat_bars(zigzag(100, 120, 90, 120.4, 80, 122, 105, 112))
    found = nearest_levels(candles, 2.0)
    assert found.resistance is not None
    assert found.resistance.price == pytest.approx(120.2)
    assert found.resistance.touches == 2
    assert found.support is not None
    assert found.support.price == pytest.approx(105)
    assert found.support.touches == 1


def test_beyond_all_turns_there_is_no_level() -> None:
    risen = nearest_levels(flat_bars(zigzag(100, 110, 90, 150)), 1.0)
    assert risen.resistance is None
    assert risen.support == Turn(110.0, 1)
    assert nearest_levels(flat_bars([5.0] * 100), 0.0) == Levels(None, None)


@settings(max_examples=times(20, 300), deadline=None)
@given(seed=st.integers(0, 10_000), width=st.floats(0, 500))
def test_support_lies_under_the_close_and_resistance_over_it(seed: int, width: float) -> None:
    candles = walk(300, seed)
    found = nearest_levels(candles, width)
    turns = np.concatenate([pivot_highs(candles.high), pivot_lows(candles.low)])
    known = turns[np.isfinite(turns)]
    if found.support:
        assert known.min() <= found.support.price < candles.close[-1]
    if found.resistance:
        assert candles.close[-1] < found.resistance.price <= known.max()


def test_turns_longer_ago_than_300_candles_are_forgotten() -> None:
    old = zigzag(100, 200, 100)
    candles = flat_bars([*old, *[100.0 + 0.01 * n for n in range(320)]])
    assert nearest_levels(candles, 1.0) == Levels(None, None)
