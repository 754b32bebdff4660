from __future__ import annotations

from datetime import timedelta
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.depth import times
from tests.trading.sample_candles import real, walk
from trading.backtest import backtest, backtest_strategy
from trading.bootstrap import (
    LEAST_RETURNS,
    Interval,
    Intervals,
    _fill_sums,
    _resample,
    block_length,
    intervals,
    warm,
)
from trading.candles import FloatArray, Timeframe
from trading.errors import BadArgument
from trading.strategies.sma_cross import SmaCross


def curve(returns: NDArray[np.floating[Any]]) -> FloatArray:
    return np.asarray(10_000.0 * np.cumprod(np.r_[1.0, 1.0 + returns]), np.float64)


def normal(count: int, seed: int, mean: float = 0.0005, deviation: float = 0.02) -> FloatArray:
    return np.random.default_rng(seed).normal(mean, deviation, count)


def known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def sharpe(returns: NDArray[np.floating[Any]], timeframe: Timeframe) -> float:
    return float(returns.mean() / returns.std(ddof=1) * sqrt(timeframe.per_year))


def test_the_same_seed_gives_the_same_intervals_and_another_one_nearly() -> None:
    equity = curve(normal(1_000, 1))
    assert intervals(equity, Timeframe.D1) == intervals(equity, Timeframe.D1, 7, 1_000)
    first, other = (
        known(intervals(equity, Timeframe.D1).sharpe),
        known(intervals(equity, Timeframe.D1, seed=8).sharpe),
    )
    assert first != other
    assert first.low == pytest.approx(other.low, abs=0.25)
    assert first.high == pytest.approx(other.high, abs=0.25)


@pytest.mark.parametrize("seed", [0, -1, 2**63, 2**80])
def test_any_seed_will_do(seed: int) -> None:
    found = known(intervals(curve(normal(500, 2)), Timeframe.D1, seed).total_return)
    assert found.low < found.high


@pytest.mark.parametrize("path", ["candles_1h/binance/ETH_USDT-1h"])
def test_a_real_backtest_lies_within_its_own_intervals(path: str) -> None:
    candles = real(path, "ETH/USDT", Timeframe.H1)
    result = backtest_strategy(candles, SmaCross())
    found = intervals(result.equity, candles.timeframe)
    for interval, value in (
        (found.total_return, result.metrics.total_return),
        (found.annual_return, result.metrics.annual_return),
        (found.sharpe, result.metrics.sharpe),
    ):
        assert value is not None
        assert known(interval).low < value < known(interval).high


def test_annual_return_is_the_total_return_of_a_year_compounded() -> None:
    found = intervals(curve(normal(729, 3)), Timeframe.D1)  # two years with the first candle
    total, annual = known(found.total_return), known(found.annual_return)
    assert annual.low == pytest.approx(sqrt(1 + total.low) - 1)
    assert annual.high == pytest.approx(sqrt(1 + total.high) - 1)
    half = intervals(curve(normal(729, 3)), Timeframe.D1, period=timedelta(days=365))
    assert known(half.annual_return).low == pytest.approx(total.low)


def test_what_is_too_short_has_no_interval() -> None:
    assert intervals(curve(normal(LEAST_RETURNS - 1, 4)), Timeframe.D1) == Intervals()
    enough = intervals(curve(normal(LEAST_RETURNS, 4)), Timeframe.D1)
    assert None not in (enough.total_return, enough.annual_return, enough.sharpe)
    hours = intervals(curve(normal(LEAST_RETURNS, 4)), Timeframe.H1)
    assert hours.annual_return is hours.sharpe is None
    assert hours.total_return is not None


@pytest.mark.parametrize(
    "equity",
    [
        np.full(500, 100.0),
        100 * 1.001 ** np.arange(500.0),
        np.r_[100.0 + np.arange(250) % 7, np.zeros(250)],
    ],
    ids=["flat", "steady growth", "ruin"],
)
def test_what_does_not_vary_or_is_ruined_has_no_interval(equity: FloatArray) -> None:
    assert intervals(equity, Timeframe.H1) == Intervals()


def test_too_few_resamples_are_refused() -> None:
    with pytest.raises(BadArgument, match="200"):
        intervals(curve(normal(100, 1)), Timeframe.D1, resamples=100)


def test_a_curve_that_is_mostly_flat_still_has_intervals() -> None:
    returns = np.zeros(2_000)
    returns[[100, 900]] = 0.05, -0.02
    found = intervals(curve(returns), Timeframe.H1)
    # Many resamples hold neither trade: they return nothing, at a ratio of 0.
    assert known(found.total_return).low <= 0.0 <= known(found.total_return).high
    assert known(found.sharpe).low <= 0.0 <= known(found.sharpe).high


@pytest.mark.parametrize(
    ("count", "timeframe", "length"),
    [
        (8_759, Timeframe.H1, 24),  # a day
        (8_759, Timeframe.D1, 22),  # 400 blocks at most
        (365, Timeframe.D1, 8),  # the cube root
        (1_000, Timeframe.D1, 10),
        (104, Timeframe.W1, 3),  # 30 blocks at least
        (60, Timeframe.H1, 2),
        (999_999, Timeframe.M1, 2_500),
    ],
)
def test_blocks_are_a_day_or_the_cube_root_long(
    count: int, timeframe: Timeframe, length: int
) -> None:
    assert block_length(count, timeframe) == length


@settings(max_examples=times(40, 1_000), deadline=None)
@given(
    returns=st.lists(st.floats(-0.5, 0.9), min_size=3, max_size=60).map(np.array),
    start=st.integers(0, 59),
    length=st.integers(1, 20),
)
def test_a_blocks_sums_are_those_of_its_returns_also_around_the_end(
    returns: FloatArray, start: int, length: int
) -> None:
    count = len(returns)
    start, length = start % count, min(length, count)
    sums = np.empty((count + length + 1, 3))
    _fill_sums(curve(returns), sums)
    block = np.take(returns, np.arange(start, start + length), mode="wrap")
    expected = [np.log1p(block).sum(), block.sum(), (block**2).sum()]
    assert sums[start + length] - sums[start] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_intervals_are_those_of_a_plain_bootstrap() -> None:
    returns = normal(600, 5, 0.001)
    length, random = block_length(600, Timeframe.D1), np.random.default_rng(1)
    totals, sharpes = [], []
    for _ in range(4_000):
        starts = random.integers(0, 600, -(-600 // length))
        places = (starts[:, None] + np.arange(length)).ravel()[:600] % 600
        totals.append(np.prod(1 + returns[places]) - 1)
        sharpes.append(sharpe(returns[places], Timeframe.D1))
    found = intervals(curve(returns), Timeframe.D1, resamples=4_000)
    for interval, values in ((found.total_return, totals), (found.sharpe, sharpes)):
        width = known(interval).high - known(interval).low
        bounds = [known(interval).low, known(interval).high]
        assert bounds == pytest.approx(np.percentile(values, [2.5, 97.5]), abs=0.06 * width)


@pytest.mark.parametrize("at", [0, 150, 298, 299])
def test_every_return_is_drawn_as_often_as_any_other(at: int) -> None:
    returns = np.zeros(300)
    returns[at] = 0.5
    found = known(intervals(curve(returns), Timeframe.D1, resamples=10_000).total_return)
    # It is drawn once on average, and 3 times or less in 98 of 100 resamples (Poisson).
    assert found.low == 0.0
    assert found.high == pytest.approx(1.5**3 - 1)


def test_resamples_are_as_long_as_the_past() -> None:
    returns = 0.01 + 1e-4 * (-1.0) ** np.arange(307)
    assert 307 % block_length(307, Timeframe.D1) != 0
    found = intervals(curve(returns), Timeframe.D1)
    assert known(found.total_return).low == pytest.approx(1.01**307 - 1, rel=0.01)
    assert known(found.total_return).high == pytest.approx(1.01**307 - 1, rel=0.01)
    assert known(found.sharpe).low == pytest.approx(sharpe(returns, Timeframe.D1), rel=0.01)
    assert known(found.sharpe).high == pytest.approx(sharpe(returns, Timeframe.D1), rel=0.01)


def test_blocks_keep_what_neighbours_have_to_do_with_each_other() -> None:
    noise = normal(3_000, 6, 0.0, 0.01)
    trending = 0.0005 + np.convolve(noise, np.full(10, 1.0), "same") / sqrt(10)
    shuffled = np.random.default_rng(6).permutation(trending)
    wide, narrow = (
        known(intervals(curve(each), Timeframe.H1).sharpe) for each in (trending, shuffled)
    )
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


@pytest.mark.parametrize(
    ("count", "timeframe", "deviation"),
    [(730, Timeframe.D1, 0.02), (2_000, Timeframe.H1, 0.005), (200, Timeframe.D1, 0.03)],
)
def test_the_truth_lies_within_95_of_100_intervals(
    count: int, timeframe: Timeframe, deviation: float
) -> None:
    mean = 0.05 * deviation
    truth = mean / deviation * sqrt(timeframe.per_year)
    # E log(1 + r) of small normal returns, to the second order
    typical = exp(count * (log(1 + mean) - 0.5 * deviation**2 / (1 + mean) ** 2)) - 1
    series = times(200, 2_000)
    of_sharpe = of_total = 0
    for seed in range(series):
        found = intervals(curve(normal(count, seed, mean, deviation)), timeframe, seed, 500)
        of_sharpe += known(found.sharpe).low <= truth <= known(found.sharpe).high
        of_total += known(found.total_return).low <= typical <= known(found.total_return).high
    assert 0.90 <= of_sharpe / series <= 0.98
    assert 0.90 <= of_total / series <= 0.98


def test_a_backtest_without_trades_has_no_interval() -> None:
    result = backtest(walk(120), np.zeros(120))
    assert intervals(result.equity, Timeframe.H1) == Intervals()


def test_warming_up_takes_the_way_of_a_real_one() -> None:
    warm()
    assert _resample.nopython_signatures  # type: ignore[attr-defined] # numba's own
