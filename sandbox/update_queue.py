"""Updates that the bot has not confirmed yet."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.database import Database
from sandbox.records import QueuedUpdate


class UpdateQueue:
    """Keep each update until `getUpdates` asks for a later one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, kind: str, body: str) -> int:
        """Put an update into the queue; returns its id."""
        with self._db.transaction():
            cursor = self._db.execute(
                "INSERT INTO updates (kind, body) VALUES (?, ?)", (kind, body)
            )
            return int(cursor.lastrowid or 0)

    def waiting_from(self, offset: int, limit: int) -> Sequence[QueuedUpdate]:
        """Return waiting updates from an id on, in order."""
        rows = self._db.all(
            "SELECT * FROM updates WHERE update_id >= ? ORDER BY update_id LIMIT ?",
            (offset, limit),
        )
        return [QueuedUpdate(row["update_id"], row["kind"], row["body"]) for row in rows]

    def confirm_below(self, offset: int) -> None:
        """Forget updates with a lower id; without any, nothing is written."""
        if self._db.one("SELECT 1 FROM updates WHERE update_id < ?", (offset,)):
            with self._db.transaction():
                self._db.execute("DELETE FROM updates WHERE update_id < ?", (offset,))

    def offset_of_last(self, count: int) -> int:
        """Return the id at which the last `count` updates start."""
        row = self._db.one(
            "SELECT min(update_id) AS first FROM "
            "(SELECT update_id FROM updates ORDER BY update_id DESC LIMIT ?)",
            (count,),
        )
        return int(row["first"] or 0) if row else 0

    def count(self) -> int:
        """Count updates that are not confirmed yet."""
        row = self._db.one("SELECT count(*) AS number FROM updates")
        return int(row["number"]) if row else 0
