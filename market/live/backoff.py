"""Pauses between two connections: longer after each failure, never all at the same moment."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Doubles the pause while connections fail, up to `longest` seconds.

    A connection that was good for `sound` seconds begins the count anew, so that a server which
    accepts and drops at once is asked ever less often. `random` gives numbers in [0, 1): a pause
    is cut by up to half, so that many who lost the same server don't all come back together.
    """

    def __init__(
        self,
        random: Callable[[], float],
        first: float = 0.5,
        longest: float = 60.0,
        sound: float = 5.0,
    ) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._sound = sound
        self._failures = 0

    def after(self, good: float, wanted: float = 0.0) -> float:
        """Return the seconds to wait after a connection that was good for `good` seconds.

        `wanted`: the pause that the server asked for; it is kept within `longest`.
        """
        self._failures = 0 if good >= self._sound else min(self._failures + 1, 32)
        pause = min(self._longest, self._first * 2.0**self._failures)
        return max(pause * (0.5 + self._random() / 2), min(wanted, self._longest))
