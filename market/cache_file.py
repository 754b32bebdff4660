"""A file that only saves requests: used by one thread of its own, thrown away when it is broken."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database, Migrations

from desk.errors import MarketUnavailable

T = TypeVar("T")

BUSY_SECONDS = 10.0


class CacheFile:
    """An SQLite file that is opened at the first use and may be deleted at any time.

    `name` says in errors what it holds. Safe to share between tasks; several processes may use
    the same file. Errors: MarketUnavailable when the file can't be used.
    """

    def __init__(self, path: Path, schema: Callable[[], Migrations], name: str) -> None:
        self._path = path
        self._schema = schema
        self._name = name
        self._db: Database | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=path.stem)

    async def run(self, work: Callable[[Database], T]) -> T:
        """Return what `work` makes of the file, in the file's thread."""
        return await self._in_thread(lambda: work(self._open()))

    async def close(self) -> None:
        """Close the file; a later use opens it again."""
        await self._in_thread(self._shut)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise MarketUnavailable(
                f"The {self._name} {self._path} can't be used ({error}). Check the disk and the"
                " folder's rights; the file may be deleted."
            ) from error

    def _open(self) -> Database:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._db = _connect(self._path, self._schema())
            except sqlite3.OperationalError:
                raise  # locked, no rights, disk full: not the file's fault
            except sqlite3.DatabaseError:
                _discard(self._path)
                self._db = _connect(self._path, self._schema())
        return self._db

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connect(path: Path, schema: Migrations) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        db = Database(connection)
        _use_wal(db)
        # A cache: losing the last write with the power costs one request, not data.
        db.execute("pragma synchronous = normal")
        # Processes that start together build the file one after the other.
        db.execute("begin immediate")
        schema.apply(db)
        db.commit()
    except BaseException:
        connection.close()
        raise
    return db


def _use_wal(db: Database) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.enable_wal()
            return
        except sqlite3.OperationalError:
            # SQLite's own wait for locks does not cover this one switch.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
