"""Closed candles only, each asked for once."""

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import MarketUnavailable
from market.candles.feed import CandleFeed, opened_by
from market.candles.store import CandleStore
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import bad_gateway, held_until, said
from tests.fakes.candle_files import MADE_START, made_candles, with_rollups
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms
from trading.errors import BadArgument

HOURS = made_candles(count=3000)
NOW = datetime(2021, 2, 20, 12, 30, tzinfo=UTC)
HOUR = 3_600_000


def server_of(table: FloatArray, clock: FakeClock) -> BinanceServer:
    return BinanceServer(with_rollups("BTCUSDT", table, Timeframe.H1), clock)


def closed(table: FloatArray, by: datetime, count: int) -> FloatArray:
    return table[table[:, 0] + HOUR <= to_ms(by)][-count:]


def same(candles: Candles, table: FloatArray) -> bool:
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    return np.array_equal(np.column_stack([candles.time, *columns]), table)


async def test_the_open_candle_is_never_returned_nor_kept(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with server_of(HOURS, clock) as server:
        market = connect(server, clock)
        candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, 10)
        assert candles.last_close_time == datetime(2021, 2, 20, 12, tzinfo=UTC)
        assert same(candles, closed(HOURS, NOW, 10))
        clock.move(minutes=30)
        candles = await market.candles("BTC/USDT", Timeframe.H1, clock.now, 10)
        assert candles.last_close_time == clock.now
        assert same(candles, closed(HOURS, clock.now, 10)), "the finished candle, not the half"


async def test_an_end_in_the_past_hides_what_came_after(connect: MakeMarket) -> None:
    end = datetime(2021, 1, 10, 3, 59, 59, tzinfo=UTC)
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        candles = await market.candles("BTC/USDT", Timeframe.H1, end, 5)
        assert candles.last_close_time == datetime(2021, 1, 10, 3, tzinfo=UTC)
        assert same(candles, closed(HOURS, end, 5))


async def test_an_end_in_the_future_ends_now(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        candles = await market.candles("BTC/USDT", Timeframe.H1, NOW + timedelta(days=9), 3)
        assert candles.last_close_time == datetime(2021, 2, 20, 12, tzinfo=UTC)


async def test_a_clock_that_is_fast_does_not_close_a_candle(connect: MakeMarket) -> None:
    theirs = FakeClock(datetime(2021, 2, 20, 11, 59, 30, tzinfo=UTC))
    ours = FakeClock(datetime(2021, 2, 20, 12, 0, 30, tzinfo=UTC))
    async with server_of(HOURS, theirs) as server:
        market = connect(server, ours)
        candles = await market.candles("BTC/USDT", Timeframe.H1, ours.now, 3)
        assert candles.last_close_time == datetime(2021, 2, 20, 11, tzinfo=UTC)


async def test_a_hundred_calls_at_once_need_one_request(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        answers = await asyncio.gather(
            *(market.candles("BTC/USDT", Timeframe.H1, NOW, 500) for _ in range(100))
        )
        assert all(same(candles, closed(HOURS, NOW, 500)) for candles in answers)
        assert server.count("klines") == 1
        assert server.count() == 3, "the clock, the list of markets, the candles"


async def test_calls_for_different_lengths_ask_for_nothing_twice(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        counts = [900, 50, 200, 899, 1]
        answers = await asyncio.gather(
            *(market.candles("BTC/USDT", Timeframe.H1, NOW, count) for count in counts)
        )
        assert [len(candles) for candles in answers] == counts
        assert server.count("klines") == 1


async def test_a_long_history_comes_in_pages(connect: MakeMarket) -> None:
    table = made_candles(count=9000, start=NOW - timedelta(hours=9000, minutes=30))
    async with server_of(table, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, 8760)
        assert same(candles, closed(table, NOW, 8760))
        assert server.count("klines") == 9
        assert {seen.params["limit"] for seen in server.requests if seen.path == "klines"} <= {
            "1000",
            "761",
        }


async def test_after_a_restart_only_the_new_candles_are_asked_for(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with server_of(HOURS, clock) as server:
        await connect(server, clock).candles("BTC/USDT", Timeframe.H1, NOW, 900)
        clock.move(hours=3)
        market = connect(server, clock)
        candles = await market.candles("BTC/USDT", Timeframe.H1, clock.now, 900)
        assert same(candles, closed(HOURS, clock.now, 900))
        asked = [seen for seen in server.requests if seen.path == "klines"]
        assert len(asked) == 2
        assert int(asked[1].params["limit"]) <= 5
        await market.candles("BTC/USDT", Timeframe.H1, clock.now, 900)
        assert server.count("klines") == 2


async def test_within_an_hour_nothing_new_is_asked_for(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with server_of(HOURS, clock) as server:
        market = connect(server, clock)
        for _ in range(29):
            await market.candles("BTC/USDT", Timeframe.H1, clock.now, 100)
            clock.move(minutes=1)
        assert server.count("klines") == 1


async def test_a_hole_stays_a_hole_and_is_not_asked_for_again(connect: MakeMarket) -> None:
    holed = np.delete(HOURS, slice(1900, 1905), axis=0)
    async with server_of(holed, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        for _ in range(3):
            candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, 500)
            assert same(candles, closed(holed, NOW, 500)), "still 500: five older ones more"
            assert candles.missing == 5
        assert server.count("klines") == 2, "the window, and once more for what the hole lacked"
        await connect(server, FakeClock(NOW)).candles("BTC/USDT", Timeframe.H1, NOW, 500)
        assert server.count("klines") == 2, "not after a restart either"


async def test_a_new_listing_gives_what_there_is_with_few_requests(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        listed = to_ms(NOW) - to_ms(MADE_START)
        for _ in range(2):
            candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, 12_000)
            assert len(candles) == listed // HOUR
        assert server.count("klines") == 3, "one finds the start, two bring the 1,956 candles"


async def test_before_the_listing_there_is_nothing(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        assert not len(await market.candles("BTC/USDT", Timeframe.H1, MADE_START, 50))


async def test_weeks_open_on_mondays(connect: MakeMarket) -> None:
    monday = datetime(2020, 12, 7, tzinfo=UTC)
    table = made_candles(Timeframe.W1, 20, start=monday)
    async with BinanceServer({("BTCUSDT", "1w"): table}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        candles = await market.candles("BTC/USDT", Timeframe.W1, NOW, 5)
        assert candles.last_close_time == datetime(2021, 2, 15, tzinfo=UTC)
        await market.candles("BTC/USDT", Timeframe.W1, NOW, 5)
        assert server.count("klines") == 1


async def test_the_count_is_clamped(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        assert len(await market.candles("BTC/USDT", Timeframe.H1, NOW, 0)) == 1
        await market.candles("BTC/USDT", Timeframe.H1, NOW, 10**9)
        since = min(int(s.params["startTime"]) for s in server.requests if s.path == "klines")
        assert since >= to_ms(NOW) - 22_000 * HOUR


async def test_a_timeframe_the_exchange_lacks_names_those_it_has(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        few = {"1h": "60", "1d": "1440", "3d": "4320"}
        monkeypatch.setattr(market._client._ccxt, "timeframes", few)
        with pytest.raises(BadArgument, match=r"no 15m candles\. Use one of 1h, 1d\."):
            await market.candles("BTC/USDT", Timeframe.M15, NOW, 5)


async def test_an_empty_answer_is_no_proof_that_there_are_no_candles(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        server.fault("klines", said("[]"), times=2)
        with pytest.raises(MarketUnavailable, match="gave no 1h candles"):
            await connect(server, FakeClock(NOW)).candles("BTC/USDT", Timeframe.H1, NOW, 50)
        restarted = connect(server, FakeClock(NOW))
        assert len(await restarted.candles("BTC/USDT", Timeframe.H1, NOW, 50)) == 50


async def test_a_failed_page_leaves_the_others_in_the_store(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        server.fault("klines", held_until(done := asyncio.Event()))
        done.set()
        server.fault("klines", bad_gateway(), times=3)
        with pytest.raises(MarketUnavailable, match="502"):
            await market.candles("BTC/USDT", Timeframe.H1, NOW, 1900)
        before = server.count("klines")
        assert len(await market.candles("BTC/USDT", Timeframe.H1, NOW, 1900)) == 1900
        assert server.count("klines") == before + 1


async def test_a_caller_who_leaves_does_not_spoil_it_for_the_others(connect: MakeMarket) -> None:
    async with server_of(HOURS, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        server.fault("klines", held_until(event := asyncio.Event()))
        first, second = (
            asyncio.create_task(market.candles("BTC/USDT", Timeframe.H1, NOW, 50)) for _ in range(2)
        )
        await server.arrival("klines")
        first.cancel()
        event.set()
        assert len(await second) == 50
        assert first.cancelled()
        assert server.count("klines") == 1


class Exchange:
    """An exchange in memory that gives at most `cap` rows, in minutes with holes."""

    def __init__(self, times: list[int], cap: int) -> None:
        self.times = times
        self.cap = cap
        self.now = 0
        self.asked: list[int] = []

    async def rows(self, symbol: str, timeframe: Timeframe, since: int, limit: int) -> object:
        self.asked.append(since)
        # The still open candle comes too, as on the real ones.
        found = [time for time in self.times if since <= time <= self.now]
        return [[time, 2.0, 3.0, 1.0, 2.0, 1.0] for time in found[: min(limit, self.cap)]]


MINUTE = 60_000
BASE = to_ms(datetime(2021, 1, 1, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(
    holes=st.sets(st.integers(0, 120)),
    cap=st.integers(2, 40),
    asks=st.lists(st.tuples(st.integers(1, 130), st.integers(0, 150), st.integers(1, 60))),
)
async def test_whatever_is_asked_in_whatever_order_no_candle_is_after_the_end_or_lost(
    tmp_path_factory: pytest.TempPathFactory,
    holes: set[int],
    cap: int,
    asks: list[tuple[int, int, int]],
) -> None:
    times = [BASE + i * MINUTE for i in range(200) if i not in holes]
    exchange = Exchange(times, cap)
    store = CandleStore(tmp_path_factory.mktemp("store") / "market.db")
    feed = CandleFeed(store, "x", 30, exchange.rows, lambda: exchange.now)
    for later, ago, count in asks:
        exchange.now = max(exchange.now, BASE + later * MINUTE + 30_000)
        end = exchange.now - ago * MINUTE
        table = await feed.newest("A/B", Timeframe.M1, opened_by(Timeframe.M1, end), count)
        expected = [time for time in times if time + MINUTE <= end][-count:]
        assert table[:, 0].tolist() == expected
    await store.close()


async def test_an_exchange_with_days_of_its_own_is_not_asked_all_day(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    day, offset = 86_400_000, 16 * HOUR
    exchange = Exchange([BASE + i * day + offset for i in range(60)], 100)
    store = CandleStore(tmp_path_factory.mktemp("store") / "market.db")
    feed = CandleFeed(store, "x", 30, exchange.rows, lambda: exchange.now)
    exchange.now = BASE + 30 * day
    for _ in range(48):
        exchange.now += HOUR
        at = opened_by(Timeframe.D1, exchange.now)
        table = await feed.newest("A/B", Timeframe.D1, at, 10)
        assert len(table) == 10
        newest = from_ms(int(table[-1, 0])) + timedelta(days=1)
        assert timedelta(0) <= from_ms(exchange.now) - newest < timedelta(days=1)
    assert len(exchange.asked) <= 4
    await store.close()


async def test_a_candle_that_the_exchange_is_late_with_is_asked_for_again(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.candles.feed.SHORTEST_BELIEF", 0.0)
    exchange = Exchange([BASE + i * MINUTE for i in range(30)], 100)
    store = CandleStore(tmp_path_factory.mktemp("store") / "market.db")
    feed = CandleFeed(store, "x", 30, exchange.rows, lambda: BASE + 20 * MINUTE)
    exchange.now = BASE + 18 * MINUTE
    for expected in (18, 19):
        table = await feed.newest("A/B", Timeframe.M1, BASE + 19 * MINUTE, 5)
        assert table[-1, 0] == BASE + expected * MINUTE
        exchange.now = BASE + 20 * MINUTE
    await store.close()
