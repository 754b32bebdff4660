"""What was asked lately in each chat, for follow-ups; whoever says so has it forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from desk.ports import StoredTurn
from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database


class SqliteTurns:
    """Implements desk.ports.TurnStore."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def add(self, turn: StoredTurn, keep: int, since: datetime) -> None:
        """Store a turn; drop what is older than `since`, and all but the newest `keep`."""
        place = turn.account_id, turn.chat_id
        row = (*place, text_of(turn.at), turn.data)

        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(
                    "INSERT INTO turns (account_id, chat_id, at, data) VALUES (?, ?, ?, ?)", row
                )
                # Of everybody: nobody else's memory outlasts its time because they are silent.
                database.conn.execute("DELETE FROM turns WHERE at < ?", (text_of(since),))
                database.conn.execute(
                    "DELETE FROM turns WHERE account_id = ? AND chat_id = ? AND id NOT IN ("
                    "SELECT id FROM turns WHERE account_id = ? AND chat_id = ? "
                    "ORDER BY id DESC LIMIT ?)",
                    (*place, *place, keep),
                )

        await self._file.run(work)

    async def of(self, account_id: str, chat_id: int) -> Sequence[StoredTurn]:
        """Return the turns of one person in one chat, oldest first."""

        def work(database: Database) -> Sequence[StoredTurn]:
            rows = database.conn.execute(
                "SELECT account_id, chat_id, at, data FROM turns "
                "WHERE account_id = ? AND chat_id = ? ORDER BY id",
                (account_id, chat_id),
            ).fetchall()
            return [
                StoredTurn(row[0], row[1], datetime.fromisoformat(row[2]), row[3]) for row in rows
            ]

        return await self._file.run(work)

    async def forget(self, account_id: str, chat_id: int) -> int:
        """Delete the turns of one person in one chat; return how many there were."""

        def work(database: Database) -> int:
            with writing(database):
                found = database.conn.execute(
                    "DELETE FROM turns WHERE account_id = ? AND chat_id = ?", (account_id, chat_id)
                )
            return int(found.rowcount)

        return await self._file.run(work)
