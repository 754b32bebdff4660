from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from trading.candles import FloatArray, Timeframe
from trading.errors import BadArgument
from trading.volatility import (
    SETTLING,
    annualised,
    decay_of,
    ewma_volatility,
    realised_volatility,
)

returns_of_days = st.lists(st.floats(-0.5, 0.5), min_size=20, max_size=200).map(np.array)


@settings(max_examples=times(40, 1000), deadline=None)
@given(returns=returns_of_days, decay=st.floats(0.5, 0.999))
def test_ewma_is_that_of_pandas(returns: FloatArray, decay: float) -> None:
    series = pd.Series(returns**2).ewm(alpha=1 - decay, adjust=True)
    expected = np.sqrt(series.mean().to_numpy())
    found = ewma_volatility(returns, decay)
    assert np.isnan(found[: SETTLING - 1]).all()
    np.testing.assert_allclose(
        found[SETTLING - 1 :], expected[SETTLING - 1 :], rtol=1e-9, atol=1e-12
    )


def test_ewma_is_the_recursion_of_riskmetrics_once_it_has_forgotten_its_start() -> None:
    returns = np.random.default_rng(3).normal(0, 0.03, 800)
    found = ewma_volatility(returns)
    before, now = found[-2] ** 2, found[-1] ** 2
    assert now == pytest.approx(0.94 * before + 0.06 * returns[-1] ** 2)


@settings(max_examples=times(30, 500), deadline=None)
@given(returns=returns_of_days, factor=st.floats(0.01, 100.0))
def test_volatility_grows_with_the_returns_and_forgets_their_sign(
    returns: FloatArray, factor: float
) -> None:
    np.testing.assert_allclose(
        ewma_volatility(-returns * factor), ewma_volatility(returns) * factor, rtol=1e-9
    )
    np.testing.assert_allclose(
        realised_volatility(-returns * factor, 10),
        realised_volatility(returns, 10) * factor,
        rtol=1e-9,
    )


def test_constant_moves_are_their_own_volatility() -> None:
    returns = np.tile([0.02, -0.02], 30)
    assert ewma_volatility(returns)[-1] == pytest.approx(0.02)
    assert realised_volatility(returns, 20)[-1] == pytest.approx(0.02)
    assert np.isnan(realised_volatility(returns, 61)).all()
    assert ewma_volatility(np.zeros(30))[-1] == 0.0


@pytest.mark.parametrize("timeframe", list(Timeframe))
def test_half_is_forgotten_in_the_same_time_on_each_timeframe(timeframe: Timeframe) -> None:
    half_life = np.log(0.5) / np.log(decay_of(timeframe)) * timeframe.ms
    assert half_life == pytest.approx(np.log(0.5) / np.log(0.94) * Timeframe.D1.ms)


def test_a_year_has_365_days_of_24_hours() -> None:
    assert annualised(0.02, Timeframe.D1) == pytest.approx(0.02 * 365**0.5)
    assert annualised(0.004, Timeframe.H1) == pytest.approx(0.004 * 8760**0.5)


def test_hours_and_days_of_one_walk_have_the_same_yearly_volatility() -> None:
    hours = np.random.default_rng(1).normal(0, 0.005, 24 * 1000)
    days = hours.reshape(-1, 24).sum(axis=1)
    by_hours = annualised(float(realised_volatility(hours, len(hours))[-1]), Timeframe.H1)
    by_days = annualised(float(realised_volatility(days, len(days))[-1]), Timeframe.D1)
    assert by_hours == pytest.approx(by_days, rel=0.06)


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.1, float("nan")])
def test_decay_that_is_none_is_refused(decay: float) -> None:
    with pytest.raises(BadArgument, match="decay"):
        ewma_volatility(np.zeros(30), decay)


def test_return_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadArgument, match="finite"):
        ewma_volatility(np.array([0.1, np.inf] * 20))
