"""An exchange that gives its newest candles alone: history begins there, and is no gap before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from market.candles.feed import SPARE, CandleFeed, opened_by
from market.candles.ranges import Span
from market.candles.schema import schema
from market.candles.store import CandleStore, Series
from tests.depth import times
from tests.market.test_exchange_candles import BASE, MINUTE, Exchange
from trading.candles import Timeframe

NEWEST = 20
SERIES = Series("x", "A/B", Timeframe.M1)


class Short(Exchange):
    """Gives the newest of its candles, the open one too, and no older ones."""

    async def rows(self, symbol: str, timeframe: Timeframe, since: int, limit: int) -> object:
        self.asked.append(since)
        opened = [time for time in self.times if time <= self.now and time > self._oldest]
        found = [time for time in opened if time >= since]
        return [[time, 2.0, 3.0, 1.0, 2.0, 1.0] for time in found[:limit]]

    @property
    def _oldest(self) -> int:
        return self.now - NEWEST * MINUTE


def exchange(missing: frozenset[int] = frozenset(), count: int = 400) -> Short:
    return Short([BASE + i * MINUTE for i in range(count) if i not in missing], NEWEST)


def feed_of(store: CandleStore, short: Short) -> CandleFeed:
    return CandleFeed(store, "x", NEWEST, short.rows, lambda: short.now, newest_only=NEWEST)


async def newest(feed: CandleFeed, short: Short, count: int) -> list[int]:
    by = opened_by(Timeframe.M1, short.now)
    table = await feed.newest("A/B", Timeframe.M1, by, count)
    return [int((time - BASE) // MINUTE) for time in table[:, 0]]


async def test_after_an_absence_history_begins_anew_and_no_gap_is_stored(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange()
    short.now = BASE + 50 * MINUTE
    assert await newest(feed_of(store, short), short, 100) == list(range(50 - 17, 50))
    short.now = BASE + 150 * MINUTE
    feed = feed_of(store, short)
    assert await newest(feed, short, 100) == list(range(150 - 17, 150))
    stock = await store.stock(SERIES, Span(0, 2**60))
    assert stock.gaps == ()
    asked = len(short.asked)
    assert await newest(feed, short, 100) == list(range(150 - 17, 150))
    assert len(short.asked) == asked, "what it does not give is not asked for again"
    await store.close()


async def test_candle_missing_among_the_newest_is_a_gap(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange(frozenset({40, 41}))
    short.now = BASE + 50 * MINUTE
    await newest(feed_of(store, short), short, 100)
    (gap,) = (await store.stock(SERIES, Span(0, 2**60))).gaps
    assert gap.count == 2
    await store.close()


async def test_what_was_got_in_time_stays_part_of_the_history(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange()
    for minute in range(50, 120, 10):
        short.now = BASE + minute * MINUTE
        found = await newest(feed_of(store, short), short, 1000)
    assert found == list(range(50 - 17, 110))
    await store.close()


async def test_backfill_of_what_it_does_not_give_ends_at_once(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange()
    short.now = BASE + 150 * MINUTE
    feed = feed_of(store, short)
    await feed.fill(SERIES, Span(BASE, short.now - MINUTE), at_once=True)
    assert len(short.asked) <= 2
    assert await feed.unknown(SERIES, Span(BASE, short.now - MINUTE)) == []
    await store.close()


@settings(max_examples=times(30, 500), deadline=None)
@given(
    missing=st.frozensets(st.integers(0, 200), max_size=40),
    steps=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 60)), min_size=1, max_size=8),
)
async def test_history_is_one_piece_in_which_only_the_exchanges_own_candles_are_missing(
    tmp_path_factory: object, missing: frozenset[int], steps: list[tuple[int, int]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("store")  # type: ignore[attr-defined]
    store, short = CandleStore(folder / "market.db"), exchange(missing)
    short.now = BASE + 30 * MINUTE
    feed = feed_of(store, short)
    for later, count in steps:
        short.now += later * MINUTE
        now = (short.now - BASE) // MINUTE
        found = await newest(feed, short, count)
        there = [minute for minute in range(now) if minute not in missing]
        assert found == there[len(there) - len(found) :], "no hole but the exchange's"
        given = [minute for minute in there if minute > now - NEWEST + SPARE]
        assert len(found) >= min(count, len(given))
    gaps = (await store.stock(SERIES, Span(0, 2**60))).gaps
    lost = {
        (int(gap.start.timestamp() * 1000) - BASE) // MINUTE + i
        for gap in gaps
        for i in range(gap.count)
    }
    assert lost <= missing
    await store.close()


def test_older_files_forget_what_they_took_for_gaps_of_kraken(tmp_path: Path) -> None:
    db = Database(tmp_path / "market.db")
    schema().apply(db, stop_before="m003_only_whole_runs_of_kraken_are_covered")
    for number, source in enumerate(("kraken", "kraken@x", "krakenfutures", "binance")):
        db.execute("insert into series values (?, ?, 'A/B', '1m')", [number, source])
        db.execute("insert into coverage values (?, 0, 600000)", [number])
    for minute in (0, 1, 2, 5, 6):
        db.execute("insert into candles values (0, ?, 1, 1, 1, 1, 1)", [minute * MINUTE])
    schema().apply(db)
    assert list(db.execute("select * from coverage order by 1, 2")) == [
        (0, 0, 3 * MINUTE),
        (0, 5 * MINUTE, 7 * MINUTE),
        (2, 0, 600_000),
        (3, 0, 600_000),
    ]


async def test_older_candles_that_kraken_no_longer_gives_are_still_answered(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange()
    short.now = BASE + 4 * NEWEST * MINUTE
    rows = [[BASE + i * MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0] for i in range(4 * NEWEST)]
    await store.write(SERIES, np.array(rows), Span(BASE, short.now))
    found = await newest(feed_of(store, short), short, 3 * NEWEST)
    assert len(found) == 3 * NEWEST
    await store.close()


async def test_series_that_nobody_asks_for_any_more_leave_nothing_behind(tmp_path: Path) -> None:
    store, short = CandleStore(tmp_path / "market.db"), exchange()
    short.now = BASE + 50 * MINUTE
    feed = feed_of(store, short)
    for number in range(50):
        await feed.newest(f"C{number}/D", Timeframe.M1, opened_by(Timeframe.M1, short.now), 3)
    assert len(feed._locks) == 0
    assert len(feed._empty) == 0
    await store.close()
