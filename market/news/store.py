"""Headlines on disk, so that a restart knows them and when each was first seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database, Migrations

from desk.news import NewsItem
from market.cache_file import CacheFile
from trading.candles import from_ms, to_ms

KEPT = timedelta(days=5)
MOST_ROWS = 5_000
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
        self._file = CacheFile(path, _schema, "file of headlines")

    async def load(self, feeds: Sequence[str]) -> list[Kept]:
        """Return the headlines of these feeds, the newest seen first."""
        marks = ", ".join("?" * len(feeds))
        query = (
            f"select {COLUMNS} from headlines where feed in ({marks}) order by first_seen_at desc"  # noqa: S608  only question marks are put in
        )
        rows = await self._file.run(lambda db: db.execute(query, list(feeds)).fetchall())
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

        await self._file.run(write)

    async def close(self) -> None:
        """Close the file; a later call opens it again."""
        await self._file.close()


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
