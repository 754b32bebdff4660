from __future__ import annotations

from collections.abc import Callable
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trading.sample_candles import bars, flat_bars, real, scaled, walk
from tests.trading.slow_backtest import slow_backtest
from trading.backtest import BacktestResult, Rules, backtest, backtest_strategy, warm
from trading.candles import FloatArray, Timeframe, from_ms
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.strategies.catalogue import make

FREE = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None)
COUNT = 300


def constant(count: int, value: float = 1.0) -> FloatArray:
    return np.full(count, value)


def exposures(count: int) -> st.SearchStrategy[FloatArray]:
    """Signals that stay for a while: runs of one exposure."""
    run = st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.3, 1.0]), st.integers(1, 40))
    return st.lists(run, min_size=1, max_size=30).map(
        lambda runs: np.resize(np.concatenate([np.full(n, v) for v, n in runs]), count)
    )


def books_balance(result: BacktestResult) -> None:
    open_profit = result.open_position.unrealised if result.open_position else 0.0
    profit = sum(trade.profit for trade in result.trades) + open_profit
    assert result.equity[-1] == pytest.approx(result.rules.initial_cash + profit)
    fees = sum(t.fees for t in result.trades)
    fees += result.open_position.fees if result.open_position else 0.0
    assert result.metrics.fees == pytest.approx(fees)


def test_signal_fills_at_the_next_open() -> None:
    candles = bars([(9, 10, 9, 10), (20, 30, 20, 30), (40, 40, 40, 40)])
    result = backtest(candles, np.array([1.0, 0.0, 0.0]), FREE)
    (trade,) = result.trades
    assert (trade.entry_price, trade.exit_price, trade.reason) == (20.0, 40.0, "signal")
    assert result.equity.tolist() == [10_000.0, 15_000.0, 20_000.0]


def test_signal_of_the_last_candle_fills_nothing() -> None:
    result = backtest(flat_bars([10, 10, 10]), np.array([0.0, 0.0, 1.0]), FREE)
    assert result.trades == ()
    assert result.open_position is None
    assert result.metrics.fees == 0.0


def test_fees_alone_turn_a_flat_market_negative_by_exactly_the_fees() -> None:
    rules = Rules(fee_rate=0.001, slippage=0.0, stop_fraction=None, target_fraction=None)
    signal = np.array([1.0, 1.0, 0.0, 0.0])
    result = backtest(flat_bars([100.0] * 4), signal, rules)
    bought = 10_000 / 1.001  # the entry fee is taken out of the cash
    expected = bought * 0.001 * 2
    assert result.metrics.fees == pytest.approx(expected, rel=1e-12)
    assert result.equity[-1] == pytest.approx(10_000 - expected, rel=1e-14)
    assert result.metrics.total_return == pytest.approx(-expected / 10_000, rel=1e-12)
    assert result.trades[0].fees == pytest.approx(expected, rel=1e-12)


def test_stop_and_target_in_one_candle_takes_the_stop() -> None:
    candles = bars([(100, 100, 100, 100), (100, 110, 90, 105), (105, 105, 105, 105)])
    rules = Rules(fee_rate=0.0, slippage=0.0, stop_fraction=0.03, target_fraction=0.05)
    result = backtest(candles, constant(3), rules)
    (trade,) = result.trades
    assert (trade.exit_price, trade.reason) == (97.0, "stop")
    assert result.equity.tolist() == [10_000.0, 9_700.0, 9_700.0]


def test_gap_through_the_stop_fills_at_the_open() -> None:
    candles = bars([(100, 100, 100, 100), (100, 101, 99, 100), (80, 85, 75, 82)])
    rules = Rules(fee_rate=0.0, slippage=0.01, stop_fraction=0.03, target_fraction=None)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entry_price == pytest.approx(101.0)
    assert trade.exit_price == pytest.approx(80 * 0.99)


def test_stop_is_active_from_the_entry_candle_on() -> None:
    candles = bars([(100, 100, 100, 100), (100, 100, 96, 99), (99, 99, 99, 99)])
    rules = Rules(fee_rate=0.0, slippage=0.0)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entered_at == trade.left_at
    assert trade.reason == "stop"


def test_levels_and_fills_lie_on_the_tick() -> None:
    candles = bars([(100, 100, 100, 100), (100.1, 100.2, 100, 100.1), (99, 99, 90, 95)])
    rules = Rules(fee_rate=0.0, slippage=0.0005, stop_fraction=0.03, tick=0.05)
    (trade,) = backtest(candles, constant(3), rules).trades
    assert trade.entry_price == pytest.approx(100.2)  # 100.15005 up
    assert trade.exit_price == pytest.approx(97.1)  # stop 97.15 (97.194 down), less slippage, down


def test_after_a_stop_the_position_waits_until_the_signal_turns_away_and_back() -> None:
    low = (100.0, 100.0, 96.0, 100.0)
    still = (100.0, 100.0, 100.0, 100.0)
    candles = bars([still, low, still, still, still, still])
    rules = Rules(fee_rate=0.0, slippage=0.0)
    stays = backtest(candles, constant(6), rules)
    assert len(stays.trades) == 1
    assert stays.open_position is None
    smaller = backtest(candles, np.array([1.0, 1.0, 0.5, 0.5, 0.5, 0.5]), rules)
    assert smaller.open_position is None
    returns = backtest(candles, np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0]), rules)
    assert returns.open_position is not None
    assert returns.open_position.entered_at == from_ms(4 * Timeframe.H1.ms)
    turned = Rules(fee_rate=0.0, slippage=0.0, allow_short=True)
    other = backtest(candles, np.array([1.0, 1.0, -1.0, -1.0, -1.0, -1.0]), turned)
    assert other.open_position is not None
    assert other.open_position.side == "short"


def test_ten_losing_trades_give_a_win_rate_of_zero() -> None:
    rows = [(100.0, 100.0, 100.0, 100.0)]
    signal = []
    for _ in range(10):
        rows += [(100.0, 100.0, 99.0, 99.0), (99.0, 100.0, 99.0, 100.0)]
        signal += [1.0, 0.0]
    metrics = backtest(bars(rows), np.array([*signal, 0.0]), FREE).metrics
    assert metrics.trades == 10
    assert metrics.win_rate == 0.0
    assert metrics.profit_factor == 0.0
    assert metrics.best_trade == pytest.approx(-0.01)
    assert metrics.total_return == pytest.approx(0.99**10 - 1)


def test_held_through_a_fall_of_nine_tenths_gives_a_drawdown_of_nine_tenths() -> None:
    candles = flat_bars([100, 100, 100, 50, 20, 10, 15])
    metrics = backtest(candles, constant(7), FREE).metrics
    assert metrics.max_drawdown == pytest.approx(0.9, abs=1e-15)
    assert metrics.total_return == pytest.approx(-0.85)


def test_without_trades_there_is_no_win_rate() -> None:
    metrics = backtest(flat_bars([10, 11, 12]), constant(3, 0.0)).metrics
    assert metrics.trades == 0
    assert metrics.win_rate is None
    assert metrics.profit_factor is None
    assert metrics.best_trade is None
    assert metrics.sharpe is None
    assert metrics.total_return == metrics.max_drawdown == metrics.exposure == 0.0


def test_short_earns_when_the_price_falls() -> None:
    rules = Rules(
        fee_rate=0.0, slippage=0.0, stop_fraction=None, target_fraction=None, allow_short=True
    )
    result = backtest(flat_bars([100, 100, 90, 80, 80]), np.array([-1.0, -1, -1, 0, 0]), rules)
    (trade,) = result.trades
    assert trade.side == "short"
    assert trade.profit == pytest.approx(2_000.0)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 11_000.0, 12_000.0, 12_000.0]


def test_negative_signal_is_flat_where_shorts_are_not_allowed() -> None:
    result = backtest(flat_bars([100, 90, 80, 70]), constant(4, -1.0), Rules())
    assert result.trades == ()
    assert set(result.equity.tolist()) == {10_000.0}


def test_short_that_loses_everything_is_liquidated_and_equity_stays_at_zero() -> None:
    rules = Rules(
        fee_rate=0.001, slippage=0.0, stop_fraction=None, target_fraction=None, allow_short=True
    )
    signal = np.array([-1.0, -1, -1, -1, 1.0, 1.0])
    result = backtest(flat_bars([100, 100, 150, 400, 100, 50]), signal, rules)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert trade.profit == pytest.approx(-10_000.0)
    assert result.equity[3:].tolist() == [0.0, 0.0, 0.0]
    assert result.metrics.max_drawdown == 1.0
    assert result.metrics.annual_return is None


def test_half_a_signal_puts_half_of_the_equity_in() -> None:
    result = backtest(flat_bars([100, 100, 110]), constant(3, 0.5), FREE)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 10_500.0]
    assert result.metrics.exposure == pytest.approx(2 / 3)


def test_open_position_is_marked_at_the_last_close_and_is_no_trade() -> None:
    result = backtest(flat_bars([100, 100, 103]), constant(3), Rules(slippage=0.0))
    assert result.trades == ()
    held = result.open_position
    assert held is not None
    assert held.side == "long"
    assert held.entry_price == pytest.approx(100.0)
    assert held.stop == pytest.approx(97.0)
    assert held.target == pytest.approx(105.0)
    assert result.equity[-1] == pytest.approx(10_000 + held.unrealised)
    assert held.quantity == pytest.approx(10_000 / 100.1)


def test_buy_and_hold_pays_the_same_costs_as_a_signal_that_holds() -> None:
    candles = walk(500)
    rules = Rules(stop_fraction=None, target_fraction=None)
    result = backtest(candles, constant(500), rules)
    assert result.metrics.buy_and_hold_return == pytest.approx(result.metrics.total_return)
    np.testing.assert_allclose(result.hold_equity, result.equity, rtol=1e-12)


def test_smaller_signal_sells_the_difference_and_keeps_one_trade() -> None:
    candles = flat_bars([100, 100, 100, 110, 100, 100])
    result = backtest(candles, np.array([1.0, 0.5, 0.5, 0.0, 0.0, 0.0]), FREE)
    assert result.equity.tolist() == [10_000.0, 10_000.0, 10_000.0, 10_500.0, 10_000.0, 10_000.0]
    (trade,) = result.trades
    assert trade.quantity == pytest.approx(100.0)
    assert trade.profit == 0.0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 5),
    signal=exposures(COUNT),
    stop=st.sampled_from([None, 0.005, 0.03]),
    target=st.sampled_from([None, 0.01, 0.05]),
    allow_short=st.booleans(),
)
def test_agrees_with_the_same_rules_written_slowly(
    seed: int, signal: FloatArray, stop: float | None, target: float | None, allow_short: bool
) -> None:
    candles = walk(COUNT, seed)
    rules = Rules(stop_fraction=stop, target_fraction=target, allow_short=allow_short)
    result = backtest(candles, signal, rules)
    equity, trades = slow_backtest(candles, signal, rules)
    np.testing.assert_allclose(result.equity, equity, rtol=1e-9)
    assert [(t.side, t.reason) for t in result.trades] == [
        ("long" if t.side > 0 else "short", t.reason) for t in trades
    ]
    assert [t.profit for t in result.trades] == pytest.approx([t.profit for t in trades], abs=1e-6)
    columns = result.trade_table[:, 1:3].astype(int).tolist()
    assert columns == [[t.entered, t.left] for t in trades]
    books_balance(result)


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(2, COUNT - 1), signal=exposures(COUNT), other=exposures(COUNT))
def test_nothing_changes_when_later_candles_and_signals_change(
    cut: int, signal: FloatArray, other: FloatArray
) -> None:
    rules = Rules(allow_short=True)
    candles = walk(COUNT)
    whole = backtest(candles, signal, rules)
    part = backtest(candles[:cut], signal[:cut], rules)
    assert part.equity.tolist() == whole.equity[:cut].tolist()
    assert part.trades == whole.trades[: len(part.trades)]
    tampered = scaled(candles, 1.0)
    for column in (tampered.open, tampered.high, tampered.low, tampered.close):
        column[cut:] *= 1.7
    changed = backtest(tampered, np.concatenate([signal[:cut], other[cut:]]), rules)
    assert changed.equity[:cut].tolist() == part.equity.tolist()


@settings(max_examples=30, deadline=None)
@given(factor=st.sampled_from([2.0**-20, 0.001, 3.0, 1e5]), signal=exposures(COUNT))
def test_scaling_all_prices_scales_no_fraction(factor: float, signal: FloatArray) -> None:
    rules = Rules(allow_short=True)
    usual = backtest(walk(COUNT), signal, rules)
    other = backtest(scaled(walk(COUNT), factor), signal, rules)
    np.testing.assert_allclose(other.equity, usual.equity, rtol=1e-9)
    assert other.metrics.trades == usual.metrics.trades
    assert other.metrics.max_drawdown == pytest.approx(usual.metrics.max_drawdown)
    assert other.metrics.win_rate == usual.metrics.win_rate


@given(seed=st.integers(0, 20))
@settings(max_examples=10, deadline=None)
def test_zero_signal_means_zero_trades(seed: int) -> None:
    result = backtest(walk(COUNT, seed), constant(COUNT, 0.0))
    assert result.trades == ()
    assert set(result.equity.tolist()) == {10_000.0}


def test_one_candle_is_not_enough() -> None:
    with pytest.raises(NotEnoughHistory, match="needs 2 closed candles, there are 1"):
        backtest(flat_bars([100]), constant(1))


def test_strategy_on_too_few_candles_says_how_many_it_needs() -> None:
    with pytest.raises(NotEnoughHistory, match="needs 79 closed candles, there are 60"):
        backtest_strategy(walk(60), make("sma_cross"))


def test_redenomination_is_refused_with_its_time() -> None:
    candles = flat_bars([0.001, 0.001, 1.0, 1.0])
    with pytest.raises(BadCandles, match="1970-01-01 02:00 UTC"):
        backtest(candles, constant(4))


@pytest.mark.parametrize("value", [nan, 1.5, -2.0])
def test_signal_that_is_no_exposure_is_refused(value: float) -> None:
    with pytest.raises(BadArgument, match="between -1 and 1"):
        backtest(flat_bars([1, 1, 1]), np.array([0.0, value, 0.0]))


def test_signal_of_another_length_is_refused() -> None:
    with pytest.raises(BadArgument, match="shape"):
        backtest(flat_bars([1, 1, 1]), constant(2))


@pytest.mark.parametrize(
    ("make_rules", "name"),
    [
        (lambda: Rules(fee_rate=-0.1), "fee_rate"),
        (lambda: Rules(slippage=nan), "slippage"),
        (lambda: Rules(stop_fraction=0.0), "stop_fraction"),
        (lambda: Rules(initial_cash=0.0), "initial_cash"),
    ],
)
def test_rules_out_of_range_are_refused_by_name(make_rules: Callable[[], Rules], name: str) -> None:
    with pytest.raises(BadArgument, match=name):
        make_rules()


def test_read_only_and_strided_candles_do_not_compile_again() -> None:
    from trading.simulation import simulate

    warm()
    known = len(simulate.signatures)  # type: ignore[attr-defined]  # numba's, hidden by our type
    candles = walk(100)
    for column in (candles.open, candles.high, candles.low, candles.close):
        column.flags.writeable = False
    backtest(candles[5:], constant(190)[::2])
    assert len(simulate.signatures) == known  # type: ignore[attr-defined]  # as above


def test_real_hours_with_holes_are_replayed() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    assert candles.missing == 11
    result = backtest_strategy(candles, make("sma_cross"))
    books_balance(result)
    assert len(result.equity) == len(candles)
    assert result.metrics.trades > 20


def test_real_redenomination_is_refused() -> None:
    path = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
    candles = real(path, "COCOS/USDT", Timeframe.H1)
    with pytest.raises(BadCandles, match="2021-01-23"):
        backtest_strategy(candles, make("buy_and_hold"))


def test_real_flash_crash_fills_the_stop_at_its_level_not_at_the_low() -> None:
    candles = real("candles_1d/coinbase/ETH_USD-1d", "ETH/USD", Timeframe.D1)
    crash = int(np.argmin(candles.low))
    assert candles.low[crash] == 0.1
    part = candles[crash - 2 : crash + 2]
    rules = Rules(stop_fraction=0.5, target_fraction=None)
    (trade,) = backtest(part, constant(4), rules).trades
    assert trade.exit_price == pytest.approx(trade.entry_price * 0.5 * (1 - rules.slippage))
