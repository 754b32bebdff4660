"""A state's image gives back exactly that state, whatever fields the state has."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.depth import times
from tests.fakes.made_account import made_log
from trading.account import AccountState
from trading.account_image import image, restored
from trading.alerts import Alert
from trading.bounds import PROFILES, Limits
from trading.candles import Timeframe
from trading.ledger import fold

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=5),
    int: st.integers(-(2**40), 2**40),
    bool: st.booleans(),
    date: st.dates(min_value=date(1970, 1, 1)),
    datetime: st.datetimes(min_value=datetime(1970, 1, 2), timezones=ZONES),  # noqa: DTZ001
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    Limits: st.sampled_from(list(PROFILES.values())),
    Timeframe: st.sampled_from(Timeframe),
    Alert: st.builds(
        Alert,
        id=st.text(max_size=5),
        kind=st.just("price"),
        symbol=st.just("BTC/USDT"),
        direction=st.sampled_from(["above", "below"]),
        level=st.decimals(1, 10**9),
        once=st.booleans(),
        armed_at=st.just(datetime(2026, 1, 5, tzinfo=UTC)),
    ),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Make any value of a type that a state is made of."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of(*(st.none() if one is NoneType else values_of(one) for one in inner))
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(values_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(one) for one in inner))
    if origin in (Mapping, dict):
        pairs = st.dictionaries(values_of(inner[0]), values_of(inner[1]), max_size=3)
        return pairs.map(MappingProxyType) if origin is Mapping else pairs
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _constructed(hint)
    assert isinstance(hint, type)
    assert dataclasses.is_dataclass(hint), f"how is a {hint} made?"
    hints = get_type_hints(hint)
    return st.builds(
        hint, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(hint)}
    )


def _constructed(model: type[BaseModel]) -> st.SearchStrategy[BaseModel]:
    fields = {name: values_of(info.annotation) for name, info in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(lambda given: model.model_construct(**given))


def assert_same(given: AccountState, back: AccountState) -> None:
    assert back == given
    assert repr_of(back) == repr_of(given)


def repr_of(value: Any) -> Any:
    """Return what `==` overlooks: the order of mappings, a decimal's digits, that all is frozen."""
    if dataclasses.is_dataclass(value):
        return [
            (field.name, repr_of(getattr(value, field.name))) for field in dataclasses.fields(value)
        ]
    if isinstance(value, Mapping):
        return type(value), [(key, repr_of(held)) for key, held in value.items()]
    if isinstance(value, tuple):
        return tuple(repr_of(one) for one in value)
    if isinstance(value, BaseModel):
        return type(value), [(name, repr_of(held)) for name, held in value]
    return str(value) if isinstance(value, Decimal) else value


STATE = fold(made_log(60))
HINTS = get_type_hints(AccountState)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(AccountState)])
@given(data=st.data())
@settings(max_examples=times(8, 300))
def test_any_value_of_a_field_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    state = dataclasses.replace(STATE, **{name: data.draw(values_of(HINTS[name]))})
    assert_same(state, restored(image(state)))


@settings(max_examples=times(30, 2_000))
@given(seed=st.integers(0, 10**6), count=st.integers(1, 150))
def test_the_state_of_a_log_comes_back_as_it_was(seed: int, count: int) -> None:
    state = fold(made_log(count, seed))
    assert_same(state, restored(image(state)))


@settings(max_examples=times(30, 2_000))
@given(seed=st.integers(0, 10**6), count=st.integers(2, 150), data=st.data())
def test_a_restored_state_goes_on_as_the_log_does(
    seed: int, count: int, data: st.DataObject
) -> None:
    log = made_log(count, seed)
    cut = data.draw(st.integers(1, count - 1))
    kept = restored(image(fold(log[:cut])))
    assert_same(fold(log), fold(log[cut:], kept))


@pytest.mark.parametrize("text", ["", "no json", "{}", "[]", '{"account_id": "a"}'])
def test_what_is_no_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        restored(text)


def test_an_image_with_a_field_too_many_is_refused() -> None:
    text = image(fold(made_log(20)))
    with pytest.raises(ValueError, match="surplus"):
        restored('{"surplus": 1, ' + text[1:])
