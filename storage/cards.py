"""Which message shows a proposal, or the progress of an answer."""

from __future__ import annotations

from collections.abc import Sequence
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
        await self._change("REPLACE INTO cards VALUES (?, ?, ?)", row)

    async def get(self, proposal_id: str) -> tuple[int, int] | None:
        def work(database: Database) -> tuple[int, int] | None:
            row = database.conn.execute(
                "SELECT chat_id, message_id FROM cards WHERE proposal_id = ?", (proposal_id,)
            ).fetchone()
            return (int(row[0]), int(row[1])) if row else None

        return await self._file.run(work)

    async def begun(self, chat_id: int, message_id: int) -> None:
        await self._change("REPLACE INTO progress VALUES (?, ?)", (chat_id, message_id))

    async def finished(self, chat_id: int, message_id: int) -> None:
        await self._change(
            "DELETE FROM progress WHERE chat_id = ? AND message_id = ?", (chat_id, message_id)
        )

    async def unfinished(self) -> Sequence[tuple[int, int]]:
        def work(database: Database) -> list[tuple[int, int]]:
            # One that shows a proposal is answered, even if that could not be recorded.
            rows = database.conn.execute(
                "SELECT chat_id, message_id FROM progress "
                "EXCEPT SELECT chat_id, message_id FROM cards"
            ).fetchall()
            return [(int(chat_id), int(message_id)) for chat_id, message_id in rows]

        return await self._file.run(work)

    async def _change(self, sql: str, row: tuple[str | int, ...]) -> None:
        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(sql, row)

        await self._file.run(work)
