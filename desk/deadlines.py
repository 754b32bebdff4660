"""Who is to be looked at by when: an index of times, the earliest first."""

from __future__ import annotations

from datetime import datetime
from heapq import heappop, heappush


class Deadlines:
    """One time for each owner; asking who is due costs nothing for those who are not."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def put(self, owner: str, at: datetime | None) -> None:
        """Set the owner's time in place of the one before; None: no look is due."""
        if at is None:
            self._times.pop(owner, None)
        elif self._times.get(owner) != at:
            self._times[owner] = at
            heappush(self._heap, (at, owner))

    def due(self, now: datetime) -> set[str]:
        """Return the owners whose time has come; each keeps its time until it is set anew."""
        found = set()
        while self._heap and self._heap[0][0] <= now:
            at, owner = heappop(self._heap)
            if self._times.get(owner) == at:
                found.add(owner)
        for owner in found:
            heappush(self._heap, (self._times[owner], owner))
        return found
