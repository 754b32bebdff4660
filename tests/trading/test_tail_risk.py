from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.sample_candles import flat_bars, real, walk
from trading.candles import Candles, FloatArray, Timeframe
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.tail_risk import (
    aligned_daily_returns,
    daily_returns,
    historical_tail,
    portfolio_tail,
)

returns_of_days = st.lists(st.floats(-0.5, 0.5), min_size=60, max_size=200).map(np.array)


def on_days(days: list[int], closes: list[float], symbol: str) -> Candles:
    table = [[d * Timeframe.D1.ms, c, c, c, c, 1.0] for d, c in zip(days, closes, strict=True)]
    return Candles.from_rows(symbol, Timeframe.D1, table)


def test_var_and_cvar_of_a_hundred_known_days() -> None:
    losses = np.r_[0.10, 0.08, 0.06, 0.05, 0.04, np.full(95, -0.01)]
    tail = historical_tail(np.random.default_rng(1).permutation(-losses))
    assert tail.var == pytest.approx(0.04)  # the fifth worst of a hundred
    assert tail.cvar == pytest.approx(0.066)  # the mean of the five
    assert (tail.samples, tail.level) == (100, 0.95)


def test_days_that_never_lose_have_no_tail_loss() -> None:
    tail = historical_tail(np.full(100, 0.01))
    assert (tail.var, tail.cvar) == (0.0, 0.0)


@settings(max_examples=60, deadline=None)
@given(returns=returns_of_days, factor=st.floats(0.1, 3.0))
def test_cvar_is_never_milder_than_var_and_both_grow_with_the_position(
    returns: FloatArray, factor: float
) -> None:
    tail = historical_tail(returns)
    assert tail.cvar >= tail.var >= 0.0
    larger = historical_tail(returns * factor)
    assert larger.var == pytest.approx(tail.var * factor)
    assert larger.cvar == pytest.approx(tail.cvar * factor)


@settings(max_examples=60, deadline=None)
@given(returns=returns_of_days, level=st.sampled_from([0.8, 0.9, 0.95]))
def test_var_is_exceeded_by_no_more_days_than_the_level_says(
    returns: FloatArray, level: float
) -> None:
    tail = historical_tail(returns, level)
    assert np.sum(-returns > tail.var) <= (1 - level) * len(returns) + 1e-9


def test_too_few_days_say_how_many_are_needed() -> None:
    with pytest.raises(NotEnoughHistory, match="at 95% needs 60 daily returns, there are 59"):
        historical_tail(np.zeros(59))
    with pytest.raises(NotEnoughHistory, match="at 99% needs 201 daily returns, there are 200"):
        historical_tail(np.zeros(200), 0.99)
    assert historical_tail(np.zeros(201), 0.99).samples == 201


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan"), 95.0])
def test_level_that_is_no_level_is_refused(level: float) -> None:
    with pytest.raises(BadArgument, match="level is"):
        historical_tail(np.zeros(100), level)


def test_return_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadArgument, match="finite"):
        historical_tail(np.full(100, np.nan))


def test_hedged_book_has_no_tail() -> None:
    moves = np.random.default_rng(1).normal(0, 0.03, 200)
    both = np.column_stack([moves, moves])
    assert portfolio_tail(both, [0.5, -0.5]).cvar == pytest.approx(0.0)
    alone = historical_tail(moves)
    doubled = portfolio_tail(both, [0.5, 0.5])
    assert (doubled.var, doubled.cvar) == pytest.approx((alone.var, alone.cvar))


def test_short_book_loses_on_the_days_that_rise() -> None:
    moves = np.r_[np.full(90, -0.01), np.full(10, 0.08)]
    assert portfolio_tail(moves[:, None], [-1.0]).var == pytest.approx(0.08)


def test_exposures_must_fit_the_symbols() -> None:
    with pytest.raises(BadArgument, match="3 exposures"):
        portfolio_tail(np.zeros((100, 2)), [0.1, 0.2, 0.3])
    with pytest.raises(BadArgument, match="finite"):
        portfolio_tail(np.zeros((100, 1)), [float("inf")])


def test_no_return_spans_a_missing_day() -> None:
    candles = on_days([0, 1, 4, 5], [100.0, 110.0, 55.0, 66.0], "AAA/USDT")
    assert daily_returns(candles).tolist() == pytest.approx([0.1, 0.2])


def test_returns_of_several_symbols_are_matched_by_day() -> None:
    first = on_days([0, 1, 2, 3], [100.0, 110.0, 121.0, 242.0], "AAA/USDT")
    second = on_days([1, 2, 3, 4], [10.0, 5.0, 6.0, 9.0], "BBB/USDT")
    np.testing.assert_allclose(aligned_daily_returns([first, second]), [[0.1, -0.5], [1.0, 0.2]])


def test_hourly_candles_are_no_days() -> None:
    with pytest.raises(BadArgument, match="1d candles, these are 1h"):
        daily_returns(walk(100))


def test_redenomination_is_refused() -> None:
    with pytest.raises(BadCandles, match="factor"):
        daily_returns(flat_bars([1.0, 1.0, 1000.0], Timeframe.D1))


def test_nothing_to_align_is_refused() -> None:
    with pytest.raises(BadArgument, match="no candles"):
        aligned_daily_returns([])


def test_real_days_have_the_tail_that_counting_gives() -> None:
    path = "candles_1d/coinbase/ETH_USD-1d"
    candles = real(path, "ETH/USD", Timeframe.D1)
    assert candles.missing == 12
    returns = daily_returns(candles)
    assert len(returns) == len(candles) - 2  # one for the start, one for the hole
    tail = historical_tail(returns)
    assert np.mean(returns < -tail.var) <= 0.05 < np.mean(returns <= -tail.var)
    assert 0.05 < tail.var < tail.cvar < 0.25
