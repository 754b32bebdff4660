"""Which message shows a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.sqlite import SqliteFile, writing

if TYPE_CHECKING:
    from sqlite_utils import Database


class SqliteCards:
    """Implements desk.ports.CardStore."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def put(self, proposal_id: str, chat_id: int, message_id: int) -> None:
        row = (proposal_id, chat_id, message_id)

        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute("REPLACE INTO cards VALUES (?, ?, ?)", row)

        await self._file.run(work)

    async def get(self, proposal_id: str) -> tuple[int, int] | None:
        def work(database: Database) -> tuple[int, int] | None:
            row = database.conn.execute(
                "SELECT chat_id, message_id FROM cards WHERE proposal_id = ?", (proposal_id,)
            ).fetchone()
            return (int(row[0]), int(row[1])) if row else None

        return await self._file.run(work)
