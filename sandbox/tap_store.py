"""Tapped buttons and the bot's answers to them."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from sandbox.database import Database
from sandbox.records import Tap

_DAY = 86_400


class TapStore:
    """Keep each callback query for a day; times are Unix seconds."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def tidy(self, now: int) -> None:
        """Drop taps older than a day."""
        with self._db.transaction():
            self._db.execute("DELETE FROM taps WHERE asked_at < ?", (now - _DAY,))

    def add(self, user_id: int, message_id: int, data: str, now: int) -> str:
        """Store a tapped button; returns the callback query's id."""
        query_id = str(secrets.randbits(62))
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO taps (query_id, user_id, message_id, data, asked_at, changed) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (query_id, user_id, message_id, data, now, self._db.next_version()),
            )
        return query_id

    def answer(self, query_id: str, text: str, alert: bool) -> None:
        """Store the bot's answer; only the first one counts."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE taps SET answered = 1, text = ?, alert = ?, changed = ? "
                "WHERE query_id = ? AND NOT answered",
                (text, alert, self._db.next_version(), query_id),
            )

    def get(self, query_id: str) -> Tap | None:
        """Return a tap."""
        row = self._db.one("SELECT * FROM taps WHERE query_id = ?", (query_id,))
        return None if row is None else _tap(row)

    def of_person(self, user_id: int, since: int = 0) -> Sequence[Tap]:
        """Return a person's taps that changed after a version, in order of asking."""
        rows = self._db.all(
            "SELECT * FROM taps WHERE user_id = ? AND changed > ? ORDER BY rowid", (user_id, since)
        )
        return [_tap(row) for row in rows]


def _tap(row: sqlite3.Row) -> Tap:
    return Tap(
        query_id=row["query_id"],
        user_id=row["user_id"],
        message_id=row["message_id"],
        data=row["data"],
        asked_at=row["asked_at"],
        answered=bool(row["answered"]),
        text=row["text"],
        alert=bool(row["alert"]),
        changed=row["changed"],
    )
