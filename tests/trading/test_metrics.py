from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.sample_candles import flat_bars, walk
from trading.candles import FloatArray, Timeframe
from trading.metrics import Metrics, curve_figures, measure, trade_figures

curves = st.lists(st.floats(1.0, 1e5), min_size=3, max_size=80).map(np.array)


def measured(equity: FloatArray, timeframe: Timeframe = Timeframe.H1) -> Metrics:
    return measure(
        flat_bars(np.full(len(equity), 1.0), timeframe),
        equity,
        np.empty(0),
        np.empty(0),
        buy_and_hold_return=0.0,
        exposure=0.0,
        fees=0.0,
    )


@settings(max_examples=60, deadline=None)
@given(equity=curves)
def test_curve_figures_are_what_their_definitions_say(equity: FloatArray) -> None:
    drawdown, mean, deviation = curve_figures(equity)
    peaks = np.maximum.accumulate(equity)
    assert drawdown == pytest.approx(float(np.max(1 - equity / peaks)), abs=1e-12)
    returns = equity[1:] / equity[:-1] - 1
    assert mean == pytest.approx(float(returns.mean()), rel=1e-9, abs=1e-12)
    assert deviation == pytest.approx(float(returns.std(ddof=1)), rel=1e-5, abs=1e-7)


def test_sharpe_is_annualised_by_the_timeframe_and_365_days() -> None:
    equity = np.array([100.0, 101.0, 100.5, 102.0, 101.0])
    returns = equity[1:] / equity[:-1] - 1
    daily = returns.mean() / returns.std(ddof=1)
    assert measured(equity, Timeframe.D1).sharpe == pytest.approx(daily * sqrt(365))
    assert measured(equity, Timeframe.H1).sharpe == pytest.approx(daily * sqrt(365 * 24))
    assert measured(equity, Timeframe.D1).volatility == pytest.approx(
        returns.std(ddof=1) * sqrt(365)
    )


@pytest.mark.parametrize("growth", [1.0, 1.001])
def test_equity_that_does_not_vary_has_no_sharpe(growth: float) -> None:
    metrics = measured(100.0 * growth ** np.arange(200.0))
    assert metrics.sharpe is None
    assert metrics.volatility == 0.0


def test_annual_return_compounds_over_365_days() -> None:
    year = np.linspace(100.0, 121.0, 730)
    assert measured(year, Timeframe.D1).annual_return == pytest.approx(0.1)


def test_annual_return_is_not_made_of_less_than_a_month() -> None:
    assert measured(np.linspace(100.0, 101.0, 29), Timeframe.D1).annual_return is None
    assert measured(np.linspace(100.0, 101.0, 30), Timeframe.D1).annual_return is not None


def test_profit_factor_and_trade_returns_of_known_trades() -> None:
    profit, notional = np.array([10.0, -5.0, 0.0, 20.0]), np.array([100.0, 100.0, 50.0, 400.0])
    assert trade_figures(profit, notional) == (0.5, 30.0, 5.0, 0.1, -0.05)
    metrics = measure(
        walk(50),
        np.linspace(1.0, 2.0, 50),
        profit,
        notional,
        buy_and_hold_return=0.25,
        exposure=0.5,
        fees=3.0,
    )
    assert metrics.profit_factor == 6.0
    assert metrics.trades == 4
    assert (metrics.buy_and_hold_return, metrics.exposure, metrics.fees) == (0.25, 0.5, 3.0)
    assert metrics.total_return == 1.0


def test_without_a_loss_there_is_no_profit_factor() -> None:
    metrics = measure(
        walk(50),
        np.linspace(1.0, 2.0, 50),
        np.array([10.0]),
        np.array([100.0]),
        buy_and_hold_return=0.0,
        exposure=1.0,
        fees=0.0,
    )
    assert metrics.win_rate == 1.0
    assert metrics.profit_factor is None
