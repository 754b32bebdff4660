"""Sizes, levels and costs on the exchange's grid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.fake_market import instrument_of
from trading.errors import BadArgument
from trading.orders import Side
from trading.sizing import fee, levels, loss_at_stop, quantity_for, smallest_quantity

D = Decimal
BTC = instrument_of("BTC/USDT")


def test_a_quantity_is_the_most_whole_lots_that_the_money_buys() -> None:
    assert quantity_for(D(200), D("26905"), BTC) == D("0.00743")


def test_the_smallest_quantity_reaches_the_minimum_notional() -> None:
    assert smallest_quantity(D(27_000), BTC) == D("0.00019")
    assert smallest_quantity(D(1), instrument_of("X/USDT", lot="1", min_notional="0")) == 1


@given(
    price=st.integers(1, 10**10).map(lambda n: D(n) / 100),
    side=st.sampled_from(["buy", "sell"]),
    stop=st.integers(1, 900).map(lambda n: D(n) / 1000),
    target=st.integers(1, 900).map(lambda n: D(n) / 1000),
    tick=st.sampled_from(["0.01", "0.5", "1"]),
)
def test_levels_stand_on_ticks_on_their_own_side_of_the_entry(
    price: Decimal, side: Side, stop: Decimal, target: Decimal, tick: str
) -> None:
    what = instrument_of("BTC/USDT", tick=tick)
    try:
        found = levels(side, price, stop, target, what)
    except BadArgument:
        assert price < 100 * what.tick
        return
    assert found.stop is not None
    assert found.target is not None
    low, high = (found.stop, found.target) if side == "buy" else (found.target, found.stop)
    assert 0 < low < price < high
    assert low % what.tick == high % what.tick == 0
    distance = abs(found.stop - price)
    assert distance >= price * stop
    assert distance < price * stop + what.tick


def test_no_fraction_means_no_level() -> None:
    found = levels("buy", D(100), None, D(0), BTC)
    assert found.stop is None
    assert found.target is None


def test_a_level_at_or_below_zero_is_refused() -> None:
    with pytest.raises(BadArgument, match="target"):
        levels("sell", D(100), D("0.1"), D("1.2"), BTC)


def test_a_fee_is_kept_to_eight_decimals() -> None:
    assert fee(D("0.00743"), D("26905.13"), D("0.001")) == D("0.19990512")


@pytest.mark.parametrize(("side", "stop"), [("buy", "97"), ("sell", "103")])
def test_the_loss_at_the_stop_holds_both_fees_and_the_slippage(side: Side, stop: str) -> None:
    loss = loss_at_stop(side, D(10), D(100), D(stop), D("0.001"), D("0.0005"))
    leave = D(stop) * (D("0.9995") if side == "buy" else D("1.0005"))
    fees = (D(100) + leave) * 10 * D("0.001")
    assert loss == (abs(100 - leave) * 10 + fees).quantize(D("1E-8"))
    assert loss > 30
