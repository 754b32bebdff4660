"""Questions and their traces, for `/why`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desk.ports import StoredQuestion
from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = "SELECT id, account_id, asked_at, text, trace FROM questions"


class SqliteQuestions:
    """Implements desk.ports.QuestionStore."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def save(self, question: StoredQuestion) -> None:
        """Store a question; the same id again replaces it."""
        row = (
            question.id,
            question.account_id,
            text_of(question.asked_at),
            question.text,
            question.trace,
        )

        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute("REPLACE INTO questions VALUES (?, ?, ?, ?, ?)", row)

        await self._file.run(work)

    async def load(self, question_id: str) -> StoredQuestion | None:
        return await self._one(f"{_COLUMNS} WHERE id = ?", question_id)

    async def latest(self, account_id: str) -> StoredQuestion | None:
        return await self._one(
            f"{_COLUMNS} WHERE account_id = ? ORDER BY asked_at DESC, rowid DESC LIMIT 1",
            account_id,
        )

    async def _one(self, sql: str, value: str) -> StoredQuestion | None:
        def work(database: Database) -> StoredQuestion | None:
            row = database.conn.execute(sql, (value,)).fetchone()
            if row is None:
                return None
            return StoredQuestion(row[0], row[1], datetime.fromisoformat(row[2]), row[3], row[4])

        return await self._file.run(work)
