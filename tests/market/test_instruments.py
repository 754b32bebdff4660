"""Trading rules, whichever way an exchange states them."""

from decimal import Decimal
from typing import Any

import pytest

from market.connection.instruments import (
    DECIMAL_PLACES,
    SIGNIFICANT_DIGITS,
    TICK_SIZE,
    read_instrument,
)

Rules = dict[str, Any]


def market(precision: Rules, limits: Rules, quote: str = "USDT") -> Rules:
    names = {"symbol": f"SHIB/{quote}", "base": "SHIB", "quote": quote}
    return names | {"precision": precision, "limits": limits}


def test_steps_as_sizes() -> None:
    rules = market({"price": 1e-8, "amount": 1.0}, {"cost": {"min": 5.0}})
    instrument = read_instrument(rules, TICK_SIZE)
    assert instrument.tick == Decimal("0.00000001")
    assert instrument.lot == Decimal(1)
    assert instrument.min_notional == Decimal(5)
    assert instrument.asset_class == "crypto"


def test_steps_as_decimal_places() -> None:
    instrument = read_instrument(market({"price": 6, "amount": 0}, {}), DECIMAL_PLACES)
    assert (instrument.tick, instrument.lot) == (Decimal("0.000001"), Decimal(1))


def test_significant_digits_have_no_step_so_the_smallest_allowed_price_is_it() -> None:
    rules = market({"price": 5, "amount": 8}, {"price": {"min": 0.0001}})
    instrument = read_instrument(rules, SIGNIFICANT_DIGITS)
    assert instrument.tick == Decimal("0.0001")
    assert instrument.lot == Decimal("0.00000001")


@pytest.mark.parametrize(("quote", "least"), [("USDT", "1"), ("EUR", "1"), ("BTC", "0.0001")])
def test_missing_rules_get_small_defaults(quote: str, least: str) -> None:
    rules = market({"price": None, "amount": None}, {"cost": {"min": None}, "amount": None}, quote)
    instrument = read_instrument(rules, TICK_SIZE)
    assert instrument.tick == instrument.lot == Decimal("0.00000001")
    assert instrument.min_notional == Decimal(least)
