"""Closed candles on disk: a cache in a file of its own that may be deleted at any time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from market.cache_file import CacheFile
from market.candles.ranges import Span, merged
from market.candles.schema import schema
from trading.candles import FloatArray, Timeframe, from_ms
from trading.outages import Stock, Stretch

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

    Safe to share between tasks. Errors: MarketUnavailable when the file can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._file = CacheFile(path, schema, "candle cache")

    async def read(self, series: Series, span: Span) -> Held:
        """Return the candles that open within the span, and where they are complete."""
        return await self._file.run(lambda db: _read(db, series, span))

    async def write(self, series: Series, table: FloatArray, known: Span) -> None:
        """Add candles (shape (n, 6), see Held) and note that `known` is complete now."""
        await self._file.run(lambda db: _write(db, series, table, known))

    async def known(self, series: Series, span: Span) -> list[Span]:
        """Return where the candles of the span are complete, without reading them."""
        return await self._file.run(lambda db: _known(db, series, span))

    async def first_time(self, series: Series, span: Span) -> int | None:
        """Return the open time of the oldest stored candle within the span."""
        return await self._file.run(lambda db: _first_time(db, series, span))

    async def stock(self, series: Series, span: Span) -> Stock:
        """Count what is stored of a span, with its gaps and flat runs."""
        return await self._file.run(lambda db: _stock(db, series, span))

    async def close(self) -> None:
        """Close the file; a later call opens it again."""
        await self._file.close()


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
