"""Sets of parameters that stand for all that a strategy allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice, product
from typing import Literal, cast, get_args, get_origin

import annotated_types
import numpy as np
from pydantic.fields import FieldInfo

from trading.strategies.base import Parameters, Search

MIXED = 100  # sets that are drawn from the ranges worth searching
WIDER = 24  # from all that is allowed
CORNERS = 32
SEED = 5
JUST_INSIDE = 1e-3  # of a range, for an end that is not itself allowed
Values = Mapping[str, object]
Axis = Callable[[float], object]  # from 0 (the least) to 1 (the most)


def spread(base: Parameters) -> tuple[Parameters, ...]:
    """Return other sets than `base`, each once and the telling ones first; always the same.

    Each parameter at both ends of its range alone, then all of them mixed so that every part of
    every range is visited (a Latin hypercube), then all corners. Ranges are those worth searching
    (`Search`) and those allowed (`ge`, `le`). Sets that do not go together are left out; so is
    what has no range.
    """
    found: dict[tuple[object, ...], Parameters] = {}
    for values in _sets(type(base)):
        try:
            # Not a copy with other values: those would not be looked at.
            made = type(base).model_validate({**dict(base), **values})
            found.setdefault(tuple(dict(made).values()), made)
        except Exception:  # noqa: S112 - what somebody's own validators throw, too, is a refusal
            continue
    found.pop(tuple(dict(base).values()), None)
    return tuple(found.values())


def _sets(cls: type[Parameters]) -> Iterator[Values]:
    marks = cls.searched()
    allowed = {name: axis for name, field in cls.model_fields.items() if (axis := _allowed(field))}
    searched = {
        **allowed,
        **{name: _between(mark, cls.model_fields[name]) for name, mark in marks.items()},
    }
    random = np.random.default_rng(SEED)
    yield from _ends(searched)
    yield from _mixed(searched, MIXED, random)
    yield from _ends(allowed)
    yield from _corners(searched)
    yield from _mixed(allowed, WIDER, random)


def _ends(axes: Mapping[str, Axis]) -> Iterator[Values]:
    for name, axis in axes.items():
        yield {name: axis(1.0)}
        yield {name: axis(0.0)}


def _corners(axes: Mapping[str, Axis]) -> Iterator[Values]:
    for ends in islice(product((1.0, 0.0), repeat=len(axes)), CORNERS):
        yield {name: axis(end) for (name, axis), end in zip(axes.items(), ends, strict=True)}


def _mixed(axes: Mapping[str, Axis], count: int, random: np.random.Generator) -> Iterator[Values]:
    """Yield a Latin hypercube: of `count` equal parts of each range, each part once."""
    places = [(random.permutation(count) + random.random(count)) / count for _ in axes]
    for turn in range(count if axes else 0):
        yield {
            name: axis(float(place[turn]))
            for (name, axis), place in zip(axes.items(), places, strict=True)
        }


def _allowed(field: FieldInfo) -> Axis | None:
    """Return the values that a field allows; None where they have no ends."""
    kind = field.annotation
    if kind is bool:
        return _one_of((False, True))
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _one_of(tuple(kind))
    least, most = _bounds(field.metadata, whole=_whole(field))
    if least is None or most is None or not least < most:
        return None
    return _between(Search(least, most), field)


def _bounds(metadata: Iterable[object], *, whole: bool) -> tuple[float | None, float | None]:
    ends: dict[str, float] = {}
    for mark in metadata:
        for name in ("ge", "gt", "le", "lt"):
            if isinstance(mark, annotated_types.BaseMetadata) and hasattr(mark, name):
                ends[name] = float(getattr(mark, name))
    least, most = ends.get("ge", ends.get("gt")), ends.get("le", ends.get("lt"))
    if least is None or most is None:
        return None, None
    inside = 1.0 if whole else JUST_INSIDE * (most - least)
    return (
        least if "ge" in ends else least + inside,
        most if "le" in ends else most - inside,
    )


def _between(mark: Search, field: FieldInfo) -> Axis:
    whole = _whole(field)

    def at(place: float) -> float | int:
        if place in (0.0, 1.0):
            value = mark.most if place else mark.least
        elif mark.log and mark.least > 0:
            value = mark.least * (mark.most / mark.least) ** place
        else:
            value = mark.least + (mark.most - mark.least) * place
        # As short as it is written in the chat, so that it can be asked for again.
        return round(value) if whole else float(f"{value:.4g}")

    return at


def _one_of(values: Sequence[object]) -> Axis:
    return lambda place: values[min(int(place * len(values)), len(values) - 1)]


def _whole(field: FieldInfo) -> bool:
    kinds = cast(tuple[object, ...], (field.annotation, *get_args(field.annotation)))
    return int in kinds and float not in kinds
