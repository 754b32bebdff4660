"""The last close at which each watch was run and nothing changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database


class SqliteClosesSeen:
    """Implements desk.closes_seen.ClosesSeen: one row a watch."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def last(self, account_id: str, watch_id: str) -> datetime | None:
        def work(database: Database) -> datetime | None:
            row = database.conn.execute(
                "SELECT close FROM closes_seen WHERE account_id = ? AND watch_id = ?",
                (account_id, watch_id),
            ).fetchone()
            return datetime.fromisoformat(row[0]) if row else None

        return await self._file.run(work)

    async def put(self, account_id: str, watch_id: str, close: datetime) -> None:
        """Remember a close; an older one than is known changes nothing."""
        row = (account_id, watch_id, text_of(close))

        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(
                    "INSERT INTO closes_seen VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                    " SET close = excluded.close WHERE excluded.close > close",
                    row,
                )

        await self._file.run(work)
