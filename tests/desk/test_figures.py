"""One value, one spelling."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.figures import grouped, money, percent, plain, price, quantity


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (price(26905.3), "26 905"),
        (price(Decimal("0.0812345")), "0.081234"),
        (price(1.23456), "1.2346"),
        (price(Decimal(2)), "2.00"),
        (price(Decimal("0.30")), "0.30"),
        (price(1.2345e-6), "0.0000012345"),
        (percent(0.184, signed=True), "+18.4 %"),
        (percent(-0.00001), "0.00 %"),
        (percent(-0.0912), "−9.12 %"),
        (quantity(Decimal("-0.0074")), "−0.0074"),
        (quantity(1200.5), "1 200.5"),
        (quantity(0), "0"),
        (money(Decimal("-9998.5"), "USDT"), "−9 998.50 USDT"),
        (money(Decimal("4.2"), "USDT", signed=True), "+4.20 USDT"),
        (plain(58.234), "58.2"),
        (plain(8760), "8 760"),
        (plain(0.512), "0.51"),
    ],
)
def test_figures_read_as_people_write_them(written: str, expected: str) -> None:
    assert written.replace("\u202f", " ") == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_grouped_read_back_is_the_rounded_value(value: Decimal) -> None:
    text = grouped(value, 4).replace("\u202f", "").replace("−", "-")
    assert Decimal(text) == round(value, 4)
