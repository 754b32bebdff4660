"""Candles on disk: found again, quickly, and never in the way."""

import asyncio
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from desk.errors import MarketUnavailable
from market.candles.ranges import Span
from market.candles.store import CandleStore, Series
from tests.fakes.candle_files import made_candles
from trading.candles import Timeframe

HOUR = 3_600_000
SERIES = Series("binance", "BTC/USDT", Timeframe.H1)


async def test_written_candles_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    store, table = CandleStore(tmp_path / "deep" / "market.db"), made_candles(count=50)
    span = Span(int(table[0, 0]), int(table[-1, 0]) + 1)
    await store.write(SERIES, table, span)
    await store.close()
    held = await CandleStore(tmp_path / "deep" / "market.db").read(SERIES, span)
    assert np.array_equal(held.table, table)
    assert held.known == [span]
    assert held.last_time == table[-1, 0]


async def test_series_do_not_mix(tmp_path: Path) -> None:
    store, table = CandleStore(tmp_path / "market.db"), made_candles(count=5)
    span = Span(0, 2**60)
    await store.write(SERIES, table, span)
    for other in (
        Series("kraken", "BTC/USDT", Timeframe.H1),
        Series("binance", "ETH/USDT", Timeframe.H1),
        Series("binance", "BTC/USDT", Timeframe.D1),
    ):
        held = await store.read(other, span)
        assert len(held.table) == 0
        assert held.known == []


async def test_touching_spans_become_one_and_holes_stay(tmp_path: Path) -> None:
    store, nothing = CandleStore(tmp_path / "market.db"), np.empty((0, 6))
    for span in (Span(10, 20), Span(40, 50), Span(20, 30), Span(25, 28)):
        await store.write(SERIES, nothing, span)
    assert (await store.read(SERIES, Span(0, 100))).known == [Span(10, 30), Span(40, 50)]
    await store.write(SERIES, nothing, Span(5, 60))
    assert (await store.read(SERIES, Span(0, 100))).known == [Span(5, 60)]


async def test_a_candle_written_twice_is_held_once(tmp_path: Path) -> None:
    store, table = CandleStore(tmp_path / "market.db"), made_candles(count=5)
    changed = table.copy()
    changed[:, 4] += 1
    for each in (table, changed):
        await store.write(SERIES, each, Span(0, 1))
    held = await store.read(SERIES, Span(0, 2**60))
    assert np.array_equal(held.table, changed)


async def test_a_year_of_hours_is_read_within_15_ms(tmp_path: Path) -> None:
    store, table = CandleStore(tmp_path / "market.db"), made_candles(count=10_000)
    span = Span(int(table[-8760, 0]), int(table[-1, 0]) + 1)
    await store.write(SERIES, table, span)
    took = []
    for _ in range(10):
        started = time.process_time()
        held = await store.read(SERIES, span)
        took.append(time.process_time() - started)
    assert len(held.table) == 8760
    assert min(took) < 0.015


async def test_tables_are_strict_and_the_file_is_in_wal_mode(tmp_path: Path) -> None:
    store = CandleStore(tmp_path / "market.db")
    await store.write(SERIES, made_candles(count=2), Span(0, 1))
    db = Database(tmp_path / "market.db")
    assert db.journal_mode == "wal"
    assert all(db.table(name).strict for name in ("series", "candles", "coverage"))
    db.close()


async def test_a_deleted_file_is_made_again(tmp_path: Path) -> None:
    store = CandleStore(tmp_path / "market.db")
    await store.write(SERIES, made_candles(count=2), Span(0, 1))
    await store.close()
    (tmp_path / "market.db").unlink()
    assert len((await store.read(SERIES, Span(0, 2**60))).table) == 0


async def test_a_file_that_is_no_database_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "market.db").write_bytes(b"not a database" * 1000)
    store = CandleStore(tmp_path / "market.db")
    await store.write(SERIES, made_candles(count=2), Span(0, 1))
    assert len((await store.read(SERIES, Span(0, 2**60))).table) == 2


async def test_an_unusable_folder_says_what_to_mend(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, no folder")
    with pytest.raises(MarketUnavailable, match="may be deleted"):
        await CandleStore(tmp_path / "var" / "market.db").read(SERIES, Span(0, 1))


async def test_two_processes_may_write_at_the_same_time(tmp_path: Path) -> None:
    stores = [CandleStore(tmp_path / "market.db") for _ in range(2)]
    table = made_candles(count=200)
    await asyncio.gather(
        *(
            store.write(SERIES, table[i : i + 2], Span(i * HOUR, (i + 2) * HOUR))
            for i in range(0, 200, 2)
            for store in stores
        )
    )
    held = await stores[0].read(SERIES, Span(0, 2**60))
    assert len(held.table) == 200
    assert held.known == [Span(0, 200 * HOUR)]


async def test_the_file_opens_with_plain_sqlite(tmp_path: Path) -> None:
    store = CandleStore(tmp_path / "market.db")
    await store.write(SERIES, made_candles(count=3), Span(0, 1))
    await store.close()
    with sqlite3.connect(tmp_path / "market.db") as db:
        query = "select count(*) from candles join series on series.id = candles.series"
        assert db.execute(query + " where symbol = 'BTC/USDT'").fetchone() == (3,)


async def test_views_show_readable_candles_gaps_and_outages(tmp_path: Path) -> None:
    table = made_candles(count=10)
    table[6:8, 1:5] = table[6, 4]
    table[6:8, 5] = 0.0
    store, holed = CandleStore(tmp_path / "market.db"), np.delete(table, [2, 3], axis=0)
    await store.write(SERIES, holed, Span(int(table[0, 0]), int(table[-1, 0]) + 1))
    await store.close()
    db = Database(tmp_path / "market.db")
    assert set(db.view_names()) == {"candles_readable", "gaps", "outages"}
    (gap,) = db["gaps"].rows
    assert (gap["exchange"], gap["symbol"], gap["timeframe"]) == ("binance", "BTC/USDT", "1h")
    assert (gap["start"], gap["stop"]) == ("2020-12-01T02:00:00Z", "2020-12-01T04:00:00Z")
    assert gap["candles"] == 2
    (outage,) = db["outages"].rows
    assert (outage["start"], outage["candles"]) == ("2020-12-01T06:00:00Z", 2)
    readable = list(db["candles_readable"].rows)
    assert len(readable) == 8
    assert readable[0]["opened"] == "2020-12-01T00:00:00Z"
    assert readable[0]["close"] == table[0, 4]
    db.close()


async def test_what_was_never_asked_for_is_no_gap(tmp_path: Path) -> None:
    store, table = CandleStore(tmp_path / "market.db"), made_candles(count=10)
    for part in (table[:3], table[6:]):
        await store.write(SERIES, part, Span(int(part[0, 0]), int(part[-1, 0]) + 1))
    assert (await store.stock(SERIES, Span(0, 2**60))).gaps == ()
    await store.write(SERIES, table[:0], Span(int(table[0, 0]), int(table[-1, 0]) + 1))
    assert [gap.count for gap in (await store.stock(SERIES, Span(0, 2**60))).gaps] == [3]


async def test_a_file_of_the_version_before_gets_the_views(tmp_path: Path) -> None:
    store = CandleStore(tmp_path / "market.db")
    await store.write(SERIES, made_candles(count=4), Span(0, 2**60))
    await store.close()
    db = Database(tmp_path / "market.db")
    for view in ("candles_readable", "gaps", "outages"):
        db.view(view).drop()
    db.table("timeframes").drop()
    db.table("_sqlite_migrations").delete_where("name like 'm002%'")
    db.close()
    stock = await store.stock(SERIES, Span(0, 2**60))
    assert (stock.count, stock.gaps) == (4, ())
