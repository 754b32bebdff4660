"""How much memory a result keeps: the arrays that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np


def weight(value: object) -> int:
    """Return the bytes of all arrays in a value: in dataclasses, tuples, lists and mappings.

    An array that is held twice counts once, a view as much as what it keeps alive.
    """
    held: dict[int, int] = {}
    _gather(value, held)
    return sum(held.values())


def _gather(value: object, held: dict[int, int]) -> None:
    if isinstance(value, np.ndarray):
        whole = value
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        held[id(whole)] = whole.nbytes
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _gather(getattr(value, field.name), held)
    elif isinstance(value, tuple | list):
        for each in value:
            _gather(each, held)
    elif isinstance(value, Mapping):
        for each in value.values():
            _gather(each, held)
