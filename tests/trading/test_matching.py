from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import inf, isnan, nan, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.matching import (
    NONE,
    STOP,
    TARGET,
    exit_on_candle,
    fee,
    floor_to_lot,
    limit_at,
    liquidation_fill,
    market_fill,
    round_to_tick,
    stop_at,
    stop_price,
    target_price,
    to_decimal,
    trailed,
)

LONG, SHORT = 1, -1
TICKS = [Decimal(t) for t in ("0.01", "0.1", "0.05", "0.0025", "0.00000001", "1", "0.5", "5", "10")]


def candle_exit(
    side: int,
    stop: float,
    target: float,
    open: float,
    high: float,
    low: float,
    slippage: float = 0.0,
    tick: float = 0.01,
) -> tuple[int, float]:
    return exit_on_candle(side, stop, target, open, high, low, slippage, tick)


def test_buy_pays_the_slippage_and_is_rounded_up() -> None:
    assert market_fill(LONG, 26905.0, 0.0005, 0.01) == 26918.46  # 26918.4525


def test_sell_pays_the_slippage_and_is_rounded_down() -> None:
    assert market_fill(SHORT, 26905.0, 0.0005, 0.01) == 26891.54  # 26891.5475


def test_without_a_tick_nothing_is_rounded() -> None:
    assert market_fill(LONG, 100.0, 0.0005, 0.0) == 100.0 * 1.0005


@pytest.mark.parametrize("price", [0.29, 1.1, 2.3, 19.99, 64512.07])
def test_an_exact_multiple_of_the_tick_stays_although_floats_are_fuzzy(price: float) -> None:
    assert market_fill(LONG, price, 0.0, 0.01) == price
    assert market_fill(SHORT, price, 0.0, 0.01) == price


def test_a_sale_never_rounds_down_to_nothing() -> None:
    assert market_fill(SHORT, 0.01, 0.5, 0.01) == 0.01


@given(
    tick=st.sampled_from(TICKS),
    steps=st.integers(100, 10**7),
    slippage=st.integers(0, 500),
    side=st.sampled_from([LONG, SHORT]),
)
def test_fill_is_what_decimal_arithmetic_gives(
    tick: Decimal, steps: int, slippage: int, side: int
) -> None:
    rate = Decimal(slippage) / 10_000
    price = steps * tick
    exact = price * (1 + side * rate)
    way = ROUND_CEILING if side > 0 else ROUND_FLOOR
    expected = (exact / tick).to_integral_value(way) * tick
    filled = market_fill(side, float(price), float(rate), float(tick))
    assert filled == float(expected)
    assert to_decimal(filled, tick) == expected


@given(price=st.floats(1e-6, 1e7), tick=st.sampled_from(TICKS))
def test_rounding_moves_less_than_a_tick_and_only_the_named_way(
    price: float, tick: Decimal
) -> None:
    step = float(tick)
    up, down = round_to_tick(price, step, 1), round_to_tick(price, step, -1)
    fuzz = 1e-8 * (step + price)
    assert price - fuzz <= up <= max(price + step, step) + fuzz
    assert down <= max(price, step) + fuzz
    assert down >= price - step - fuzz
    assert round_to_tick(up, step, -1) == up  # a multiple stays one


def test_levels_lie_away_from_the_entry() -> None:
    assert stop_price(LONG, 100.1, 0.03, 0.01) == 97.09  # 97.097
    assert target_price(LONG, 100.1, 0.05, 0.01) == 105.11  # 105.105
    assert stop_price(SHORT, 100.1, 0.03, 0.01) == 103.11  # 103.103
    assert target_price(SHORT, 100.1, 0.05, 0.01) == 95.09  # 95.095


def test_no_fraction_means_no_level() -> None:
    assert isnan(stop_price(LONG, 100.0, nan, 0.01))
    assert isnan(target_price(LONG, 100.0, nan, 0.01))


def test_stop_comes_first_when_one_candle_touches_both() -> None:
    assert candle_exit(LONG, 97.0, 105.0, 100.0, 106.0, 96.0) == (STOP, 97.0)
    assert candle_exit(SHORT, 103.0, 95.0, 100.0, 104.0, 94.0) == (STOP, 103.0)


def test_gap_through_the_stop_fills_at_the_open_with_slippage() -> None:
    assert candle_exit(LONG, 97.0, 105.0, 90.0, 91.0, 89.0, slippage=0.01) == (STOP, 89.1)
    assert candle_exit(SHORT, 103.0, 95.0, 110.0, 111.0, 109.0, slippage=0.01) == (STOP, 111.1)


def test_gap_through_the_target_fills_better_at_the_open_without_slippage() -> None:
    assert candle_exit(LONG, 97.0, 105.0, 108.0, 109.0, 90.0, slippage=0.01) == (TARGET, 108.0)
    assert candle_exit(SHORT, 103.0, 95.0, 92.0, 110.0, 91.0, slippage=0.01) == (TARGET, 92.0)


def test_stop_inside_the_candle_pays_slippage_and_target_does_not() -> None:
    assert candle_exit(LONG, 97.0, 105.0, 100.0, 101.0, 96.5, slippage=0.01) == (STOP, 96.03)
    assert candle_exit(LONG, 97.0, 105.0, 100.0, 105.0, 99.0, slippage=0.01) == (TARGET, 105.0)


def test_touching_a_level_is_enough() -> None:
    assert candle_exit(LONG, 97.0, 105.0, 100.0, 101.0, 97.0)[0] == STOP
    assert candle_exit(SHORT, 103.0, 95.0, 100.0, 101.0, 95.0)[0] == TARGET


def test_a_missing_level_is_never_reached() -> None:
    reason, price = candle_exit(LONG, nan, nan, 100.0, inf, 0.0)
    assert reason == NONE
    assert isnan(price)
    assert candle_exit(SHORT, nan, 95.0, 100.0, 1e9, 94.0) == (TARGET, 95.0)


@given(
    side=st.sampled_from([LONG, SHORT]),
    open=st.floats(50, 150),
    up=st.floats(0, 50),
    down=st.floats(0, 40),
    slippage=st.floats(0, 0.01),
)
def test_an_exit_is_never_better_than_the_candle_allows(
    side: int, open: float, up: float, down: float, slippage: float
) -> None:
    high, low = open + up, open - down
    reason, price = exit_on_candle(
        side, 100.0 - 5 * side, 100.0 + 5 * side, open, high, low, slippage, 0.0
    )
    if reason == NONE:
        assert isnan(price)
    elif reason == TARGET:
        assert low <= price <= high
    elif side > 0:
        assert price <= high
    else:
        assert price >= low


def test_a_stop_at_a_quote_sells_at_the_bid_and_buys_at_the_ask() -> None:
    # The ask is below the sell stop's level, the bid is what counts.
    assert isnan(stop_at(SHORT, 97.0, 97.1, 97.2, 0.0, 0.01))
    assert stop_at(SHORT, 97.0, 96.9, 97.2, 0.0, 0.01) == 96.9
    assert stop_at(LONG, 103.0, 102.9, 103.1, 0.01, 0.01) == 104.14
    assert isnan(stop_at(LONG, 103.0, 102.8, 102.9, 0.0, 0.01))


def test_a_limit_at_a_quote_meets_the_other_side_of_the_market() -> None:
    assert limit_at(SHORT, 105.0, 105.4, 105.5) == 105.4
    assert limit_at(LONG, 95.0, 94.0, 94.1) == 94.1
    assert isnan(limit_at(LONG, 95.0, 94.9, 95.1))
    assert isnan(limit_at(SHORT, nan, 105.4, 105.5))


@given(
    st.sampled_from([LONG, SHORT]),
    st.lists(st.floats(50, 200), min_size=1, max_size=20),
    st.floats(0.001, 0.5),
)
def test_a_trailing_stop_never_goes_back_and_never_passes_its_distance(
    side: int, path: list[float], fraction: float
) -> None:
    stop = stop_price(side, 100.0, fraction, 0.01)
    best = 100.0
    for price in path:
        best = max(best, price) if side > 0 else min(best, price)
        after = trailed(side, stop, best, fraction, 0.01)
        assert (after - stop) * side >= 0
        stop = after
    assert stop == pytest.approx(stop_price(side, best, fraction, 0.01))


@given(st.sampled_from([LONG, SHORT]), st.floats(10, 1000), st.floats(10, 1000), st.floats(0, 0.1))
def test_a_liquidation_never_fills_beyond_the_end_of_the_margin(
    side: int, price: float, bankruptcy: float, slippage: float
) -> None:
    fill = liquidation_fill(side, price, bankruptcy, slippage, 0.01)
    assert (fill - bankruptcy) * side >= -1e-9


@given(st.floats(1e-6, 1e6), st.sampled_from([0.0, 0.001, 1.0]))
def test_a_quantity_is_cut_to_whole_lots(quantity: float, lot: float) -> None:
    cut = floor_to_lot(quantity, lot)
    rounding = 1e-13 * quantity
    assert -rounding <= quantity - cut <= lot + rounding


@given(st.integers(1, 10**9), st.sampled_from([0.001, 0.1, 0.3, 1e-5]))
def test_whole_lots_are_not_cut(lots: int, lot: float) -> None:
    for quantity in (lots * lot, nextafter(lots * lot, 0.0)):
        assert floor_to_lot(quantity, lot) == lots * lot


def test_fee_is_charged_on_both_sides_alike() -> None:
    assert fee(1000.0, 0.001) == fee(-1000.0, 0.001) == 1.0


def test_price_crosses_to_decimal_on_the_tick_grid() -> None:
    assert to_decimal(0.1 + 0.2, Decimal("0.01")) == Decimal("0.30")
    assert str(to_decimal(26918.46, Decimal("0.01"))) == "26918.46"
    assert to_decimal(0.1 + 0.2, Decimal(0)) == Decimal("0.30000000000000004")
    assert to_decimal(26918.0, Decimal(5)) == Decimal(26920)
