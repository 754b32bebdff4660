"""What a change of limits changes, and when it loosens."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.trading.test_limit_properties import limits
from trading.bounds import PROFILE_NAMES, PROFILES, Limits
from trading.limit_changes import Change, changes, loosens, profile_of, with_profile

D = Decimal
USUAL = Limits()


@pytest.mark.parametrize(
    ("field", "value", "looser"),
    [
        ("max_order_fraction", D("0.03"), True),
        ("max_order_fraction", D("0.01"), False),
        ("max_symbol_fraction", D("0.2"), True),
        ("max_leverage_crypto", D(2), False),
        ("max_loss_fraction", D("0.02"), True),
        ("daily_loss", D("0.05"), True),
        ("account_drawdown", D("0.07"), False),
        ("max_positions", 11, True),
        ("cooldown_minutes", 30, False),
        ("quote_seconds", 10, False),
        ("allowed", ("BTC/USDT",), False),
        ("blocked", ("BTC/USDT",), False),
    ],
)
def test_a_change_is_found_with_its_direction(field: str, value: object, looser: bool) -> None:
    changed = USUAL.model_copy(update={field: value})
    (there,) = changes(USUAL, changed)
    assert (there.field, there.after, there.looser) == (field, value, looser)
    (back,) = changes(changed, USUAL)
    assert (back.before, back.looser) == (value, not looser)


def test_symbols_that_come_free_are_a_loosening() -> None:
    only = USUAL.model_copy(update={"allowed": ("BTC/USDT",)})
    both = USUAL.model_copy(update={"allowed": ("BTC/USDT", "ETH/USDT")})
    other = USUAL.model_copy(update={"allowed": ("SOL/USDT",)})
    assert loosens(only, both)
    assert not loosens(both, only)
    assert loosens(only, other)
    swapped = USUAL.model_copy(update={"blocked": ("ETH/USDT",)})
    assert loosens(USUAL.model_copy(update={"blocked": ("BTC/USDT",)}), swapped)


def test_a_strategys_own_drawdown_is_compared_with_what_held_before() -> None:
    own = USUAL.model_copy(update={"drawdowns": {"analyst": D("0.04")}})
    assert changes(USUAL, own) == (Change("drawdowns", D("0.05"), D("0.04"), False, "analyst"),)
    assert loosens(own, USUAL)
    same = USUAL.model_copy(update={"drawdowns": {"analyst": D("0.05")}})
    assert changes(USUAL, same) == ()
    every = own.model_copy(update={"strategy_drawdown": D("0.03")})
    assert [one.field for one in changes(own, every)] == ["strategy_drawdown"]


@given(limits(), limits())
def test_nothing_is_looser_both_ways(before: Limits, after: Limits) -> None:
    there, back = changes(before, after), changes(after, before)
    assert {one.field for one in there} == {one.field for one in back}
    numbers = {one.field for one in there} - {"allowed", "blocked"}
    looser = {one.field for one in there if one.looser} & numbers
    assert looser == numbers - {one.field for one in back if one.looser}
    assert changes(before, before) == ()


@given(limits(), st.sampled_from(PROFILE_NAMES))
def test_a_profile_keeps_the_symbols_and_takes_all_else(now: Limits, name: str) -> None:
    chosen = next(one for one in PROFILE_NAMES if one == name)
    after = with_profile(now, chosen)
    assert profile_of(after) == name
    assert (after.allowed, after.blocked) == (now.allowed, now.blocked)


def test_profiles_go_from_tight_to_loose() -> None:
    careful, balanced, bold = (PROFILES[name] for name in PROFILE_NAMES)
    for tight, loose in ((careful, balanced), (balanced, bold)):
        assert not loosens(loose, tight)
    for one in PROFILES.values():
        assert one.max_order_fraction <= one.max_symbol_fraction
        assert one.max_loss_fraction < one.daily_loss < one.account_drawdown
        assert one.strategy_drawdown < one.account_drawdown


@pytest.mark.parametrize(
    "wrong",
    [
        {"drawdowns": {"analyst": D(1)}},
        {"drawdowns": {"analyst": D(0)}},
        {"blocked": tuple(f"A{n}/USDT" for n in range(101))},
        {"daily_loss": D("NaN")},
        {"max_leverage_crypto": D("Infinity")},
        {"quote_seconds": 31},
    ],
)
def test_limits_that_limit_nothing_can_not_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(wrong)
