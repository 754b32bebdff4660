"""Trailing stops and holding periods, computed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from tests.trading.money import FREE, constant, left
from tests.trading.sample_candles import bars, flat_bars
from trading.backtest import Trade, backtest
from trading.candles import Timeframe, from_ms

STILL = (100.0, 100.0, 100.0, 100.0)
TRAILS = replace(FREE, trail_fraction=0.1)


def hour(i: int) -> datetime:
    return from_ms(i * Timeframe.H1.ms)


def only(trades: tuple[Trade, ...]) -> Trade:
    (trade,) = trades
    return trade


def test_trailing_stop_follows_the_best_price_of_the_candles_before() -> None:
    # The stop stands at 90, 99 (110 less a tenth) and 108 (120 less a tenth). The second candle
    # makes its high of 110 and falls to 95, but nobody knows in which order.
    rows = [STILL, (100, 110, 95, 108), (108, 120, 100, 118), (118, 119, 107, 110), STILL]
    trade = only(backtest(bars(rows), constant(5), TRAILS).trades)
    assert trade.exit_price == pytest.approx(108.0)
    assert (trade.reason, trade.left_at) == ("trailing", hour(3))
    assert trade.profit == pytest.approx(800.0)


def test_trailing_stop_of_a_short_follows_downwards() -> None:
    # 110, then 99 (90 and a tenth), then 88 (80 and a tenth).
    rows = [STILL, (100, 105, 90, 92), (92, 98, 80, 82), (82, 89, 81, 85), STILL]
    rules = replace(TRAILS, allow_short=True)
    trade = only(backtest(bars(rows), constant(5, -1.0), rules).trades)
    assert (trade.side, trade.reason) == ("short", "trailing")
    assert trade.exit_price == pytest.approx(88.0)
    assert trade.profit == pytest.approx(1_200.0)


def test_trailing_stop_never_goes_back() -> None:
    rows = [STILL, (100, 120, 100, 110), (110, 111, 109, 110), (110, 110, 108, 109), STILL]
    trade = only(backtest(bars(rows), constant(5), TRAILS).trades)
    assert (trade.left_at, left(trade)[1]) == (hour(3), 108.0)


def test_gap_through_a_trailing_stop_fills_at_the_open() -> None:
    rows = [STILL, (100, 120, 100, 118), (104, 106, 103, 105), STILL]
    rules = replace(TRAILS, slippage=0.01)
    trade = only(backtest(bars(rows), constant(4), rules).trades)
    assert trade.reason == "trailing"
    assert trade.exit_price == pytest.approx(104 * 0.99)


def test_trailing_stop_lies_on_the_tick_away_from_the_price() -> None:
    rows = [STILL, (100, 110.03, 100, 110), (110, 110, 98, 105), STILL]
    trade = only(backtest(bars(rows), constant(4), replace(TRAILS, tick=0.05)).trades)
    assert trade.exit_price == pytest.approx(99.0)  # 99.027 down


@pytest.mark.parametrize(("stop", "trail"), [(0.05, 0.1), (0.1, 0.05)])
def test_stop_and_trail_together_begin_at_the_nearer(stop: float, trail: float) -> None:
    rules = replace(FREE, stop_fraction=stop, trail_fraction=trail)
    rows = [STILL, (100, 100, 95.5, 96), (96, 96, 94, 95), STILL]
    trade = only(backtest(bars(rows), constant(4), rules).trades)
    assert (trade.left_at, left(trade)[1]) == (hour(2), 95.0)


def test_stop_and_trail_together_wait_until_the_trail_has_come_up_to_the_stop() -> None:
    # 95 from the stop; 104 less a tenth is below it; 110 less a tenth is 99.
    rows = [STILL, (100, 104, 96, 104), (104, 110, 96, 109), (109, 109, 98, 100), STILL]
    rules = replace(FREE, stop_fraction=0.05, trail_fraction=0.1)
    trade = only(backtest(bars(rows), constant(5), rules).trades)
    assert (trade.left_at, left(trade)[1]) == (hour(3), 99.0)


def test_target_and_trail_together() -> None:
    rows = [STILL, (100, 104, 99, 103), (103, 106, 102, 105), STILL]
    trade = only(backtest(bars(rows), constant(4), replace(TRAILS, target_fraction=0.05)).trades)
    assert left(trade) == ("target", 105.0)


@pytest.mark.parametrize("hold", [1, 2, 3])
def test_time_stop_leaves_at_the_open_of_the_candle_so_many_after_the_entry(hold: int) -> None:
    rows = [(float(p), float(p), float(p), float(p)) for p in (100, 100, 101, 102, 103, 104)]
    rules = replace(FREE, hold_candles=hold, slippage=0.01)
    trade = only(backtest(bars(rows), constant(6), rules).trades)
    assert (trade.entered_at, trade.left_at) == (hour(1), hour(1 + hold))
    assert trade.reason == "time"
    assert trade.exit_price == pytest.approx((100 + hold) * 0.99)


def test_after_its_time_a_side_waits_until_the_signal_turns_away_and_back() -> None:
    rules = replace(FREE, hold_candles=1)
    still = flat_bars([100.0] * 9)
    signal = np.array([1.0, 1.0, 1.0, 0.5, 0.0, 1.0, 1.0, 1.0, 1.0])
    trades = backtest(still, signal, rules).trades
    assert [(t.entered_at, t.left_at) for t in trades] == [(hour(1), hour(2)), (hour(6), hour(7))]


def test_a_change_of_size_does_not_prolong_the_time() -> None:
    signal = np.array([0.5, 1.0, 0.7, 0.7, 0.7, 0.7])
    rules = replace(FREE, hold_candles=3)
    assert only(backtest(flat_bars([100.0] * 6), signal, rules).trades).left_at == hour(4)


def test_what_comes_before_the_time_is_over_goes_first() -> None:
    rows = [STILL, STILL, (100, 100, 94, 96), STILL, STILL]
    rules = replace(FREE, hold_candles=2, stop_fraction=0.05)
    assert only(backtest(bars(rows), constant(5), rules).trades).reason == "stop"
    signal = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    assert only(backtest(flat_bars([100.0] * 5), signal, rules).trades).reason == "signal"
