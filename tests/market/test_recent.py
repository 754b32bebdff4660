"""What was read is kept in memory: bounded, true, and only as far as it is complete."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.candles.feed import CandleFeed
from market.candles.ranges import Span
from market.candles.recent import Block, Recent
from market.candles.store import CandleStore, Series
from tests.depth import times
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, from_ms, to_ms

HOUR = Timeframe.H1.ms
HOURS = made_candles(count=3000)


def series(name: str = "BTC/USDT") -> Series:
    return Series("binance", name, Timeframe.H1)


def block(count: int) -> Block:
    table = HOURS[:count].copy()
    return Block(Span(int(table[0, 0]), int(table[-1, 0]) + 1), table)


def test_the_least_used_goes_when_there_are_too_many_bytes() -> None:
    recent = Recent(most_bytes=3 * 100 * 48)
    for name in ("A/B", "C/D", "E/F"):
        recent.keep(series(name), block(100))
    assert recent.of(series("A/B")) is not None
    recent.keep(series("G/H"), block(100))
    assert recent.of(series("C/D")) is None
    assert all(recent.of(series(name)) for name in ("A/B", "E/F", "G/H"))
    recent.keep(series("G/H"), block(300))
    assert [name for name in ("A/B", "C/D", "E/F", "G/H") if recent.of(series(name))] == ["G/H"]


def test_a_long_block_loses_its_oldest_rows() -> None:
    recent = Recent(most_rows=50)
    recent.keep(series(), block(80))
    kept = recent.of(series())
    assert kept is not None
    assert np.array_equal(kept.table, HOURS[30:80])
    assert kept.span.start == HOURS[30, 0]
    assert not kept.table.flags.writeable


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 30)), min_size=1, max_size=12))
@settings(max_examples=times(15, 200), deadline=None)
async def test_memory_answers_as_the_disk_would(asked: list[tuple[int, int]]) -> None:
    """Counts go up and down while the clock runs; a second reader has only the disk."""
    table = np.delete(HOURS, slice(700, 712), axis=0)
    clock = FakeClock(from_ms(int(HOURS[900, 0])))

    async def ask(symbol: str, timeframe: Timeframe, since: int, limit: int) -> object:
        closed = table[table[:, 0] + HOUR <= to_ms(clock.now)]
        return closed[closed[:, 0] >= since][:limit].tolist()

    with tempfile.TemporaryDirectory() as folder:
        store = CandleStore(Path(folder) / "market.db")
        warm = CandleFeed(store, "made", 100, ask, lambda: to_ms(clock.now))
        for count, hours in asked:
            clock.move(hours=hours)
            cold = CandleFeed(store, "made", 100, ask, lambda: to_ms(clock.now))
            stop = to_ms(clock.now) - HOUR
            ours = await warm.newest("BTC/USDT", Timeframe.H1, stop, count)
            theirs = await cold.newest("BTC/USDT", Timeframe.H1, stop, count)
            expected = table[table[:, 0] <= stop][-count:]
            assert np.array_equal(ours, theirs)
            assert np.array_equal(ours, expected)
        await store.close()


async def test_a_candle_that_came_too_late_is_not_missed_for_ever(connect: MakeMarket) -> None:
    clock, theirs = FakeClock(from_ms(int(HOURS[500, 0]))), FakeClock(from_ms(int(HOURS[500, 0])))
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, theirs) as server:
        market = connect(server, clock)
        await market.candles("BTC/USDT", Timeframe.H1, clock.now, 100)
        clock.move(hours=1)
        # Their server is a minute behind: the newest candle is still open there.
        theirs.now = clock.now - timedelta(minutes=1)
        server.candles["BTCUSDT", "1h"] = HOURS[:500]
        early = await market.candles("BTC/USDT", Timeframe.H1, clock.now, 100)
        assert early.time[-1] == HOURS[499, 0]
        server.candles["BTCUSDT", "1h"] = HOURS
        theirs.now = clock.now
        market._history._feed._empty.clear()  # its belief in the empty answer has run out
        late = await market.candles("BTC/USDT", Timeframe.H1, clock.now, 100)
        assert late.time[-1] == HOURS[500, 0]
        assert len(late) == 100
