"""Equal taps close together: a person's second tap on a button whose answer is on its way."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from desk.ports import Clock

QUIET = timedelta(seconds=2)


class DoubleTaps:
    """Knows which answers are under way, and which were given a moment ago."""

    def __init__(self) -> None:
        self._under_way: set[Hashable] = set()
        self._given: dict[Hashable, datetime] = {}

    @contextmanager
    def first(self, tap: Hashable, clock: Clock, *, resting: bool = True) -> Iterator[bool]:
        """Yield whether the tap is to be answered; an answer that fails counts as none.

        With `resting` an equal tap within two seconds after the answer is the same tap.
        """
        now = clock()
        self._given = {key: at for key, at in self._given.items() if abs(now - at) < QUIET}
        if tap in self._under_way or (resting and tap in self._given):
            yield False
            return
        self._under_way.add(tap)
        try:
            yield True
            self._given[tap] = clock()
        finally:
            self._under_way.discard(tap)
