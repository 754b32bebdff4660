"""An account's state as JSON text and back, exactly: what a snapshot of it is made of.

The text follows the fields of `AccountState` by itself: a field that is added there is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from trading.account import AccountState


def image(state: AccountState) -> str:
    """Write a state as JSON text: decimals as strings, times with their zone, order kept."""
    packed: BaseModel = _form(AccountState).pack(state)
    return packed.model_dump_json()


def restored(text: str) -> AccountState:
    """Read what `image` wrote; raises ValueError when the text is no image of a state."""
    form = _form(AccountState)
    packed = cast(type[BaseModel], form.hint).model_validate_json(text)
    return cast(AccountState, form.unpack(packed))


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class _Form:
    """How values of one type are written: as `hint`, a type that pydantic reads and writes whole.

    Pydantic knows neither read-only mappings nor keys of several parts; everything else of a state
    it takes as it is, in compiled code.
    """

    hint: Any
    pack: Callable[[Any], Any] = _same
    unpack: Callable[[Any], Any] = _same

    @property
    def plain(self) -> bool:
        return self.pack is _same


@cache
def _form(hint: Any) -> _Form:
    inner = get_args(hint)
    if get_origin(hint) is Mapping:
        return _mapping(*inner)
    if get_origin(hint) in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
        return _optional(hint, next(one for one in inner if one is not NoneType))
    if is_dataclass(hint):
        return _dataclass(cast(type, hint))
    return _Form(hint)


def _mapping(key: Any, value: Any) -> _Form:
    if not _form(value).plain:
        raise TypeError(f"a mapping to {value} has no image yet")
    if key is str:
        return _Form(dict[str, value], dict, MappingProxyType)
    return _Form(
        list[tuple[key, value]],
        lambda known: list(known.items()),
        lambda pairs: MappingProxyType(dict(pairs)),
    )


def _optional(hint: Any, held: Any) -> _Form:
    form = _form(held)
    if form.plain:
        return _Form(hint)
    return _Form(
        form.hint | None,
        lambda value: None if value is None else form.pack(value),
        lambda value: None if value is None else form.unpack(value),
    )


def _dataclass(cls: type) -> _Form:
    hints = get_type_hints(cls)
    forms = {field.name: _form(hints[field.name]) for field in fields(cls)}
    if all(form.plain for form in forms.values()):
        return _Form(cls)
    columns: dict[str, Any] = {name: (form.hint, ...) for name, form in forms.items()}
    model = create_model(f"{cls.__name__}Image", __config__=ConfigDict(extra="forbid"), **columns)

    def pack(value: Any) -> BaseModel:
        return model.model_construct(
            **{name: form.pack(getattr(value, name)) for name, form in forms.items()}
        )

    def unpack(packed: BaseModel) -> Any:
        return cls(**{name: form.unpack(getattr(packed, name)) for name, form in forms.items()})

    return _Form(model, pack, unpack)
