"""Questions and cards of a file, read without changing it; the bot may run meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from desk.errors import StorageError
from desk.ports import StoredCard, StoredQuestion
from storage.question_chain import TABLES, fault_of
from storage.questions import BEGINS, COLUMNS, NEWEST, question_of
from storage.sqlite import BUSY_SECONDS, explain


class QuestionFile:
    """Implements bot.replay.Records; every error of SQLite is a StorageError."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @property
    def has_chain(self) -> bool:
        names = {name for (name,) in self._rows("SELECT name FROM sqlite_master")}
        return names.issuperset(TABLES)

    def latest(self, most: int) -> Sequence[StoredQuestion]:
        return self._questions(f"{COLUMNS}{NEWEST}", most)

    def find(self, beginning: str, most: int) -> Sequence[StoredQuestion]:
        return self._questions(f"{COLUMNS}{BEGINS}{NEWEST}", beginning, beginning, most)

    def card(self, question: StoredQuestion) -> StoredCard | None:
        found = self._rows(
            "SELECT question_id, account_id, at, data FROM question_cards"
            " WHERE question_id = ? AND account_id = ?",
            question.id,
            question.account_id,
        )
        if not found:
            return None
        question_id, account_id, at, data = found[0]
        try:
            return StoredCard(question_id, account_id, datetime.fromisoformat(at), data)
        except ValueError:
            raise StorageError(
                f"the card of question {question_id}: it was changed by hand, its time is none."
            ) from None

    def fault(self, question: StoredQuestion) -> str:
        try:
            return fault_of(self._connection, question.account_id, question.id)
        except sqlite3.Error as error:
            raise StorageError(explain(self._path, error)) from error

    def _questions(self, sql: str, *values: str | int) -> Sequence[StoredQuestion]:
        return [question_of(row) for row in self._rows(sql, *values)]

    def _rows(self, sql: str, *values: str | int) -> Sequence[Sequence[str]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StorageError(explain(self._path, error)) from error


@contextmanager
def open_questions(path: Path) -> Iterator[QuestionFile]:
    """Open a file read-only.

    Raises StorageError when it is not there, can't be read, or an older version wrote it.
    """
    if not path.is_file():
        raise StorageError(
            f"{path}: there is no such file, so there is no question to replay. The bot makes it "
            "at its first start; DATABASE_URL names it."
        )
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS
        )
    except (sqlite3.Error, OSError) as error:
        raise StorageError(explain(path, error)) from error
    with closing(connection):
        file = QuestionFile(path, connection)
        if not file.has_chain:
            raise StorageError(
                f"{path}: an older version wrote this file. Start the bot on it once, then replay."
            )
        yield file
