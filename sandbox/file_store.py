"""Files that were sent, bytes and all."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from pathlib import Path

from sandbox.database import Database
from sandbox.records import StoredFile, Upload

_DAY = 86_400


class FileStore:
    """Read and write files; a file's bytes never change."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def tidy(self, now: int) -> None:
        """Drop files older than a day that no message shows any more."""
        with self._db.transaction():
            self._db.execute(
                "DELETE FROM files WHERE added < ? AND file_id NOT IN "
                "(SELECT file_id FROM messages WHERE file_id IS NOT NULL)",
                (now - _DAY,),
            )

    def add(self, upload: Upload, folder: str, width: int, height: int, now: int) -> StoredFile:
        """Store a file's bytes under a new id."""
        stem = secrets.token_hex(8)
        extension = Path(upload.name).suffix.lower()
        stored = StoredFile(
            file_id=f"local-{secrets.token_urlsafe(24)}",
            unique_id=hashlib.sha256(upload.content).hexdigest()[:16],
            path=f"{folder}/{stem}{extension if extension[1:].isalnum() else ''}",
            name=upload.name,
            mime=upload.mime,
            size=len(upload.content),
            width=width,
            height=height,
        )
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    stored.file_id,
                    stored.unique_id,
                    stored.path,
                    stored.name,
                    stored.mime,
                    stored.size,
                    width,
                    height,
                    now,
                    upload.content,
                ),
            )
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        """Return what is known of a file."""
        row = self._db.one("SELECT * FROM stored_files WHERE file_id = ?", (file_id,))
        return None if row is None else file_of(row)

    def at_path(self, path: str) -> StoredFile | None:
        """Return the file that has this download path."""
        row = self._db.one("SELECT * FROM stored_files WHERE path = ?", (path,))
        return None if row is None else file_of(row)

    def shown_in(self, chat_id: int, file_id: str) -> StoredFile | None:
        """Return a file that a message of this chat shows."""
        row = self._db.one(
            "SELECT * FROM messages_with_files WHERE chat_id = ? AND file_id = ? LIMIT 1",
            (chat_id, file_id),
        )
        return None if row is None else file_of(row)

    def bytes_of(self, file_id: str) -> bytes:
        """Return a file's bytes."""
        row = self._db.one("SELECT content FROM files WHERE file_id = ?", (file_id,))
        return b"" if row is None else bytes(row["content"])


def file_of(row: sqlite3.Row) -> StoredFile:
    """Read a row that has the columns of `files`."""
    return StoredFile(
        row["file_id"],
        row["unique_id"],
        row["path"],
        row["name"],
        row["mime"],
        row["size"],
        row["width"],
        row["height"],
    )
