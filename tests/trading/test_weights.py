from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, walk
from trading.candles import FloatArray
from trading.errors import BadArgument
from trading.weights import (
    LEAST_RETURNS,
    WINDOW,
    equal_weights,
    inverse_volatility_weights,
    most_of,
    weights_of,
)


def closes(symbols: int, count: int, seed: int = 1) -> FloatArray:
    """Make walks whose volatilities differ."""
    return np.array([walk(count, seed=seed + j).close ** (0.3 + 0.6 * j) for j in range(symbols)])


def zigzag(step: float, count: int = 80) -> FloatArray:
    """Make a price that rises and falls by a fraction in turn."""
    changes = np.where(np.arange(count - 1) % 2 == 0, step, -step)
    return np.concatenate([[100.0], 100.0 * np.cumprod(1.0 + changes)])


def test_equal_weights_are_one_over_the_number_of_symbols() -> None:
    assert equal_weights(4, 3).tolist() == [[0.25] * 3] * 4
    candles = [flat_bars([1.0] * 50), flat_bars([2.0] * 50)]
    assert weights_of("equal", candles).tolist() == [[0.5] * 50] * 2


def test_half_the_volatility_gets_twice_the_weight() -> None:
    weights = inverse_volatility_weights(np.array([zigzag(0.02), zigzag(0.01)]))
    assert weights[:, -1] == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("window", [20, 33, WINDOW])
def test_weights_are_those_of_the_newest_returns(window: int) -> None:
    close = closes(3, 200)
    weights = inverse_volatility_weights(close, window, most=1.0)
    for i in (window, 101, 199):
        returns = np.diff(close[:, i - window : i + 1]) / close[:, i - window : i]
        inverse = 1.0 / returns.std(axis=1, ddof=1)
        assert weights[:, i] == pytest.approx(inverse / inverse.sum())


def test_short_history_is_equal_and_then_measured_on_what_there_is() -> None:
    close = closes(2, 60)
    weights = inverse_volatility_weights(close, most=1.0)
    assert np.all(weights[:, :LEAST_RETURNS] == 0.5)
    returns = np.diff(close[:, : LEAST_RETURNS + 1]) / close[:, :LEAST_RETURNS]
    inverse = 1.0 / returns.std(axis=1, ddof=1)
    assert weights[:, LEAST_RETURNS] == pytest.approx(inverse / inverse.sum())
    assert np.all(inverse_volatility_weights(close[:, :5]) == 0.5)


def test_what_is_cut_off_goes_to_the_others_in_proportion() -> None:
    close = np.array([zigzag(0.001), zigzag(0.01), zigzag(0.02)])
    weights = inverse_volatility_weights(close, most=0.4)
    # 1,000 : 100 : 50; the first is cut to 0.4, then the second too: 0.4, 0.4, 0.2.
    assert weights[:, -1] == pytest.approx([0.4, 0.4, 0.2])
    weights = inverse_volatility_weights(close, most=0.7)
    assert weights[:, -1] == pytest.approx([0.7, 0.2, 0.1])


def test_price_that_stands_still_gets_no_more_than_the_most() -> None:
    close = np.array([np.full(80, 5.0), zigzag(0.01), zigzag(0.01)])
    assert inverse_volatility_weights(close)[:, -1] == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    still = np.full((4, 80), 5.0)
    assert inverse_volatility_weights(still)[:, -1] == pytest.approx([0.25] * 4)


@pytest.mark.parametrize(("symbols", "most"), [(1, 1.0), (2, 0.75), (4, 0.5), (10, 0.2)])
def test_most_is_twice_the_equal_share(symbols: int, most: float) -> None:
    assert most_of(symbols) == pytest.approx(most)


@given(st.integers(1, 6), st.integers(1, 150), st.integers(0, 30), st.floats(1.0, 3.0))
@settings(max_examples=times(40, 1000), deadline=None)
def test_weights_sum_to_one_within_the_most(
    symbols: int, count: int, seed: int, slack: float
) -> None:
    most = min(1.0, slack / symbols)
    weights = inverse_volatility_weights(closes(symbols, count, seed), most=most)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, rtol=1e-12)
    assert weights.min() > 0.0
    assert weights.max() <= most + 1e-12


@given(st.integers(2, 5), st.integers(2, 140), st.integers(0, 30))
@settings(max_examples=times(30, 600), deadline=None)
def test_later_closes_change_no_weight(symbols: int, cut: int, seed: int) -> None:
    close = closes(symbols, 150, seed)
    whole = inverse_volatility_weights(close)
    assert inverse_volatility_weights(close[:, :cut]).tolist() == whole[:, :cut].tolist()
    tampered = close.copy()
    tampered[:, cut:] *= np.linspace(2.0, 9.0, 150 - cut)
    assert inverse_volatility_weights(tampered)[:, :cut].tolist() == whole[:, :cut].tolist()


def test_returns_beyond_the_window_are_forgotten() -> None:
    calm, wild = zigzag(0.01, 200), zigzag(0.2, 100)
    crashed = np.concatenate([wild, wild[-1] * zigzag(0.01, 101)[1:] / 100.0])
    weights = inverse_volatility_weights(np.array([calm, crashed]))
    assert weights[1, 99] == pytest.approx(0.25)  # what the cap leaves
    assert weights[:, -1] == pytest.approx([0.5, 0.5])


def test_impossible_caps_and_windows_are_refused() -> None:
    with pytest.raises(BadArgument, match="add up to 1"):
        inverse_volatility_weights(closes(3, 50), most=0.3)
    with pytest.raises(BadArgument, match="window"):
        inverse_volatility_weights(closes(3, 50), window=5)
