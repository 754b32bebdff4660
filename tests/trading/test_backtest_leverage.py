"""Leverage, isolated margin, liquidation and what backs an enlarging, computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.money import FREE, books_balance, constant, left
from tests.trading.sample_candles import bars, flat_bars, walk
from trading.backtest import backtest

STILL = (100.0, 100.0, 100.0, 100.0)
THREE = replace(FREE, leverage=3.0, allow_short=True)


def test_leverage_multiplies_notional_and_profit() -> None:
    result = backtest(flat_bars([100, 100, 110]), constant(3), THREE)
    held = result.open_position
    assert held is not None
    assert held.quantity == pytest.approx(300.0)
    assert held.liquidation == pytest.approx(100 * (1 - 1 / 3) / 0.995)  # 67.0017
    assert result.equity.tolist() == pytest.approx([10_000, 10_000, 13_000])


def test_leverage_reserves_the_entry_fee() -> None:
    # Margin 9,970.09 and a fee of 29.91 on 29,910.27 are all the money.
    rules = replace(THREE, fee_rate=0.001)
    held = backtest(flat_bars([100, 100, 100]), constant(3), rules).open_position
    assert held is not None
    assert held.quantity * 100 == pytest.approx(30_000 / 1.003)
    assert held.quantity * 100 / 3 + held.fees == pytest.approx(10_000)


def test_a_long_is_liquidated_where_the_margin_is_down_to_maintenance() -> None:
    rows = [STILL, (100, 100, 66, 90), (90, 200, 90, 200)]
    result = backtest(bars(rows), constant(3), THREE)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert trade.exit_price == pytest.approx(67.001675, abs=1e-6)
    assert trade.profit == pytest.approx(-9_899.4975, abs=1e-4)
    assert result.equity.tolist() == pytest.approx([10_000, 100.5025, 100.5025], abs=1e-4)


def test_a_short_is_liquidated_above_its_entry() -> None:
    rows = [STILL, (100, 132.66, 99, 120), (120, 133, 119, 130), STILL]
    result = backtest(bars(rows), constant(4, -1.0), THREE)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert trade.exit_price == pytest.approx(132.669983, abs=1e-6)  # 133.333 / 1.005
    assert trade.profit == pytest.approx(-9_800.9950, abs=1e-4)
    assert result.equity[1] == pytest.approx(10_000 - 300 * 20)


def test_a_short_without_leverage_is_liquidated_near_twice_its_entry() -> None:
    rows = [STILL, (100, 199, 99, 150), (150, 200, 150, 150), STILL]
    result = backtest(bars(rows), constant(4, -1.0), replace(FREE, allow_short=True))
    (trade,) = result.trades
    assert trade.exit_price == pytest.approx(199.004975, abs=1e-6)  # 200 / 1.005
    assert result.equity[-1] == pytest.approx(99.5025, abs=1e-4)


def test_a_long_without_leverage_is_never_liquidated() -> None:
    result = backtest(flat_bars([100, 100, 15, 3, 1]), constant(5), FREE)
    assert result.trades == ()
    assert result.open_position is not None
    assert result.open_position.liquidation is None


def test_slippage_never_takes_more_than_the_margin() -> None:
    # Entered at 101, liquidation at 67.67, a hundredth worse is below 67.33, where the margin is
    # gone.
    rows = [STILL, (100, 100, 60, 90), STILL]
    result = backtest(bars(rows), constant(3), replace(THREE, slippage=0.01))
    (trade,) = result.trades
    assert trade.exit_price == pytest.approx(101 * 2 / 3)
    assert trade.profit == pytest.approx(-10_000)
    assert result.equity[-1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("exposure", [1.0, 0.5, -1.0, -0.5])
def test_gap_through_the_liquidation_loses_the_margin_and_no_more(exposure: float) -> None:
    gap = 30.0 if exposure > 0 else 170.0
    rows = [STILL, STILL, (gap, gap, gap, gap), (gap, gap, gap, gap)]
    result = backtest(bars(rows), constant(4, exposure), THREE)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert trade.profit == pytest.approx(-10_000 * abs(exposure))
    assert result.equity[-1] == pytest.approx(10_000 * (1 - abs(exposure)), abs=1e-6)


def test_an_open_beyond_the_liquidation_liquidates_although_the_signal_leaves_there() -> None:
    rows = [STILL, STILL, (30, 30, 30, 30), (30, 30, 30, 30)]
    result = backtest(bars(rows), np.array([1.0, -1.0, -1.0, -1.0]), replace(THREE, leverage=2.0))
    (trade,) = result.trades
    assert left(trade) == ("liquidation", 50.0)
    assert trade.profit == pytest.approx(-10_000)
    assert result.equity[-1] == 0.0


def test_a_stop_nearer_than_the_liquidation_goes_first() -> None:
    rows = [STILL, (100, 100, 60, 90), STILL]
    (trade,) = backtest(bars(rows), constant(3), replace(THREE, stop_fraction=0.1)).trades
    assert left(trade) == ("stop", 90.0)
    (trade,) = backtest(bars(rows), constant(3), replace(THREE, stop_fraction=0.4)).trades
    assert left(trade) == ("liquidation", 67.001675)


def test_a_gap_through_stop_and_liquidation_liquidates() -> None:
    rows = [STILL, STILL, (40, 40, 40, 40)]
    (trade,) = backtest(bars(rows), constant(3), replace(THREE, stop_fraction=0.1)).trades
    assert left(trade) == ("liquidation", 66.666667)


def test_after_a_liquidation_the_side_waits_for_the_signal_to_turn() -> None:
    rows = [STILL, (100, 100, 60, 90), STILL, STILL, STILL, STILL]
    half = np.array([0.5, 0.5, 0.4, 0.0, 0.5, 0.5])
    result = backtest(bars(rows), half, THREE)
    assert len(result.trades) == 1
    assert result.open_position is not None
    # Half of the 5,050.25 that are left, times three.
    assert result.open_position.quantity * 100 == pytest.approx(7_575.377, abs=1e-3)


def test_liquidation_of_an_enlarged_position_follows_its_average_entry() -> None:
    # 150 at 100; equity 8,500 at 90 makes 283.33 wanted, 133.33 more at 90; the average is
    # 95.294, the margin a third of it.
    result = backtest(flat_bars([100, 100, 90, 90]), np.array([0.5, 1.0, 1.0, 1.0]), THREE)
    held = result.open_position
    assert held is not None
    assert held.quantity == pytest.approx(283.3333, abs=1e-4)
    assert held.entry_price == pytest.approx((150 * 100 + 133.33333 * 90) / 283.33333)
    assert held.liquidation == pytest.approx(held.entry_price * 2 / 3 / 0.995)


def test_open_profit_backs_no_enlarging() -> None:
    # 50 sold short at 100. At 50 the equity of 12,500 asks for 250, but beside the margin of
    # 5,000 only 5,000 are there: a hundred more.
    rules = replace(FREE, allow_short=True)
    signal = np.array([-0.5, -1.0, -1.0, -1.0])
    result = backtest(flat_bars([100, 100, 50, 50]), signal, rules)
    held = result.open_position
    assert held is not None
    assert held.quantity == pytest.approx(150.0)
    assert held.entry_price == pytest.approx(200 / 3)
    assert result.equity[-1] == pytest.approx(12_500)


def test_enlarging_pays_the_fee_of_what_is_added() -> None:
    # 5,000 are free; 100 x 1.001 is what a unit takes of them.
    rules = replace(FREE, fee_rate=0.001)
    signal = np.array([0.5, 1.0, 1.0, 1.0])
    result = backtest(flat_bars([100.0] * 4), signal, rules)
    held = result.open_position
    assert held is not None
    assert held.quantity == pytest.approx((10_000 - 0.1 * 5_000 / 100.1) / 100.1, rel=1e-6)
    assert held.fees == pytest.approx(held.quantity * 0.1)


@settings(max_examples=times(40, 400))
@given(
    seed=st.integers(0, 1_000),
    leverage=st.sampled_from([2.0, 5.0, 20.0, 100.0]),
    share=st.sampled_from([0.2, 0.6, 1.0]),
    fee=st.sampled_from([0.0, 0.001]),
)
def test_no_liquidation_loses_more_than_margin_and_fees(
    seed: int, leverage: float, share: float, fee: float
) -> None:
    generator = np.random.default_rng(seed)
    signal = np.repeat(generator.choice([-share, 0.0, share], 60), 5)
    rules = replace(THREE, leverage=leverage, fee_rate=fee, slippage=0.0005)
    result = backtest(walk(300, seed), signal, rules)
    for trade in result.trades:
        margin = trade.entry_price * trade.quantity / leverage
        if trade.reason == "liquidation":
            assert trade.profit + trade.fees >= -margin * (1 + 1e-9) - 1e-6
    assert result.equity.min() >= 0.0
    books_balance(result)
