"""Questions, their traces and the cards that answered them, each bound to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from desk.errors import StorageError
from desk.ports import StoredCard, StoredQuestion
from storage.question_chain import bind, of_question
from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

COLUMNS = "SELECT id, account_id, asked_at, text, trace FROM questions"
NEWEST = " ORDER BY asked_at DESC, rowid DESC LIMIT ?"
# GLOB is not used, as an id typed by a person may hold its signs.
BEGINS = " WHERE substr(id, 1, length(?)) = ?"


class SqliteQuestions:
    """Implements desk.ports.QuestionArchive. What is stored stays as it is.

    Storing the same again changes nothing; something else under the same id: StorageError.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def save(self, question: StoredQuestion) -> None:
        def work(database: Database) -> None:
            row = (
                question.id,
                question.account_id,
                text_of(question.asked_at),
                question.text,
                question.trace,
            )
            data = of_question(question.text, question.trace)
            with writing(database):
                known = database.conn.execute(f"{COLUMNS} WHERE id = ?", row[:1]).fetchone()
                if known is not None:
                    _only_same(known, row, f"question {question.id}")
                    return
                database.conn.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?)", row)
                bind(database.conn, row[1], "question", row[0], row[2], data)

        await self._file.run(work)

    async def keep_card(self, card: StoredCard) -> None:
        def work(database: Database) -> None:
            row = (card.question_id, card.account_id, text_of(card.at), card.data)
            with writing(database):
                known = database.conn.execute(
                    "SELECT question_id, account_id, at, data FROM question_cards"
                    " WHERE question_id = ?",
                    row[:1],
                ).fetchone()
                if known is not None:
                    _only_same(known, row, f"the card of question {card.question_id}")
                    return
                database.conn.execute("INSERT INTO question_cards VALUES (?, ?, ?, ?)", row)
                bind(database.conn, row[1], "card", row[0], row[2], row[3])

        await self._file.run(work)

    async def load(self, question_id: str) -> StoredQuestion | None:
        return _first(await self._read(f"{COLUMNS} WHERE id = ?", question_id))

    async def latest(self, account_id: str) -> StoredQuestion | None:
        return _first(await self.recent(account_id, 1))

    async def recent(self, account_id: str, most: int) -> Sequence[StoredQuestion]:
        return await self._read(f"{COLUMNS} WHERE account_id = ?{NEWEST}", account_id, most)

    async def find(self, account_id: str, beginning: str, most: int) -> Sequence[StoredQuestion]:
        sql = f"{COLUMNS}{BEGINS} AND account_id = ?{NEWEST}"
        return await self._read(sql, beginning, beginning, account_id, most)

    async def _read(self, sql: str, *values: str | int) -> Sequence[StoredQuestion]:
        def work(database: Database) -> list[StoredQuestion]:
            return [question_of(row) for row in database.conn.execute(sql, values)]

        return await self._file.run(work)


def question_of(row: Sequence[str]) -> StoredQuestion:
    """Read a row of COLUMNS; raises StorageError for a time that is none."""
    try:
        asked_at = datetime.fromisoformat(row[2])
    except ValueError:
        raise StorageError(
            f"question {row[0]}: it was changed by hand, its time is none."
        ) from None
    return StoredQuestion(row[0], row[1], asked_at, row[3], row[4])


def _only_same(known: Sequence[str], row: Sequence[str], what: str) -> None:
    if tuple(known) != tuple(row):
        raise StorageError(f"{what} is stored already, and what is stored is never changed.")


def _first(found: Sequence[StoredQuestion]) -> StoredQuestion | None:
    return found[0] if found else None
