"""How two symbols move together, by time stamp, against a slow way to compute it."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from tests.depth import times
from tests.trading.sample_candles import bars, flat_bars, joined, real, scaled, walk, without
from trading.candles import Candles, Timeframe
from trading.correlation import LEAST_COMMON, interval, log_returns, together
from trading.errors import BadCandles, NotEnoughHistory

HOLES = st.lists(st.tuples(st.integers(0, 180), st.integers(0, 12)), max_size=4)


def slow_returns(candles: Candles) -> dict[int, float]:
    """Look up the candle before each one by its time."""
    prices = dict(zip(candles.time.tolist(), candles.close.tolist(), strict=True))
    step = candles.timeframe.ms
    return {
        time: log(price) - log(prices[time - step])
        for time, price in prices.items()
        if time - step in prices
    }


def slow_pearson(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Return correlation and beta, term by term."""
    count = len(pairs)
    mean_x, mean_y = sum(x for x, _ in pairs) / count, sum(y for _, y in pairs) / count
    both = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    own = sum((x - mean_x) ** 2 for x, _ in pairs)
    base = sum((y - mean_y) ** 2 for _, y in pairs)
    return both / sqrt(own * base), both / base


def with_holes(candles: Candles, holes: list[tuple[int, int]]) -> Candles:
    for at, length in holes:
        candles = without(candles, min(at, len(candles)), min(at + length, len(candles)))
    return candles


@settings(max_examples=times(30, 1000), deadline=None)
@given(HOLES, HOLES, st.integers(0, 40))
def test_common_times_under_random_holes_are_those_of_a_slow_reference(
    first: list[tuple[int, int]], second: list[tuple[int, int]], late: int
) -> None:
    one = with_holes(walk(200, seed=1), first)
    other = with_holes(walk(200, seed=2), second)[late:]
    slow_one, slow_other = slow_returns(one), slow_returns(other)
    assert dict(zip(log_returns(one).time.tolist(), log_returns(one).values, strict=True)) == (
        pytest.approx(slow_one, abs=1e-12)
    )
    common = [(slow_one[time], slow_other[time]) for time in slow_one if time in slow_other]
    if len(common) < LEAST_COMMON:
        with pytest.raises(NotEnoughHistory, match=f"{len(common)} returns in common"):
            together(log_returns(one), log_returns(other))
        return
    found = together(log_returns(one), log_returns(other))
    assert (found.correlation, found.beta) == pytest.approx(slow_pearson(common), abs=1e-9)
    assert found.returns == len(common)
    assert -1 <= found.low <= found.correlation <= found.high <= 1


@settings(max_examples=times(20, 500), deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_scale_of_prices_changes_nothing(a: float, b: float) -> None:
    one, other = walk(150, seed=1), walk(150, seed=2)
    plain = together(log_returns(one), log_returns(other))
    moved = together(log_returns(scaled(one, a)), log_returns(scaled(other, b)))
    assert (moved.correlation, moved.beta) == pytest.approx((plain.correlation, plain.beta))


def test_symbol_with_itself_is_exactly_one() -> None:
    returns = log_returns(walk(100))
    found = together(returns, returns)
    assert (found.correlation, found.beta, found.low, found.high) == (1.0, 1.0, 1.0, 1.0)
    copied = together(log_returns(walk(100)), returns)
    assert copied.correlation == pytest.approx(1.0)
    assert copied.beta == pytest.approx(1.0)


def test_mirrored_price_is_exactly_against() -> None:
    one = walk(100)
    mirrored = flat_bars(1e6 / one.close)
    found = together(log_returns(replace(mirrored, time=one.time)), log_returns(one))
    assert found.correlation == pytest.approx(-1.0)
    assert found.beta == pytest.approx(-1.0)


def test_twice_the_move_is_a_beta_of_two() -> None:
    one = walk(100)
    double = replace(flat_bars(one.close**2), time=one.time)
    assert together(log_returns(double), log_returns(one)).beta == pytest.approx(2.0)


def test_interval_is_that_of_scipy() -> None:
    one, other = log_returns(walk(100, seed=1)), log_returns(walk(100, seed=2))
    theirs = pearsonr(one.values, one.values + other.values)
    found = together(one, replace(other, values=one.values + other.values))
    assert found.correlation == pytest.approx(theirs.statistic)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))
    low, high = interval(0.6, 28)
    assert interval(-0.6, 28) == pytest.approx((-high, -low))
    assert interval(1.0, 28) == (1.0, 1.0)


def test_interval_of_unrelated_walks_holds_zero_about_nineteen_times_of_twenty() -> None:
    random = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        value = float(np.asarray(np.corrcoef(random.standard_normal((2, 100))))[0, 1])
        low, high = interval(value, 100)
        held += low <= 0 <= high
    assert 0.92 <= held / 400 <= 0.98


def test_return_over_a_hole_is_none() -> None:
    candles = without(walk(100), 40, 41)
    found = log_returns(candles)
    assert len(found) == 97
    assert candles.time[40] not in found.time


@pytest.mark.parametrize("steady", [0.0, 0.01])
def test_price_that_does_not_vary_moves_with_nothing(steady: float) -> None:
    still = replace(flat_bars(100 * np.exp(steady * np.arange(100))), time=walk(100).time)
    with pytest.raises(NotEnoughHistory, match="AAA/USDT does not move"):
        together(log_returns(still), log_returns(walk(100)))


def test_few_common_candles_are_said() -> None:
    with pytest.raises(NotEnoughHistory, match="59 returns in common, 60 are needed"):
        together(log_returns(walk(60)), log_returns(walk(60, seed=2)))


def test_redenomination_is_no_return() -> None:
    with pytest.raises(BadCandles, match="redenomination"):
        log_returns(joined(walk(50), bars([(1000.0 * 9**k,) * 4 for k in range(3)])))
    coin = real("edge/binance/COCOS_USDT-1h_redenomination_and_halt", "COCOS/USDT", Timeframe.H1)
    with pytest.raises(BadCandles, match="2021-01-23"):
        log_returns(coin)


def test_real_coins_of_2021_move_together() -> None:
    one = real("candles_1h/binance/ETH_USDT-1h", "ETH/USDT", Timeframe.H1)
    other = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    found = together(log_returns(one), log_returns(other))
    assert 0.7 < found.low < found.high < 0.9
    # 5,482 candles with 6 holes: 5,481 steps, of which 6 lead over a hole.
    assert found.returns == 5_475
