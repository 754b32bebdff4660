"""Fixed-risk sizing and funding, computed by hand."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.money import FREE, books_balance, constant
from tests.trading.sample_candles import bars, flat_bars
from trading.backtest import Rules, backtest
from trading.candles import Timeframe, from_ms
from trading.errors import BadArgument

STILL = (100.0, 100.0, 100.0, 100.0)
FALLS, RISES = (100.0, 100.0, 90.0, 92.0), (100.0, 110.0, 100.0, 108.0)
RISKS = Rules(stop_fraction=0.05, target_fraction=None, risk_fraction=0.02, allow_short=True)
CHARGED = replace(FREE, funding_rate=0.001, allow_short=True)


@pytest.mark.parametrize("exposure", [1.0, 0.5, -1.0, -0.5])
@pytest.mark.parametrize("costs", [0.0, 0.0007])
def test_fixed_risk_loses_just_that_at_the_stop(exposure: float, costs: float) -> None:
    rules = replace(RISKS, fee_rate=costs, slippage=costs)
    rows = [STILL, FALLS if exposure > 0 else RISES, STILL]
    result = backtest(bars(rows), constant(3, exposure), rules)
    (trade,) = result.trades
    assert trade.reason == "stop"
    assert trade.profit == pytest.approx(-200.0 * abs(exposure), rel=1e-12)


def test_fixed_risk_by_hand() -> None:
    # Without costs a unit loses 5 of 100 at the stop: 200 are 40 units.
    rules = replace(RISKS, fee_rate=0.0, slippage=0.0)
    held = backtest(flat_bars([100.0] * 3), constant(3), rules).open_position
    assert held is not None
    assert held.quantity == pytest.approx(40.0)


def test_fixed_risk_cuts_to_whole_lots_and_never_risks_more() -> None:
    rules = replace(RISKS, lot=1.5)
    (trade,) = backtest(bars([STILL, FALLS, STILL]), constant(3), rules).trades
    assert trade.quantity == pytest.approx(37.5)  # of 38.2, for 5.2 are lost a unit
    assert -200.0 <= trade.profit < -200.0 + 1.5 * 5.3


def test_fixed_risk_never_takes_more_than_the_exposure_allows() -> None:
    rules = replace(RISKS, stop_fraction=0.001, fee_rate=0.0, slippage=0.0)
    held = backtest(flat_bars([100.0] * 3), constant(3, 0.5), rules).open_position
    assert held is not None
    assert held.quantity == pytest.approx(50.0)  # the risk alone would allow 1,000
    levered = replace(rules, leverage=4.0)
    held = backtest(flat_bars([100.0] * 3), constant(3, 0.5), levered).open_position
    assert held is not None
    assert held.quantity == pytest.approx(200.0)


@pytest.mark.parametrize(("stop", "trail"), [(None, 0.05), (0.05, 0.05), (0.05, 0.2), (0.2, 0.05)])
def test_fixed_risk_counts_from_the_stop_that_comes_first(stop: float | None, trail: float) -> None:
    rules = replace(RISKS, stop_fraction=stop, trail_fraction=trail)
    (trade,) = backtest(bars([STILL, FALLS, STILL]), constant(3), rules).trades
    assert trade.profit == pytest.approx(-200.0)


@settings(max_examples=times(60, 500))
@given(
    risk=st.floats(0.001, 0.2),
    stop=st.floats(0.005, 0.5),
    share=st.floats(0.0, 0.4),
    price=st.floats(1e-4, 1e5),
    lot=st.sampled_from([0.0, 0.01, 1.0]),
    side=st.sampled_from([1.0, -1.0]),
)
def test_fixed_risk_is_never_exceeded_without_a_gap(
    risk: float, stop: float, share: float, price: float, lot: float, side: float
) -> None:
    costs = share * stop  # a stop within the slippage would be passed by the entry's own open
    rules = replace(
        RISKS, risk_fraction=risk, stop_fraction=stop, fee_rate=costs, slippage=costs, lot=lot
    )
    far = price * (1 - 0.6 * side)
    rows = [(price, price, price, price), (price, max(price, far), min(price, far), price)]
    trades = backtest(bars(rows), constant(2, side), rules).trades
    lost = sum(trade.profit for trade in trades)
    assert lost >= -10_000 * risk * (1 + 1e-9)


def test_funding_is_paid_at_the_closes_of_eight_hours() -> None:
    # 100 units at 100, a thousandth of 10,000 each eight hours: at 08:00 and 16:00.
    result = backtest(flat_bars([100.0] * 20), constant(20), CHARGED)
    assert result.equity[:7].tolist() == [10_000.0] * 7
    assert result.equity[7:15].tolist() == [9_990.0] * 8  # the candle of 07:00 ends at 08:00
    assert result.equity[15:].tolist() == [9_980.0] * 5


def test_shorts_get_what_longs_pay() -> None:
    result = backtest(flat_bars([100.0] * 10), constant(10, -1.0), CHARGED)
    assert result.equity[-1] == pytest.approx(10_010.0)
    negative = replace(CHARGED, funding_rate=-0.001)
    assert backtest(flat_bars([100.0] * 10), constant(10), negative).equity[-1] == 10_010.0


@pytest.mark.parametrize(
    ("timeframe", "paid"),
    [
        (Timeframe.M30, [0] * 15 + [1]),
        (Timeframe.H4, [0, 1, 1, 2, 2, 3]),
        (Timeframe.H6, [0, 1, 2, 3, 3, 4]),
        (Timeframe.D1, [0, 3, 6, 9]),
        (Timeframe.W1, [0, 21]),
    ],
)
def test_funding_of_other_timeframes_counts_the_marks_in_each(
    timeframe: Timeframe, paid: list[int]
) -> None:
    # Bought at the open of the second candle; what the first one spans costs nothing.
    result = backtest(flat_bars([100.0] * len(paid), timeframe), constant(len(paid)), CHARGED)
    assert result.equity.tolist() == pytest.approx([10_000 - 10 * count for count in paid])


def test_funding_is_charged_on_what_is_held_at_the_close() -> None:
    # The price has doubled by 08:00; at 16:00 half is left, and nothing at midnight.
    closes = [100.0] * 5 + [200.0] * 20
    signal = np.array([1.0] * 10 + [0.5] * 8 + [0.0] * 7)
    result = backtest(flat_bars(closes), signal, CHARGED)
    (trade,) = result.trades
    half = 0.5 * (20_000 - 20)  # of equity at the fall to half
    assert trade.funding == pytest.approx(20.0 + half * 0.001)
    assert trade.profit == pytest.approx(10_000 - trade.funding)
    books_balance(result)


def test_a_position_that_ends_within_the_candle_pays_no_funding() -> None:
    rows = [*[STILL] * 7, (100.0, 100.0, 90.0, 100.0), STILL]
    rules = replace(CHARGED, stop_fraction=0.05)
    (trade,) = backtest(bars(rows), constant(9), rules).trades
    assert (trade.reason, trade.funding) == ("stop", 0.0)


def test_funding_can_be_given_candle_by_candle() -> None:
    rates = np.array([0.5, 0.0, 0.01, -0.02, 0.0])
    result = backtest(flat_bars([100.0] * 5), constant(5), CHARGED, rates)
    assert result.equity.tolist() == pytest.approx([10_000, 10_000, 9_900, 10_100, 10_100])


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (constant(4, 0.0), r"shape \(4,\), the candles are 3"),
        (np.array([0.0, nan, 0.0]), "not between -1 and 1"),
        (np.array([0.0, 1.5, 0.0]), "not between -1 and 1"),
    ],
)
def test_funding_that_does_not_fit_is_refused(rates: np.ndarray, message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        backtest(flat_bars([100.0] * 3), constant(3), FREE, rates)


def test_funding_may_ruin_an_account_but_leaves_no_debt() -> None:
    rates = np.array([0.0, 0.4, 0.4, 0.4, 0.0, 0.0])
    signal = np.array([1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    result = backtest(flat_bars([100.0] * 6), signal, FREE, rates)
    assert result.equity.tolist() == pytest.approx([10_000, 10_000 - 4_000, 2_000, 0, 0, 0])
    (trade,) = result.trades
    assert trade.profit == pytest.approx(-10_000)
    assert result.open_position is None


def test_funding_eats_the_margin_and_liquidates_a_position_in_a_still_market() -> None:
    # 100 000 of notional on 10 000: each payment of 1 % takes 1 000 of the margin. With no
    # maintenance the tenth takes the last of it, and the next open is beyond the liquidation.
    rules = replace(FREE, leverage=10.0, maintenance=0.0, funding_rate=0.01)
    still = flat_bars([100.0] * 120)
    result = backtest(still, constant(120), rules)
    (trade,) = result.trades
    assert (trade.reason, trade.left_at) == ("liquidation", from_ms(80 * Timeframe.H1.ms))
    assert trade.funding == pytest.approx(10_000)
    assert trade.exit_price == 100.0
    assert result.equity[79:].tolist() == pytest.approx([0.0] * 41, abs=1e-6)
    assert result.equity[78] == pytest.approx(1_000)


def test_an_account_that_is_used_up_opens_nothing_more() -> None:
    # Ten times the account on each swing of 10 %: the first gap takes all of it.
    closes = [100.0, 100.0, 80.0] * 20
    signal = np.resize([1.0, 1.0, 0.0], 60)
    rules = replace(FREE, leverage=10.0, fee_rate=0.001)
    result = backtest(flat_bars(closes), signal, rules)
    (trade,) = result.trades
    assert trade.reason == "liquidation"
    assert result.equity[-1] <= 0.001 * rules.initial_cash
    assert result.metrics.fees == pytest.approx(trade.fees)
