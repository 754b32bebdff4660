"""Who claimed the bot."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database


class SqlitePeople:
    """Implements desk.ports.People."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def owner(self) -> int | None:
        def work(database: Database) -> int | None:
            row = database.conn.execute("SELECT user_id FROM owner").fetchone()
            return int(row[0]) if row else None

        return await self._file.run(work)

    async def claim(self, user_id: int, at: datetime) -> bool:
        """Make this person the owner; False when somebody is already, True for the owner again."""

        def work(database: Database) -> bool:
            with writing(database):
                database.conn.execute(
                    "INSERT INTO owner VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                    (user_id, text_of(at)),
                )
                row = database.conn.execute("SELECT user_id FROM owner").fetchone()
            return bool(row[0] == user_id)

        return await self._file.run(work)
