"""Results worth keeping for a while, as many as there is room for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from desk.weight import weight

MOST_BYTES = 256 * 2**20


class Memory:
    """Keeps the results that were asked for last, within a count and a number of bytes."""

    def __init__(self, count: int, most: int = MOST_BYTES) -> None:
        self._count = count
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._bytes = 0

    def put(self, key: Hashable, value: object) -> None:
        """Keep a value; the oldest go when there is no room. One that is too large is not kept."""
        self.drop(key)
        heavy = weight(value)
        if heavy > self._most:
            return
        self._kept[key] = value, heavy
        self._bytes += heavy
        while self._kept and (len(self._kept) > self._count or self._bytes > self._most):
            self.drop(next(iter(self._kept)))

    def get(self, key: Hashable) -> object | None:
        """Return what is kept under a key; None: nothing."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def drop(self, key: Hashable) -> None:
        """Forget a key, if it is known."""
        if key in self._kept:
            self._bytes -= self._kept.pop(key)[1]
