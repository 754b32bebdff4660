"""Headlines on disk, so that a restart knows them and when each was first seen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database, Migrations

from desk.errors import MarketUnavailable
from desk.news import NewsItem
from trading.candles import from_ms, to_ms

T = TypeVar("T")

KEPT = timedelta(days=5)
MOST_ROWS = 5_000
BUSY_SECONDS = 5.0
COLUMNS = "feed, key, title, link, source, published_at, first_seen_at, sponsored"
PRUNE = """
    delete from headlines where first_seen_at < ? or rowid not in
    (select rowid from headlines order by first_seen_at desc limit ?)
"""


@dataclass(frozen=True)
class Kept:
    """A headline with the feed it came from and what tells it from that feed's others."""

    feed: str
    key: str
    item: NewsItem


def _schema() -> Migrations:
    """Return the steps that build the file; a later version only ever adds functions."""
    migrations = Migrations("news")

    @migrations()
    def m001_headlines(db: Database) -> None:
        db.execute(
            "create table headlines (feed text not null, key text not null, title text not null,"
            " link text not null, source text not null, published_at integer,"
            " first_seen_at integer not null, sponsored integer not null,"
            " unique (feed, key)) strict"
        )

    return migrations


class NewsStore:
    """A cache in a file of its own that may be deleted at any time.

    Errors: MarketUnavailable when the file can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: Database | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="news-store")

    async def load(self, feeds: Sequence[str]) -> list[Kept]:
        """Return the headlines of these feeds, the newest seen first."""
        marks = ", ".join("?" * len(feeds))
        query = (
            f"select {COLUMNS} from headlines where feed in ({marks}) order by first_seen_at desc"  # noqa: S608  only question marks are put in
        )
        rows = await self._run(lambda db: db.execute(query, list(feeds)).fetchall())
        return [_read(row) for row in rows]

    async def add(self, kept: Sequence[Kept], now: datetime) -> None:
        """Add headlines; one that is there keeps its words and the time it was first seen."""
        rows = [_written(one) for one in kept]

        def write(db: Database) -> None:
            with db.atomic():
                db.conn.executemany(
                    "insert or ignore into headlines values (?, ?, ?, ?, ?, ?, ?, ?)", rows
                )
                db.execute(PRUNE, [to_ms(now - KEPT), MOST_ROWS])

        await self._run(write)

    async def close(self) -> None:
        """Close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._shut)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[Database], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: work(self._open())
            )
        except (sqlite3.Error, OSError) as error:
            raise MarketUnavailable(
                f"The file of headlines {self._path} can't be used ({error}). Check the disk and"
                " the folder's rights; the file may be deleted."
            ) from error

    def _open(self) -> Database:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._db = _connect(self._path)
            except sqlite3.OperationalError:
                raise  # locked, no rights, disk full: not the file's fault
            except sqlite3.DatabaseError:
                for suffix in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._db = _connect(self._path)
        return self._db

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connect(path: Path) -> Database:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        db = Database(connection)
        db.execute("begin immediate")
        _schema().apply(db)
        db.commit()
    except BaseException:
        connection.close()
        raise
    return db


def _written(kept: Kept) -> tuple[object, ...]:
    item = kept.item
    published = None if item.published_at is None else to_ms(item.published_at)
    seen = to_ms(item.first_seen_at)
    return (
        kept.feed,
        kept.key,
        item.title,
        item.link,
        item.source,
        published,
        seen,
        int(item.sponsored),
    )


def _read(row: tuple[str, str, str, str, str, int | None, int, int]) -> Kept:
    feed, key, title, link, source, published, seen, sponsored = row
    at = None if published is None else from_ms(published)
    return Kept(
        feed, key, NewsItem(title, link, source, at, from_ms(seen), sponsored=bool(sponsored))
    )
