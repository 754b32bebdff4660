"""Which updates may be old: Telegram keeps them while nobody fetches, and dates no tap."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

AWAY_SECONDS = 15.0  # without an answer from Telegram: the bot was away
WAITED_SECONDS = 20.0  # for one answer, more than a poll may take: the machine slept meanwhile
AT_ONCE_SECONDS = 5.0  # an answer that came later than this was brought by something new
MOST_AT_ONCE = 100  # updates in one answer; a full one means that more are waiting


class Waited:
    """Notes the updates that were waiting when the bot came back, at a start or after a gap.

    An answer to the first poll after a gap that comes at once holds what had been waiting; so do
    the answers after it as long as they are full. `clock` is Unix time: it goes on while the
    machine sleeps.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._asked = 0.0
        self._heard: float | None = None
        self._behind = False
        self._ids: set[int] = set()

    def __contains__(self, update_id: int) -> bool:
        """Tell whether an update may have waited for longer than a moment."""
        return update_id in self._ids

    def asks(self) -> None:
        """Note that updates are asked for now."""
        self._asked = self._clock()

    def hears(self, body: bytes) -> None:
        """Note an answer of Telegram's to getUpdates."""
        now = self._clock()
        took, heard = now - self._asked, self._heard
        self._heard = now
        away = heard is None or self._asked - heard > AWAY_SECONDS
        old = self._behind or took > WAITED_SECONDS or (away and took < AT_ONCE_SECONDS)
        if not old:
            return
        ids = _ids_of(body)
        self._ids = self._ids | ids if self._behind else ids
        self._behind = len(ids) >= MOST_AT_ONCE


def _ids_of(body: bytes) -> set[int]:
    try:
        result = json.loads(body)["result"]
        return {int(update["update_id"]) for update in result}
    except (ValueError, KeyError, TypeError):
        return set()
