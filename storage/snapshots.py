"""Snapshots of accounts' states on SQLite; the table may be emptied at any time without loss."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from secrets import token_hex
from typing import TYPE_CHECKING

from storage.sqlite import SqliteFile, writing
from trading.account import AccountState
from trading.account_image import image, restored

if TYPE_CHECKING:
    from sqlite_utils import Database

# What makes a state of a log and an image of a state, together with all that they import.
MAKERS = ("trading.ledger", "trading.account_image")
_IMPORTED = re.compile(r"^\s*(?:from|import)\s+(trading(?:\.\w+)+)", re.MULTILINE)
# What the log itself has at that place decides whether a snapshot may be used.
_FITTING = (
    "SELECT kept.state FROM snapshots AS kept JOIN events"
    " ON events.account_id = kept.account_id AND events.seq = kept.seq"
    " AND events.hash = kept.hash WHERE kept.account_id = ? AND kept.version = ?"
)
_KEEP = """
    INSERT INTO snapshots AS kept (account_id, seq, hash, state, version) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (account_id) DO UPDATE SET
        seq = excluded.seq, hash = excluded.hash, state = excluded.state, version = excluded.version
    WHERE excluded.seq > kept.seq OR excluded.version <> kept.version OR NOT EXISTS (
        SELECT 1 FROM events WHERE events.account_id = kept.account_id
            AND events.seq = kept.seq AND events.hash = kept.hash
    )
"""


class SqliteSnapshots:
    """Implements desk.ports.SnapshotStore; `version` names the code that made the states."""

    def __init__(self, file: SqliteFile, version: str | None = None) -> None:
        self._file = file
        self._version = version or fold_version()

    async def load(self, account_id: str) -> AccountState | None:
        def work(database: Database) -> AccountState | None:
            found = database.conn.execute(_FITTING, (account_id, self._version)).fetchone()
            return restored(found[0]) if found else None

        return await self._file.run(work)

    async def save(self, state: AccountState) -> None:
        def work(database: Database) -> None:
            row = (state.account_id, state.seq, state.last_hash, image(state), self._version)
            with writing(database):
                database.conn.execute(_KEEP, row)

        await self._file.run(work)


@cache
def fold_version() -> str:
    """Return a digest of the code that makes states: a snapshot of other code is never used.

    So nobody has to remember to raise a number when the ledger's rules change.
    """
    digest = hashlib.sha256()
    for name, source in sorted(sources().items()):
        digest.update(f"{name}\n{source}\n".encode())
    return digest.hexdigest()


def sources() -> dict[str, str]:
    """Return the source of each module that has a say in what a log adds up to, by name."""
    found: dict[str, str] = {}
    wanted = set(MAKERS)
    while wanted:
        name = wanted.pop()
        found[name] = _source(name)
        wanted |= set(_IMPORTED.findall(found[name])) - found.keys()
    return found


def _source(name: str) -> str:
    spec = find_spec(name)
    read = getattr(spec.loader, "get_source", None) if spec else None
    text: str | None = read(name) if read else None
    # Without its source nobody can tell what it does: a version that fits no snapshot.
    return token_hex() if text is None else text
