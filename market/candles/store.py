"""Closed candles on disk: a cache in a file of its own that may be deleted at any time."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlite_utils import Database

from desk.errors import MarketUnavailable
from market.candles.ranges import Span, merged
from market.candles.schema import schema
from trading.candles import FloatArray, Timeframe, from_ms
from trading.outages import Stock, Stretch

T = TypeVar("T")

BUSY_SECONDS = 10.0
READ = """
    select time, open, high, low, close, volume from candles
    where series = ? and time >= ? and time < ? order by time
"""
FIRST = "select min(time) from candles where series = ? and time >= ? and time < ?"
COUNT = """
    select count(*), min(time), max(time) from candles where series = ? and time >= ? and time < ?
"""
GAPS = """
    select start_ms, stop_ms, candles from gaps
    where series = ? and start_ms >= ? and start_ms < ? order by start_ms
"""
FLATS = """
    select start_ms, stop_ms, candles from outages
    where series = ? and start_ms >= ? and start_ms < ? order by start_ms
"""
WRITE = "insert or replace into candles values (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Series:
    """Whose candles: a source (exchange and, if it is another root, its address)."""

    source: str
    symbol: str
    timeframe: Timeframe


@dataclass(frozen=True, eq=False)
class Held:
    """What the store holds of a span.

    `table` has the shape (n, 6): time in ms, open, high, low, close, volume, oldest first.
    `known` are the spans in which the store has every candle there is; a hole inside them is a
    hole of the exchange. `last_time` is the open time of the series' newest stored candle.
    """

    table: FloatArray
    known: list[Span]
    last_time: int | None


class CandleStore:
    """Candles keyed by source, symbol, timeframe and time, and the spans known to be complete.

    Safe to share between tasks: all work on the file happens in one thread of its own. The file
    is opened at the first use. Errors: MarketUnavailable when the file can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: Database | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="candle-store")

    async def read(self, series: Series, span: Span) -> Held:
        """Return the candles that open within the span, and where they are complete."""
        return await self._run(lambda db: _read(db, series, span))

    async def write(self, series: Series, table: FloatArray, known: Span) -> None:
        """Add candles (shape (n, 6), see Held) and note that `known` is complete now."""
        await self._run(lambda db: _write(db, series, table, known))

    async def known(self, series: Series, span: Span) -> list[Span]:
        """Return where the candles of the span are complete, without reading them."""
        return await self._run(lambda db: _known(db, series, span))

    async def first_time(self, series: Series, span: Span) -> int | None:
        """Return the open time of the oldest stored candle within the span."""
        return await self._run(lambda db: _first_time(db, series, span))

    async def stock(self, series: Series, span: Span) -> Stock:
        """Count what is stored of a span, with its gaps and flat runs."""
        return await self._run(lambda db: _stock(db, series, span))

    async def close(self) -> None:
        """Close the file; a later call opens it again."""
        await self._run_raw(self._shut)

    async def _run(self, work: Callable[[Database], T]) -> T:
        return await self._run_raw(lambda: work(self._open()))

    async def _run_raw(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise MarketUnavailable(
                f"The candle cache {self._path} can't be used ({error}). Check the disk and the"
                " folder's rights; the file may be deleted."
            ) from error

    def _open(self) -> Database:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._db = _connect(self._path)
            except sqlite3.OperationalError:
                raise  # locked, no rights, disk full: not the file's fault
            except sqlite3.DatabaseError:
                _discard(self._path)
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
        _use_wal(db)
        # A cache: losing the last write with the power costs one request, not data.
        db.execute("pragma synchronous = normal")
        # Processes that start together build the file one after the other.
        db.execute("begin immediate")
        schema().apply(db)
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


def _series_id(db: Database, series: Series) -> int | None:
    row = db.execute(
        "select id from series where source = ? and symbol = ? and timeframe = ?",
        [series.source, series.symbol, series.timeframe.value],
    ).fetchone()
    return None if row is None else int(row[0])


def _read(db: Database, series: Series, span: Span) -> Held:
    key = _series_id(db, series)
    if key is None:
        return Held(np.empty((0, 6)), [], None)
    rows = db.execute(READ, [key, span.start, span.stop])
    # Flat first: an array of a list of 8,760 tuples takes three times as long.
    table = np.fromiter(chain.from_iterable(rows), dtype=np.float64).reshape(-1, 6)
    last = db.execute("select max(time) from candles where series = ?", [key]).fetchone()[0]
    return Held(table, _coverage(db, key, span), last)


def _known(db: Database, series: Series, span: Span) -> list[Span]:
    key = _series_id(db, series)
    return [] if key is None else _coverage(db, key, span)


def _first_time(db: Database, series: Series, span: Span) -> int | None:
    found: int | None = db.execute(
        FIRST, [_series_id(db, series), span.start, span.stop]
    ).fetchone()[0]
    return found


def _stock(db: Database, series: Series, span: Span) -> Stock:
    key = _series_id(db, series)
    within = [key, span.start, span.stop]
    count, first, last = db.execute(COUNT, within).fetchone()
    gaps, flats = (
        tuple(Stretch(from_ms(start), from_ms(stop), many) for start, stop, many in rows)
        for rows in (db.execute(GAPS, within), db.execute(FLATS, within))
    )
    return Stock(
        series.symbol,
        series.timeframe,
        count,
        from_ms(first) if count else None,
        from_ms(last + series.timeframe.ms) if count else None,
        gaps,
        flats,
    )


def _coverage(db: Database, key: int, span: Span) -> list[Span]:
    found = db.execute(
        "select start, stop from coverage where series = ? and start <= ? and stop >= ?",
        [key, span.stop, span.start],
    )
    return merged(Span(*row) for row in found)


def _write(db: Database, series: Series, table: FloatArray, known: Span) -> None:
    with db.atomic():
        # The first statement writes, so that two processes queue instead of failing half-way.
        db.execute(
            "insert or ignore into series (source, symbol, timeframe) values (?, ?, ?)",
            [series.source, series.symbol, series.timeframe.value],
        )
        key = _series_id(db, series)
        assert key is not None  # noqa: S101 - written one line above, in this transaction
        db.conn.executemany(WRITE, [(key, int(row[0]), *row[1:]) for row in table.tolist()])
        if known.start < known.stop:
            _note_coverage(db, key, known)


def _note_coverage(db: Database, key: int, known: Span) -> None:
    joined = merged([known, *_coverage(db, key, known)])
    db.execute(
        "delete from coverage where series = ? and start <= ? and stop >= ?",
        [key, known.stop, known.start],
    )
    for span in joined:
        db.execute("insert into coverage values (?, ?, ?)", [key, span.start, span.stop])
