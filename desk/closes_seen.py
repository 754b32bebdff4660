"""Up to which close a watch was run, where nothing came of it that the log should hold."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from trading.watches import WatchRecord


class ClosesSeen(Protocol):
    """Remembers, for each watch, the last close that changed nothing; newer ones replace it.

    It may be lost: then a close is run once more, to the same end, and closes that were run may be
    told as missed.
    """

    async def last(self, account_id: str, watch_id: str) -> datetime | None: ...

    async def put(self, account_id: str, watch_id: str, close: datetime) -> None: ...


async def seen_until(seen: ClosesSeen, account_id: str, record: WatchRecord) -> datetime:
    """Return the last close that the watch was run at, or when it was armed."""
    quiet = await seen.last(account_id, record.watch.id)
    return max(record.seen_until, quiet) if quiet else record.seen_until
