"""Numba, in one place: the typed decorator of every compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core.registry import CPUDispatcher

from trading.candles import FloatArray

Compiled = TypeVar("Compiled", bound=Callable[..., object])


def compiled(function: Compiled) -> Compiled:
    """Compile on first call, keep the machine code on disk, release the GIL while it runs.

    Division follows IEEE 754 (1 / 0 is inf, no exception). Where no folder for the machine code
    can be written, it is compiled anew in each process.
    """
    try:
        dispatcher = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return cast(Compiled, njit(nogil=True, error_model="numpy")(function))
    if isinstance(dispatcher, CPUDispatcher):  # it is the function itself under NUMBA_DISABLE_JIT
        _follow_callees(dispatcher)
    return cast(Compiled, dispatcher)


def _follow_callees(dispatcher: Any) -> None:
    """Make the cached code stale when a compiled function that it calls has changed.

    Numba looks only at the file of the function itself, but the callee's machine code is inlined:
    an edited fill rule would leave the cached backtest loop with the old one. The stamp of each
    callee holds the stamps of its own callees, so one level here reaches all.
    """
    function = dispatcher.py_func
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    callees: list[Any] = [value for value in named if isinstance(value, CPUDispatcher)]
    if callees:
        file = dispatcher._cache._cache_file
        stamps = [callee._cache._cache_file._source_stamp for callee in callees]
        file._source_stamp = (file._source_stamp, *stamps)


def plain(array: FloatArray) -> FloatArray:
    """Return the array in the one layout that compiled functions are compiled for.

    Another layout (a column of a table, a read-only view) would compile them once more, in front
    of whoever asked. Copies only when it must.
    """
    return np.require(array, np.float64, ["C", "W"])
