"""A long history comes page by page, is told meanwhile, and is never fetched twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from desk.errors import MarketUnavailable, UnknownSymbol
from market.candles.backfill import Backfill
from market.candles.feed import CandleFeed
from market.candles.ranges import Span
from market.candles.store import CandleStore
from market.demo.market import DemoMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import bad_gateway
from tests.fakes.candle_files import MADE_START, made_candles, need_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.outages import flat_outages, gaps, stock_of

HOURS = made_candles(count=12_500)
NOW = from_ms(int(HOURS[-1, 0])) + timedelta(minutes=20)  # the last one is open
HOUR = Timeframe.H1.ms


def silent(text: str) -> None:
    """Take a line that the test does not look at."""


async def test_a_year_and_a_half_in_13_requests_with_progress(connect: MakeMarket) -> None:
    told: list[str] = []
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        stock = await market.backfill("BTC/USDT", Timeframe.H1, MADE_START, told.append)
        assert server.count("klines") == 13
        assert (stock.count, stock.first) == (12_499, MADE_START)
        assert stock.last == from_ms(int(HOURS[-1, 0]))
        assert told[0] == "BTC/USDT 1h: 1,000 of 12,499 candles, from 2020-12-01"
        assert told[-1] == "BTC/USDT 1h: 12,499 of 12,499 candles, from 2020-12-01"
        assert len(told) == 4
        candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, 12_499)
        assert np.array_equal(candles.close, HOURS[:-1, 4])
        assert server.count("klines") == 13


async def test_an_early_start_costs_one_request_more_and_tells_the_listing(
    connect: MakeMarket,
) -> None:
    told: list[str] = []
    long_ago = datetime(2012, 3, 4, 5, 6, tzinfo=UTC)
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        stock = await market.backfill("BTC/USDT", Timeframe.H1, long_ago, told.append)
        assert server.count("klines") == 14
        assert stock.first == MADE_START
        assert told[0] == "BTC/USDT 1h: 0 of 12,499 candles, from 2020-12-01"
        await market.backfill("BTC/USDT", Timeframe.H1, long_ago, told.append)
        assert server.count("klines") == 14


async def test_killed_in_the_middle_it_goes_on_from_there(connect: MakeMarket) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        first = connect(server, FakeClock(NOW))
        enough = asyncio.Event()

        def told(text: str) -> None:
            if text.startswith("BTC/USDT 1h: 5,000"):
                enough.set()

        run = asyncio.create_task(first.backfill("BTC/USDT", Timeframe.H1, MADE_START, told))
        await enough.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await first.close()
        before = server.count("klines")
        assert before < 13
        second = connect(server, FakeClock(NOW))
        stock = await second.backfill("BTC/USDT", Timeframe.H1, MADE_START, silent)
        assert stock.count == 12_499
        starts = [
            int(seen.params["startTime"]) for seen in server.requests if seen.path == "klines"
        ]
        stored = {start for start in starts[:before] if start < to_ms(MADE_START) + 5000 * HOUR}
        assert not stored & set(starts[before:]), "what was told as stored is not asked for again"


async def test_two_at_once_fetch_each_page_once(connect: MakeMarket) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        both = [market.backfill("BTC/USDT", Timeframe.H1, MADE_START, silent) for _ in range(2)]
        stocks = await asyncio.gather(*both)
        assert stocks[0] == stocks[1]
        assert server.count("klines") == 13


async def test_a_question_does_not_wait_for_the_end(connect: MakeMarket) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        lines: list[str] = []
        run = asyncio.create_task(
            market.backfill("BTC/USDT", Timeframe.H1, MADE_START, lines.append)
        )
        await server.arrival("klines")
        await market.candles("BTC/USDT", Timeframe.H1, NOW, 10)
        assert len(lines) < 4
        await run


async def test_a_failure_in_the_middle_is_told_and_tried_again(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:

        def listen(text: str) -> None:
            told.append(text)
            if len(told) == 1:
                server.fault("klines", bad_gateway(), 12)  # each page and each of its repeats

        market = connect(server, FakeClock(NOW))
        market._history._backfill._waits = (0.0, 0.0)
        stock = await market.backfill("BTC/USDT", Timeframe.H1, MADE_START, listen)
        assert stock.count == 12_499
        assert "Next try in 0 s." in told[1]


async def test_what_fails_at_once_is_an_error(connect: MakeMarket) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        with pytest.raises(UnknownSymbol):
            await market.backfill("XYZ/USDT", Timeframe.H1, MADE_START, silent)
        server.fault("klines", bad_gateway(), 3)
        with pytest.raises(MarketUnavailable):
            await market.backfill("BTC/USDT", Timeframe.H1, MADE_START, silent)


async def test_gaps_and_standstills_of_a_real_market_are_counted(connect: MakeMarket) -> None:
    table = need_candles("candles_1h/binance/BTC_USDT-1h")
    now = from_ms(int(table[-1, 0]) + HOUR)
    async with BinanceServer({("BTCUSDT", "1h"): table}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        stock = await market.backfill("BTC/USDT", Timeframe.H1, MADE_START, silent)
        candles = Candles.from_rows("BTC/USDT", Timeframe.H1, table)
        assert stock == stock_of(candles)
        assert (stock.gaps, stock.flat) == (gaps(candles), flat_outages(candles))
        assert len(stock.gaps) == 6


async def test_the_demo_market_has_all_there_is() -> None:
    clock = FakeClock(datetime(2025, 3, 1, 12, 30, tzinfo=UTC))
    market = DemoMarket(clock)
    for timeframe in (Timeframe.H1, Timeframe.D1, Timeframe.W1):
        start = datetime(2025, 1, 10, 7, 30, tzinfo=UTC)
        stock = await market.backfill("BTC/USDT", timeframe, start, silent)
        candles = await market.candles("BTC/USDT", timeframe, clock.now, 20_000)
        assert stock == stock_of(candles[int(candles.time.searchsorted(to_ms(start))) :])
    await market.close()


async def test_only_a_few_pages_are_in_memory_at_a_time(tmp_path: Path) -> None:
    """Each page is on disk before the next four are asked for."""
    store = CandleStore(tmp_path / "market.db")
    most, begun = 0, 0

    async def ask(symbol: str, timeframe: Timeframe, since: int, limit: int) -> object:
        nonlocal most, begun
        begun += 1
        held = await store.stock(feed.series(symbol, timeframe), Span(0, 2**60))
        most = max(most, begun - held.count // 1000)
        rows = HOURS[HOURS[:, 0] >= since][:limit]
        return rows.tolist()

    feed = CandleFeed(store, "made", 1000, ask, lambda: to_ms(NOW))
    series = feed.series("BTC/USDT", Timeframe.H1)
    span = Span(to_ms(MADE_START), int(HOURS[-1, 0]))
    stock = await Backfill(feed, store, 1000).run(series, span, silent)
    assert stock.count == 12_499
    assert most <= 4
    await store.close()


async def test_a_pause_that_the_exchange_asks_for_is_waited_for_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CandleStore(tmp_path / "market.db")
    slept: list[float] = []
    left, pages, longest = 0.0, 0, 120.0

    async def sleep(seconds: float) -> None:
        nonlocal left
        slept.append(seconds)
        left = max(0.0, left - seconds)

    async def ask(symbol: str, timeframe: Timeframe, since: int, limit: int) -> object:
        nonlocal left, pages
        pages += 1
        if pages == 2:
            left = longest
        if left:
            raise MarketUnavailable(f"made asked for a pause. Try again in {left:g} s.")
        return HOURS[HOURS[:, 0] >= since][:limit].tolist()

    monkeypatch.setattr("market.candles.backfill.asyncio.sleep", sleep)
    feed = CandleFeed(store, "made", 1000, ask, lambda: to_ms(NOW))
    backfill = Backfill(feed, store, 1000, pause_left=lambda: left)
    span = Span(to_ms(MADE_START), int(HOURS[-1, 0]))
    told: list[str] = []
    stock = await backfill.run(feed.series("BTC/USDT", Timeframe.H1), span, told.append)
    assert stock.count == 12_499
    assert [seconds for seconds in slept if seconds] == [121.0]
    assert any("Next try in 121 s." in line for line in told)
    pages, longest = 0, 1_000.0
    with pytest.raises(MarketUnavailable, match="1000 s"):
        await backfill.run(feed.series("ETH/USDT", Timeframe.H1), span, silent)
    assert [seconds for seconds in slept if seconds] == [121.0]
    await store.close()
