from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, walk, without
from tests.trading.slow_metrics import slow_measure
from trading.backtest import Rules, backtest, backtest_strategy
from trading.candles import FloatArray, IntArray, Timeframe, from_ms
from trading.curve import falls, moments
from trading.metrics import Held, Metrics, annualised, curve_figures, measure
from trading.position import COLUMNS, T_ENTERED, T_ENTRY_VALUE, T_LEFT, T_PROFIT
from trading.strategies.sma_cross import SmaCross

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR, DAY = Timeframe.H1.ms, Timeframe.D1.ms
Trade = tuple[float, float, int, int]  # profit, value at entry, entered, left

curves = st.lists(st.floats(1.0, 1e5), min_size=3, max_size=80).map(np.array)


def table_of(trades: list[Trade]) -> FloatArray:
    table = np.zeros((len(trades), COLUMNS))
    for row, (profit, value, entered, left) in zip(table, trades, strict=True):
        row[[T_PROFIT, T_ENTRY_VALUE, T_ENTERED, T_LEFT]] = profit, value, entered, left
    return table


def times_of(count: int, timeframe: Timeframe, start: datetime = START) -> IntArray:
    return int(start.timestamp() * 1000) + np.arange(count) * timeframe.ms


def measured(
    values: Any, timeframe: Timeframe = Timeframe.H1, trades: list[Trade] | None = None, **more: Any
) -> Metrics:
    equity = np.array(values, np.float64)
    given = {"exposed": 0, "traded": 0.0, "fees": 0.0, "funding": 0.0, **more}
    time = given.pop("time", times_of(len(equity), timeframe))
    held = given.pop("held", Held(np.ones(len(equity)), float(equity[0])))
    return measure(time, timeframe, equity, table_of(trades or []), held, **given)


# The curve


@settings(max_examples=times(60, 2_000), deadline=None)
@given(equity=curves)
def test_curve_figures_are_what_their_definitions_say(equity: FloatArray) -> None:
    drawdown, mean, deviation = curve_figures(equity)
    peaks = np.maximum.accumulate(equity)
    assert drawdown == pytest.approx(float(np.max(1 - equity / peaks)), abs=1e-12)
    returns = equity[1:] / equity[:-1] - 1
    assert mean == pytest.approx(float(returns.mean()), rel=1e-9, abs=1e-12)
    assert deviation == pytest.approx(float(returns.std(ddof=1)), rel=1e-5, abs=1e-7)
    assert (mean, deviation) == pytest.approx(moments(equity)[:2], rel=1e-9, abs=1e-12)
    assert drawdown == falls(np.arange(len(equity)), equity).drawdown


@pytest.mark.parametrize("count", [2, 3, 511, 512, 513, 514, 1024, 1025, 1026, 4_000])
def test_a_curve_of_any_length_has_all_its_returns_counted(count: int) -> None:
    equity = np.exp(np.cumsum(np.random.default_rng(count).normal(0.001, 0.01, count)))
    returns = equity[1:] / equity[:-1] - 1
    mean, deviation, losses = moments(equity)
    assert mean == pytest.approx(returns.mean(), rel=1e-10)
    assert deviation == pytest.approx(returns.std(ddof=1) if count > 2 else 0.0, rel=1e-8)
    assert losses == pytest.approx(np.sqrt(np.mean(np.minimum(returns, 0) ** 2)), rel=1e-10)


def test_one_candle_alone_has_no_return() -> None:
    assert curve_figures(np.array([100.0])) == (0.0, 0.0, 0.0)


def test_sharpe_and_sortino_are_annualised_by_the_timeframe_and_365_days() -> None:
    changes = np.tile([0.1, -0.1, 0.2], 250)
    equity = 100.0 * np.cumprod(np.r_[1.0, 1.0 + changes])
    mean = 0.2 / 3
    spread = sqrt((0.06 / 3 - mean**2) * 750 / 749)
    losses = sqrt(0.01 / 3)
    for timeframe, per_year in (
        (Timeframe.D1, 365),
        (Timeframe.H1, 8_760),
        (Timeframe.W1, 365 / 7),
    ):
        metrics = measured(equity, timeframe)
        assert metrics.sharpe == pytest.approx(mean / spread * sqrt(per_year))
        assert metrics.sortino == pytest.approx(mean / losses * sqrt(per_year))
        assert metrics.volatility == pytest.approx(spread * sqrt(per_year))


def test_nothing_is_annualised_under_30_days() -> None:
    short, long = (measured(100.0 + np.sin(np.arange(count))) for count in (719, 720))
    for name in ("annual_return", "volatility", "sharpe", "sortino", "turnover_per_year"):
        assert getattr(short, name) is None
        assert getattr(long, name) is not None


@pytest.mark.parametrize("growth", [1.0, 1.001])
def test_equity_that_does_not_vary_has_no_sharpe(growth: float) -> None:
    metrics = measured(100.0 * growth ** np.arange(800.0))
    assert metrics.sharpe is metrics.sortino is None
    assert metrics.volatility == metrics.max_drawdown == 0.0


def test_annual_return_compounds_over_365_days() -> None:
    year = measured(np.linspace(100.0, 121.0, 730), Timeframe.D1)
    assert year.annual_return == pytest.approx(0.1)


def test_what_compounds_to_a_year_is_not_made_of_less_than_a_month() -> None:
    short = measured([100.0, *np.full(27, 90.0), 101.0], Timeframe.D1, traded=50.0)
    assert short.annual_return is short.calmar is short.turnover_per_year is None
    month = measured([100.0, *np.full(28, 90.0), 101.0], Timeframe.D1, traded=50.0)
    assert month.annual_return == pytest.approx(1.01 ** (365 / 30) - 1)
    assert month.calmar == pytest.approx((1.01 ** (365 / 30) - 1) / 0.1)
    assert month.turnover_per_year == pytest.approx(0.5 * 365 / 30)


def test_a_yearly_return_beyond_any_number_is_none() -> None:
    assert annualised(1e300, 31 * DAY) is None
    assert annualised(1e10, 365 * DAY) == pytest.approx(1e10)
    assert annualised(-1.0, 31 * DAY) == -1.0


# Drawdown


def test_the_deepest_fall_has_a_start_a_bottom_and_a_recovery() -> None:
    metrics = measured([100.0, 120.0, 120.0, 90.0, 110.0, 60.0, 80.0, 119.0, 120.0, 100.0])
    assert metrics.max_drawdown == 0.5
    # Equity is known when a candle closes, an hour after its open.
    assert metrics.drawdown_start == START + timedelta(hours=3)  # the last close at the peak
    assert metrics.drawdown_bottom == START + timedelta(hours=6)
    assert metrics.drawdown_recovery == START + timedelta(hours=9)
    assert metrics.drawdown_start.tzinfo is UTC
    assert metrics.under_water == 0.6
    assert metrics.longest_under_water == timedelta(hours=6)


def test_a_fall_that_goes_on_has_no_recovery_and_counts_to_the_end() -> None:
    metrics = measured([100.0, 90.0, 100.0, 80.0, 70.0, 85.0, 99.0])
    assert metrics.drawdown_start == START + timedelta(hours=3)
    assert metrics.drawdown_bottom == START + timedelta(hours=5)
    assert metrics.drawdown_recovery is None
    assert metrics.longest_under_water == timedelta(hours=4)


def test_a_later_deeper_fall_forgets_the_recovery_of_the_first() -> None:
    metrics = measured([100.0, 80.0, 101.0, 50.0])
    assert metrics.drawdown_start == START + timedelta(hours=3)
    assert metrics.drawdown_recovery is None


def test_a_later_milder_fall_leaves_the_deepest_as_it_is() -> None:
    metrics = measured([100.0, 80.0, 101.0, 90.0, 102.0])
    assert metrics.drawdown_bottom == START + timedelta(hours=2)
    assert metrics.drawdown_recovery == START + timedelta(hours=3)


def test_equity_that_never_falls_has_no_drawdown() -> None:
    metrics = measured([100.0, 100.0, 101.0])
    assert metrics.max_drawdown == metrics.under_water == 0.0
    assert metrics.drawdown_start is metrics.drawdown_bottom is metrics.drawdown_recovery is None
    assert metrics.longest_under_water == timedelta(0)


def test_time_under_water_counts_the_hours_that_have_no_candle() -> None:
    time = times_of(5, Timeframe.H1)
    time[3:] += 10 * HOUR
    metrics = measured([100.0, 90.0, 95.0, 99.0, 100.0], time=time)
    assert metrics.longest_under_water == timedelta(hours=14)
    assert metrics.under_water == 0.6


def test_ruin_is_a_drawdown_of_everything_and_ends_all_returns() -> None:
    equity = [100.0, 150.0, *np.zeros(98)]
    metrics = measured(equity, Timeframe.D1)
    assert metrics.max_drawdown == 1.0
    assert metrics.drawdown_recovery is None
    assert metrics.total_return == metrics.annual_return == metrics.calmar == -1.0
    assert metrics.worst_day == -1.0
    returns = np.r_[0.5, -1.0, np.zeros(97)]
    assert metrics.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * sqrt(365))


def test_buy_and_hold_begins_with_the_cash_and_not_with_the_first_close() -> None:
    held = Held(np.array([500.0, 80.0, 120.0, 60.0, 90.0]), 1.0)
    metrics = measured(np.full(5, 100.0), held=held)
    assert metrics.buy_and_hold_return == pytest.approx(-0.1)
    assert metrics.buy_and_hold_drawdown == pytest.approx(0.5)
    costs = measured(np.full(2, 100.0), held=Held(np.array([1.0, 0.98]), 100.0))
    assert costs.buy_and_hold_drawdown == pytest.approx(0.02)


# Days


def test_days_are_those_in_which_candles_open() -> None:
    # 22:00, 23:00 | 00:00 ... 23:00 | 00:00
    start = datetime(2024, 3, 1, 22, tzinfo=UTC)
    equity = [100.0, 110.0, *np.full(23, 500.0), 99.0, 108.9]
    metrics = measured(equity, time=times_of(27, Timeframe.H1, start))
    # 110 / 100 in the part of the first day, 99 / 110 in the whole one, 108.9 / 99 in the third
    assert metrics.best_day == pytest.approx(0.1)
    assert metrics.worst_day == pytest.approx(-0.1)


def test_a_first_day_of_one_candle_has_no_return() -> None:
    start = datetime(2024, 3, 1, 23, tzinfo=UTC)
    metrics = measured([100.0, 90.0], time=times_of(2, Timeframe.H1, start))
    assert metrics.best_day == metrics.worst_day == pytest.approx(-0.1)
    assert measured([100.0, 90.0], Timeframe.D1).best_day == pytest.approx(-0.1)


def test_a_return_over_missing_days_is_no_days_return() -> None:
    time = times_of(6, Timeframe.D1)
    time[3:] += 2 * DAY
    metrics = measured([100.0, 101.0, 102.0, 20.0, 20.2, 20.4], Timeframe.D1, time=time)
    assert metrics.worst_day == pytest.approx(20.4 / 20.2 - 1)
    assert metrics.best_day == pytest.approx(0.01)
    assert metrics.max_drawdown == pytest.approx(1 - 20 / 102)  # but it is a fall


def test_a_day_may_hold_more_candles_than_its_timeframe_says() -> None:
    time = times_of(4, Timeframe.H12)
    time[1:] = time[0] + np.array([1, 2, 24]) * HOUR
    metrics = measured([100.0, 70.0, 110.0, 99.0], Timeframe.H12, time=time)
    assert metrics.best_day == pytest.approx(0.1)
    assert metrics.worst_day == pytest.approx(-0.1)


def test_candles_longer_than_a_day_have_no_days() -> None:
    metrics = measured(np.linspace(100.0, 150.0, 100), Timeframe.W1)
    assert metrics.best_day is metrics.worst_day is metrics.var is metrics.tail_ratio is None


def test_var_cvar_and_tail_ratio_of_a_hundred_known_days() -> None:
    returns = np.r_[-0.10, -0.08, -0.06, -0.05, -0.04, np.full(90, 0.001), 0.03, np.full(4, 0.09)]
    shuffled = np.random.default_rng(1).permutation(returns)
    metrics = measured(100 * np.cumprod(np.r_[1.0, 1 + shuffled]), Timeframe.D1)
    assert metrics.var == pytest.approx(0.04)
    assert metrics.cvar == pytest.approx(0.066)
    low, high = np.percentile(returns, [5, 95])
    assert metrics.tail_ratio == pytest.approx(high / -low)
    assert metrics.best_day == pytest.approx(0.09)
    assert metrics.worst_day == pytest.approx(-0.10)


def test_under_sixty_days_there_is_no_tail() -> None:
    assert measured(np.linspace(100.0, 90.0, 60), Timeframe.D1).var is None
    enough = measured(np.linspace(100.0, 90.0, 61), Timeframe.D1)
    assert enough.var is not None
    assert enough.cvar is not None
    assert enough.cvar >= enough.var > 0


def test_days_without_a_change_have_no_tail_ratio() -> None:
    metrics = measured(np.full(100, 5.0), Timeframe.D1)
    assert metrics.var == metrics.cvar == metrics.best_day == metrics.worst_day == 0.0
    assert metrics.tail_ratio is None


# Trades


def test_known_trades_have_known_figures() -> None:
    trades = [
        (10.0, 100.0, 1, 3),
        (-5.0, 100.0, 4, 5),
        (-1.0, 100.0, 6, 6),
        (0.0, 50.0, 7, 8),
        (-8.0, 400.0, 9, 10),
        (20.0, 400.0, 11, 21),
        (4.0, 100.0, 22, 24),
    ]
    metrics = measured(np.linspace(100.0, 120.0, 30), trades=trades)
    assert metrics.trades == 7
    assert metrics.win_rate == pytest.approx(3 / 7)
    assert metrics.profit_factor == pytest.approx(34 / 14)
    assert metrics.expectancy == pytest.approx((0.1 - 0.05 - 0.01 + 0 - 0.02 + 0.05 + 0.04) / 7)
    assert metrics.average_win == pytest.approx(0.19 / 3)
    assert metrics.average_loss == pytest.approx(-0.08 / 3)
    assert (metrics.best_trade, metrics.worst_trade) == (0.1, -0.05)
    assert metrics.most_wins == 2
    assert metrics.most_losses == 2  # the one that broke even ends the run
    assert metrics.average_holding == timedelta(hours=(2 + 1 + 0 + 1 + 1 + 10 + 2) / 7)


def test_without_trades_there_is_nothing_to_say_of_them() -> None:
    metrics = measured(np.full(10, 100.0))
    assert metrics.trades == metrics.most_wins == metrics.most_losses == 0
    names = (
        "win_rate",
        "profit_factor",
        "expectancy",
        "average_win",
        "average_loss",
        "best_trade",
        "worst_trade",
        "average_holding",
    )
    assert [getattr(metrics, name) for name in names] == [None] * len(names)
    assert metrics.turnover == metrics.fees == metrics.funding == metrics.total_return == 0.0


def test_one_trade_that_wins_has_no_loss_to_compare_with() -> None:
    metrics = measured([100.0, 100.0, 110.0], trades=[(10.0, 100.0, 1, 2)])
    assert metrics.win_rate == 1.0
    assert metrics.expectancy == metrics.average_win == metrics.best_trade == metrics.worst_trade
    assert metrics.profit_factor is metrics.average_loss is None
    assert (metrics.most_wins, metrics.most_losses) == (1, 0)


def test_one_trade_that_loses_has_a_profit_factor_of_zero() -> None:
    metrics = measured([100.0, 100.0, 90.0], trades=[(-10.0, 100.0, 1, 2)])
    assert metrics.win_rate == metrics.profit_factor == 0.0
    assert metrics.average_win is None
    assert metrics.average_loss == -0.1


# All of it


def test_two_candles_are_enough() -> None:
    metrics = measured([100.0, 99.0], exposed=1, traded=99.5, fees=0.5, funding=-0.25)
    assert metrics.total_return == pytest.approx(-0.01)
    assert metrics.volatility is metrics.sharpe is None
    assert metrics.max_drawdown == pytest.approx(0.01)
    assert (metrics.exposure, metrics.turnover) == (0.5, 0.995)
    assert (metrics.fees, metrics.funding) == (0.5, -0.25)


@st.composite
def made_tests(draw: st.DrawFn) -> dict[str, Any]:
    """Curves of any timeframe, with holes, quiet times and perhaps ruin, and trades."""
    timeframe = draw(st.sampled_from(list(Timeframe)))
    count = draw(st.integers(2, 400))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    returns = random.normal(0, draw(st.sampled_from([0.0001, 0.01, 0.1])), count).clip(-0.9, 2)
    returns[random.random(count) < draw(st.sampled_from([0.0, 0.5, 0.98]))] = 0.0
    equity = 10_000 * np.cumprod(1 + np.r_[0.0, returns[1:]])
    if draw(st.integers(0, 9)) == 0:
        equity[random.integers(1, count) :] = 0.0
    start = draw(st.integers(-(10**4), 10**5)) * min(timeframe.ms, DAY)
    steps = np.where(random.random(count) < draw(st.sampled_from([0.0, 0.05])), 30, 1)
    closed = random.integers(0, 40)
    entered = np.sort(random.integers(1, count, closed))
    trades = [
        (float(p), float(v), int(e), int(random.integers(e, count)))
        for p, v, e in zip(
            np.round(random.normal(0, 3, closed)),
            random.uniform(1, 99, closed),
            entered,
            strict=True,
        )
    ]
    price = random.uniform(1, 3, count)
    return {
        "time": start + np.cumsum(steps) * timeframe.ms,
        "timeframe": timeframe,
        "equity": equity,
        "trades": table_of(trades),
        "price": price,
        "quantity": float(random.uniform(3_000, 5_000)),
    }


@settings(max_examples=times(120, 5_000), deadline=None)
@given(made=made_tests())
def test_every_metric_equals_a_plain_reference(made: dict[str, Any]) -> None:
    price, quantity = made.pop("price"), made.pop("quantity")
    sums: dict[str, Any] = {"exposed": 7, "traded": 123_456.0, "fees": 12.0, "funding": -3.0}
    fast = measure(**made, held=Held(price, quantity), **sums)
    hold = np.r_[made["equity"][0], quantity * price[1:]]
    slow = slow_measure(**made, hold=hold, **sums)
    for field in fields(Metrics):
        got, expected = getattr(fast, field.name), getattr(slow, field.name)
        if isinstance(expected, float):
            assert got == pytest.approx(expected, rel=1e-7, abs=1e-9), field.name
        elif field.name == "average_holding" and expected is not None:
            assert abs(got - expected) <= timedelta(milliseconds=1)
        else:
            assert got == expected, field.name


def test_figures_do_not_depend_on_how_arrays_lie_in_memory() -> None:
    equity = walk(300).close.copy()
    wide = np.column_stack([equity, equity])
    wide.flags.writeable = False
    time = times_of(300, Timeframe.H1)
    frozen = time.copy()
    frozen.flags.writeable = False
    sums: dict[str, Any] = {"exposed": 0, "traded": 0.0, "fees": 0.0, "funding": 0.0}
    usual = measure(time, Timeframe.H1, equity, table_of([]), Held(equity, 1.0), **sums)
    strange = measure(frozen, Timeframe.H1, wide[:, 1], table_of([]), Held(wide[:, 0], 1.0), **sums)
    assert usual == strange


def test_a_backtest_measures_its_own_trades_and_costs() -> None:
    candles = without(walk(3_000, seed=4), 1_000, 1_010)
    result = backtest_strategy(candles, SmaCross(), Rules(allow_short=True, funding_rate=0.0001))
    metrics, trades = result.metrics, result.trades
    slow = slow_measure(
        candles.time,
        candles.timeframe,
        result.equity,
        result.trade_table,
        result.hold_equity,
        exposed=round(metrics.exposure * len(candles)),
        traded=metrics.turnover * 10_000,
        fees=metrics.fees,
        funding=metrics.funding,
    )
    for field in fields(Metrics):
        expected = getattr(slow, field.name)
        if isinstance(expected, float):
            assert getattr(metrics, field.name) == pytest.approx(expected, rel=1e-7), field.name
    assert metrics.drawdown_start == slow.drawdown_start
    assert metrics.average_holding is not None
    assert sum((t.left_at - t.entered_at for t in trades), timedelta()) / len(
        trades
    ) == pytest.approx(metrics.average_holding, abs=timedelta(seconds=1))
    assert metrics.expectancy == pytest.approx(np.mean([t.return_fraction for t in trades]))
    still = result.open_position
    filled = sum((t.entry_price + t.exit_price) * t.quantity for t in trades)
    filled += 0.0 if still is None else still.entry_price * still.quantity
    assert metrics.turnover == pytest.approx(filled / 10_000, rel=1e-9)
    assert metrics.funding == pytest.approx(sum(t.funding for t in trades), abs=200)
    assert metrics.funding != 0.0


def test_buying_and_holding_is_measured_as_its_own_curve() -> None:
    candles = walk(2_000, seed=9)
    result = backtest(candles, np.ones(2_000), Rules().without_exits())
    assert result.metrics.buy_and_hold_return == pytest.approx(result.metrics.total_return)
    assert result.metrics.buy_and_hold_drawdown == pytest.approx(result.metrics.max_drawdown)


def test_a_flat_market_loses_its_fees_and_nothing_else() -> None:
    signal = np.array([1.0, 1.0, 0.0, 0.0])
    rules = Rules(fee_rate=0.001, slippage=0.0).without_exits()
    metrics = backtest(flat_bars(np.full(4, 50.0)), signal, rules).metrics
    assert metrics.total_return * 10_000 == pytest.approx(-metrics.fees)
    assert metrics.turnover == pytest.approx(2 / 1.001)
    assert metrics.drawdown_bottom == from_ms(4 * HOUR)
