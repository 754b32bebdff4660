"""One SQLite file, one thread that does its blocking work, and errors that say what to mend."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from desk.errors import StorageError
from storage.migrations import migrate

if TYPE_CHECKING:
    from sqlite_utils import Database

T = TypeVar("T")
BUSY_SECONDS = 15.0


class SqliteFile:
    """A database file that any number of processes may use at once.

    Work is a function of the `Database`; it runs in the file's own thread, one after the other.
    Errors: StorageError when the file can't be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage")
        self._database: Database | None = None

    async def run(self, work: Callable[[Database], T]) -> T:
        """Run `work` in the file's thread; a cancelled caller does not stop it half way."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def check(self) -> None:
        """Open the file, make or update its tables, and write to it; raise StorageError if not."""
        await self.run(_touch)

    async def close(self) -> None:
        """Finish the work that was asked for and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[Database], T]) -> T:
        try:
            if self._database is None:
                self._database = open_database(self.path)
            return work(self._database)
        except (sqlite3.DatabaseError, OSError) as error:
            raise StorageError(explain(self.path, error)) from error

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def open_database(path: Path) -> Database:
    """Open (or make) a database: WAL, each commit on the disk, waiting for other writers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        database = database_on(connection)
        with writing(database):
            migrate(database)
    except BaseException:
        connection.close()
        raise
    return database


def database_on(connection: sqlite3.Connection) -> Database:
    """Return sqlite-utils' view of an open connection."""
    return _database_class()(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on, once for a file.

    While others do the same, SQLite may refuse at once, without the wait that it has elsewhere.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode=wal")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """Hold the write lock from the first read on; commit at the end, roll back on an error.

    `Database.atomic()` begins a deferred transaction: one that reads first can't become a writer
    when another process has written meanwhile (SQLITE_BUSY at once, whatever the timeout).
    Inside this block `atomic()` makes a savepoint.
    """
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.conn.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise


def text_of(moment: datetime) -> str:
    """Write an aware time so that texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def explain(path: Path, error: Exception) -> str:
    """Say in plain words what is wrong with the file and what to do."""
    text = str(error)
    for sign, meaning in _MEANINGS.items():
        if sign in text.lower():
            return f"{path}: {meaning} ({text})."
    return f"{path}: the account log can't be used ({text})."


_MEANINGS = {
    "not a database": "this file is no SQLite database; move it away or set DATABASE_URL to "
    "another file",
    "readonly": "the file is read-only; give this user the right to write the file and its folder",
    "read-only": "the folder is read-only; give this user the right to write it",
    "permission denied": "this user may not use the file; give it the right to read and write "
    "the file and its folder",
    "is full": "the disk is full; free some space, nothing that was confirmed is lost",
    "no space": "the disk is full; free some space, nothing that was confirmed is lost",
    "unable to open": "the file can't be opened; check that its folder exists and may be written",
    "malformed": "the file is damaged; restore a copy",
    "disk i/o": "the disk did not give or take what was asked for; check it, then start again",
    "locked": f"another program kept the file locked for {BUSY_SECONDS:.0f} s; close it",
    "file exists": "a part of the path is a file, not a folder; set DATABASE_URL to another file",
    "not a directory": "a part of the path is a file, not a folder; set DATABASE_URL to another "
    "file",
}


def _touch(database: Database) -> None:
    with writing(database):
        database.conn.execute("UPDATE owner SET user_id = user_id")


def _database_class() -> type[Database]:
    """Import sqlite-utils without pandas.

    sqlite-utils imports pandas when it is there, only to know its column types: a third of a
    second that the start does not have. With None in `sys.modules` it finds it absent.
    """
    absent = "pandas" not in sys.modules and "sqlite_utils" not in sys.modules
    if absent:
        sys.modules["pandas"] = None  # type: ignore[assignment]  # documented: blocks the import
    try:
        from sqlite_utils import Database
    finally:
        if absent:
            del sys.modules["pandas"]
    return Database
