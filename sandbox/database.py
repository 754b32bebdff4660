"""The chat file: tables, durable transactions, a version that counts changes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# AUTOINCREMENT: an id that was given out once never comes back, even after its row is gone.
_TABLES = """
CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS people (
    user_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY,
    unique_id TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    added INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    from_bot INTEGER NOT NULL,
    date INTEGER NOT NULL,
    edit_date INTEGER,
    edits INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    entities TEXT NOT NULL,
    file_id TEXT REFERENCES files (file_id),
    keyboard TEXT,
    reply_to INTEGER,
    group_id TEXT,
    deleted INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_chat ON messages (chat_id, message_id);
CREATE INDEX IF NOT EXISTS messages_by_change ON messages (changed);
CREATE INDEX IF NOT EXISTS messages_by_file ON messages (file_id);
CREATE VIEW IF NOT EXISTS stored_files AS
SELECT file_id, unique_id, path, name, mime, size, width, height FROM files;
CREATE VIEW IF NOT EXISTS messages_with_files AS
SELECT m.*, f.unique_id, f.path, f.name, f.mime, f.size, f.width, f.height
FROM messages m LEFT JOIN files f ON f.file_id = m.file_id;
CREATE TABLE IF NOT EXISTS updates (
    update_id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS taps (
    query_id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    data TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT '',
    alert INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS taps_by_change ON taps (changed);
"""


class Database:
    """One SQLite file that survives a killed process.

    Every call is short and runs on the event loop. Each change gets a higher version, so that a
    page can ask for what it missed.
    """

    def __init__(self, path: Path) -> None:
        self._connection = _open(path)
        self._open_transaction = False
        self.execute("INSERT OR IGNORE INTO settings VALUES ('version', '1')")
        self.version = self._read_version()

    def close(self) -> None:
        """Close the file; nothing is pending, each transaction was written when it ended."""
        self._connection.close()

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(statement, values)

    def one(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Row | None:
        """Return the first row."""
        row: sqlite3.Row | None = self.execute(statement, values).fetchone()
        return row

    def all(self, statement: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Return all rows."""
        return self.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; may be nested, the outermost decides."""
        if self._open_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        self._open_transaction = True
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        else:
            self.execute("COMMIT")
            self.version = self._read_version()
        finally:
            self._open_transaction = False

    def next_version(self) -> int:
        """Raise the version; only inside a transaction."""
        row = self.execute(
            "UPDATE settings SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) "
            "WHERE name = 'version' RETURNING value"
        ).fetchone()
        return int(row["value"])

    def _read_version(self) -> int:
        return int(self.setting("version") or 1)

    def setting(self, name: str) -> str | None:
        """Return a stored value."""
        row = self.one("SELECT value FROM settings WHERE name = ?", (name,))
        return None if row is None else str(row["value"])

    def set_setting(self, name: str, value: str | None) -> None:
        """Store a value; None takes it away."""
        with self.transaction():
            if value is None:
                self.execute("DELETE FROM settings WHERE name = ?", (name,))
            else:
                self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))


def _open(path: Path) -> sqlite3.Connection:
    """Open the file, made readable by its owner alone: it holds the keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)  # it may have come from a copy; SQLite gives its side files the same mode
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(_TABLES)
    return connection
