"""What holds for all candles, signals and rules; the reference is tests.trading.slow_backtest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.money import FREE, books_balance, constant
from tests.trading.sample_candles import scaled, walk
from tests.trading.slow_backtest import slow_replay
from trading.backtest import BacktestResult, Rules, backtest
from trading.candles import Candles, FloatArray, Timeframe

COUNT = 200
EXPOSURES = (-1.0, -0.5, 0.0, 0.3, 0.9, 1.0)


@st.composite
def signals(draw: st.DrawFn, count: int = COUNT) -> FloatArray:
    """Make a signal that stays for a while: runs of one exposure."""
    run = st.tuples(st.sampled_from(EXPOSURES), st.integers(1, 25))
    runs = draw(st.lists(run, min_size=1, max_size=40))
    return np.resize(np.concatenate([np.full(n, v) for v, n in runs]), count)


@st.composite
def markets(draw: st.DrawFn, count: int = COUNT) -> Candles:
    """Make candles that are quiet or wild, some of whose opens lie far from the close before."""
    timeframe = draw(st.sampled_from([Timeframe.M15, Timeframe.H1, Timeframe.H4, Timeframe.D1]))
    move = draw(st.sampled_from([0.003, 0.01, 0.03, 0.08]))
    gap = draw(st.sampled_from([0.0, 0.01, 0.1]))
    price = draw(st.sampled_from([0.0007, 3.0, 41_000.0]))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    jumps = np.clip(random.normal(0.0, gap, count), -0.5, 0.5) * (random.random(count) < 0.2)
    moves = np.clip(random.normal(0.0, move, count), -0.5, 0.5)
    close = price * np.exp(np.cumsum(jumps + moves))
    opened = close / np.exp(moves)
    reach = np.abs(random.normal(0.0, move / 2, (2, count))) * (random.random((2, count)) < 0.8)
    high = np.maximum(opened, close) * np.exp(reach[0])
    low = np.minimum(opened, close) * np.exp(-reach[1])
    first = draw(st.integers(0, 30)) * Timeframe.M15.ms
    time = first + np.arange(count) * timeframe.ms
    return Candles("AAA/USDT", timeframe, time, opened, high, low, close, np.ones(count))


def _some(*values: float | None) -> st.SearchStrategy[float | None]:
    return st.sampled_from(values)


@st.composite
def all_rules(draw: st.DrawFn) -> Rules:
    stop, trail = draw(_some(None, 0.005, 0.03, 0.2)), draw(_some(None, 0.01, 0.04))
    risks = stop is not None or trail is not None
    leverage = draw(st.sampled_from([1.0, 1.0, 2.0, 3.0, 10.0, 50.0, 125.0]))
    return Rules(
        fee_rate=draw(st.sampled_from([0.0, 0.001, 0.02])),
        slippage=draw(st.sampled_from([0.0, 0.0005, 0.01])),
        stop_fraction=stop,
        target_fraction=draw(_some(None, 0.01, 0.05)),
        trail_fraction=trail,
        hold_candles=draw(st.sampled_from([None, 1, 2, 7, 30])),
        leverage=leverage,
        risk_fraction=draw(_some(None, 0.01, 0.3)) if risks else None,
        maintenance=draw(st.sampled_from([0.0, 0.005, 0.5 / leverage])),
        funding_rate=draw(st.sampled_from([0.0, 0.0, 0.0003, -0.0003, 0.01])),
        # Not round, so that no size is a whole number of lots by chance.
        initial_cash=14_142.135623,
        allow_short=draw(st.booleans()),
    )


@st.composite
def on_the_grid(draw: st.DrawFn, rules: Rules, candles: Candles) -> Rules:
    """Add a tick and a lot that suit the prices."""
    price = float(candles.close[0])
    steps = [0.0, float(f"{price * 1e-4:.0e}"), float(f"{price * 1e-2:.0e}")]
    lots = [0.0, float(f"{0.1 / price:.0e}"), float(f"{300 / price:.0e}")]
    return replace(rules, tick=draw(st.sampled_from(steps)), lot=draw(st.sampled_from(lots)))


def lines(result: BacktestResult) -> list[tuple[object, ...]]:
    reasons = [trade.reason for trade in result.trades]
    places = result.trade_table[:, :3].astype(int).tolist()
    return [(*place, reason) for place, reason in zip(places, reasons, strict=True)]


@settings(max_examples=times(250, 3_000))
@given(data=st.data(), candles=markets(), signal=signals(), rules=all_rules())
def test_agrees_with_the_same_rules_written_slowly(
    data: st.DataObject, candles: Candles, signal: FloatArray, rules: Rules
) -> None:
    rules = data.draw(on_the_grid(rules, candles))
    result, slow = backtest(candles, signal, rules), slow_replay(candles, signal, rules)
    assert lines(result) == [(t.side, t.entered, t.left, t.reason) for t in slow.trades]
    for trade, plain in zip(result.trades, slow.trades, strict=True):
        event(trade.reason)
        figures = (trade.entry_price, trade.exit_price, trade.quantity)
        assert figures == pytest.approx((plain.entry_price, plain.exit_price, plain.quantity))
        money = (trade.fees, trade.funding, trade.profit)
        expected = (plain.fees, plain.funding, plain.profit)
        assert money == pytest.approx(expected, rel=1e-8, abs=1e-5)
    np.testing.assert_allclose(result.equity, slow.equity, rtol=1e-8, atol=1e-5)
    held, open_ = slow.held, result.open_position
    assert (held is None) == (open_ is None)
    if held is not None and open_ is not None:
        assert open_.entry_price == pytest.approx(held.average)
        assert open_.quantity == pytest.approx(held.quantity)
        levels = (open_.stop, open_.target, open_.liquidation)
        assert levels == pytest.approx((held.stop, held.target, held.liquidation))


@settings(max_examples=times(80, 1_000))
@given(candles=markets(), signal=signals(), rules=all_rules())
def test_books_balance_and_equity_is_never_negative(
    candles: Candles, signal: FloatArray, rules: Rules
) -> None:
    result = backtest(candles, signal, rules)
    assert result.equity.min() >= 0.0
    assert np.all(np.isfinite(result.equity))
    for trade in result.trades:
        assert trade.entered_at <= trade.left_at
        assert trade.quantity > 0.0
    books_balance(result)


@settings(max_examples=times(80, 1_000))
@given(
    cut=st.integers(2, COUNT - 1),
    candles=markets(),
    signal=signals(),
    other=signals(),
    rules=all_rules(),
    factor=st.sampled_from([0.5, 1.0, 1.7]),
)
def test_nothing_changes_when_later_candles_and_signals_change(
    cut: int, candles: Candles, signal: FloatArray, other: FloatArray, rules: Rules, factor: float
) -> None:
    whole = backtest(candles, signal, rules)
    part = backtest(candles[:cut], signal[:cut], rules)
    assert part.equity.tolist() == whole.equity[:cut].tolist()
    assert part.trades == whole.trades[: len(part.trades)]
    later = whole.trades[len(part.trades) :]
    assert all(trade.left_at >= part.candles.last_close_time for trade in later)
    tampered = scaled(candles, 1.0)
    for column in (tampered.open, tampered.high, tampered.low, tampered.close):
        column[cut:] *= factor
    changed = backtest(tampered, np.concatenate([signal[:cut], other[cut:]]), rules)
    assert changed.equity[:cut].tolist() == part.equity.tolist()
    assert changed.trades[: len(part.trades)] == part.trades


@settings(max_examples=times(60, 600))
@given(
    factor=st.sampled_from([2.0**-20, 2.0**-3, 2.0, 2.0**17]),
    candles=markets(),
    signal=signals(),
    rules=all_rules(),
)
def test_scaling_all_prices_scales_no_profit(
    factor: float, candles: Candles, signal: FloatArray, rules: Rules
) -> None:
    # By powers of two, so that not even a comparison is rounded another way.
    usual = backtest(candles, signal, rules)
    other = backtest(scaled(candles, factor), signal, rules)
    assert other.equity.tolist() == usual.equity.tolist()
    for mine, theirs in zip(other.trades, usual.trades, strict=True):
        assert (mine.reason, mine.profit, mine.left_at) == (
            theirs.reason,
            theirs.profit,
            theirs.left_at,
        )
        assert mine.entry_price == factor * theirs.entry_price
        assert mine.quantity * factor == theirs.quantity


@settings(max_examples=times(60, 600))
@given(
    factor=st.sampled_from([2.0**-20, 0.25, 2.0, 2.0**20]),
    candles=markets(),
    signal=signals(),
    rules=all_rules(),
)
def test_scaling_the_cash_scales_each_profit(
    factor: float, candles: Candles, signal: FloatArray, rules: Rules
) -> None:
    usual = backtest(candles, signal, rules)
    other = backtest(candles, signal, replace(rules, initial_cash=rules.initial_cash * factor))
    assert other.equity.tolist() == (usual.equity * factor).tolist()
    assert [t.profit for t in other.trades] == [t.profit * factor for t in usual.trades]


@settings(max_examples=times(20, 200))
@given(candles=markets(), rules=all_rules())
def test_zero_signal_means_zero_trades(candles: Candles, rules: Rules) -> None:
    result = backtest(candles, constant(COUNT, 0.0), rules)
    assert result.trades == ()
    assert result.open_position is None
    assert set(result.equity.tolist()) == {rules.initial_cash}


@settings(max_examples=times(20, 200))
@given(seed=st.integers(0, 500), signal=signals())
def test_longs_and_shorts_mirror_each_other_in_money(seed: int, signal: FloatArray) -> None:
    """Of a small move a short earns what the long loses: nothing but the side is another."""
    candles = walk(COUNT, seed)
    rules = replace(FREE, allow_short=True)
    quiet = replace(candles, open=candles.close, high=candles.close, low=candles.close)
    small = np.sign(signal) * 1e-6
    long = backtest(quiet, small, rules).equity - rules.initial_cash
    short = backtest(quiet, -small, rules).equity - rules.initial_cash
    np.testing.assert_allclose(long, -short, atol=1e-4 * float(np.abs(long).max()) + 1e-9)
