"""Each way an exchange fails becomes an error that says what to do next."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import ccxt.async_support as ccxt
import pytest

from desk.errors import MarketError, MarketUnavailable, UnknownSymbol
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import (
    Fault,
    bad_gateway,
    banned,
    dropped,
    internal_error,
    refused,
    said,
    slow,
    too_many_requests,
)
from tests.fakes.candle_files import DATA, made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, to_ms

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
CANDLES = {("BTCUSDT", "1h"): made_candles(count=2000)}
THREADS = DATA / "exchange_responses" / "errors_from_issue_threads.json"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (bad_gateway(), "trouble of its own \\(HTTP 502\\)"),
        (internal_error(), "trouble of its own \\(HTTP 500\\)"),
        (refused(-1000, "unknown", 200), "trouble of its own"),
        (refused(-1003, "weight", 429), "too many requests"),
        (refused(0, "Service unavailable from a restricted location", 451), "from this place"),
        (refused(-4166, "Search window is restricted.", 400), r"refused the request \(HTTP 400\)"),
        (said("null"), "empty or broken"),
        (said(""), "empty or broken"),
        (said("certainly"), "empty or broken"),
        (said("<html>Please log in</html>", 200, "text/html"), "empty or broken"),
        (said('{"code":200,"c":null}'), "empty or broken"),
        (said('{"rows": 3}'), "empty or broken"),
        (said('["a", "b"]'), "empty or broken"),
        (said("[]"), "gave no 1h candles"),
        (said('[[1609804800000,"a","b","c","d","e"]]'), "can't be read"),
        (said('[[1609804800000,"2","1","3","2","1"]]'), "can't be read"),
    ],
)
async def test_candles_fail_in_plain_words(connect: MakeMarket, fault: Fault, message: str) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        clock = FakeClock(NOW)
        market = connect(server, clock)
        server.fault("klines", fault, times=3)
        with pytest.raises(MarketUnavailable, match=message):
            await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)
        server.heal()
        clock.move(minutes=1)  # a rate limit is kept for so long
        assert len(await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)) == 50


@pytest.mark.parametrize("fault", [bad_gateway(), internal_error(), dropped(), said("null")])
async def test_a_fault_that_passes_is_not_noticed(connect: MakeMarket, fault: Fault) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("klines", fault, times=2)
        assert len(await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)) == 50


async def test_a_symbol_delisted_meanwhile_is_unknown(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("klines", refused(-1121, "Invalid symbol."))
        with pytest.raises(UnknownSymbol, match="any more"):
            await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)


async def test_an_exchange_that_hangs_is_given_up_in_time(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        market._client._ccxt.timeout = 200  # the fixture's two seconds would slow the tests
        market._client._timeout = 0.2
        server.fault("24hr", slow(1))
        started = time.monotonic()
        with pytest.raises(MarketUnavailable, match="did not answer in time"):
            await market.quote("BTC/USDT")
        assert time.monotonic() - started < 0.8
        assert server.count("24hr") == 1


async def test_a_rate_limit_is_obeyed_and_tells_how_long(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with BinanceServer(CANDLES, clock) as server:
        market = connect(server, clock)
        await market.symbols()
        server.fault("24hr", too_many_requests(7))
        with pytest.raises(MarketUnavailable, match="Try again in 7 s"):
            await market.quote("BTC/USDT")
        asked = server.count()
        clock.move(seconds=3)
        with pytest.raises(MarketUnavailable, match="Try again in 4 s"):
            await market.quote("BTC/USDT")
        with pytest.raises(MarketUnavailable, match="Try again in 4 s"):
            await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)
        assert server.count() == asked, "not a single request while the pause lasts"
        clock.move(seconds=4)
        await market.quote("BTC/USDT")


async def test_a_rate_limit_until_a_date_is_obeyed(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with BinanceServer(CANDLES, clock) as server:
        market = connect(server, clock)
        await market.symbols()
        until = format_datetime(NOW + timedelta(minutes=5), usegmt=True)
        server.fault("24hr", too_many_requests(until))
        with pytest.raises(MarketUnavailable, match="Try again in 300 s"):
            await market.quote("BTC/USDT")
        asked = server.count()
        clock.move(seconds=120)
        with pytest.raises(MarketUnavailable, match="Try again in 180 s"):
            await market.quote("BTC/USDT")
        assert server.count() == asked


async def test_a_rate_limit_without_a_time_is_not_retried(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("24hr", too_many_requests(None))
        with pytest.raises(MarketUnavailable, match="in a minute"):
            await market.quote("BTC/USDT")
        assert server.count("24hr") == 1


async def test_a_ban_tells_how_long_it_lasts(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("24hr", banned(to_ms(NOW) + 90_000))
        with pytest.raises(MarketUnavailable, match=r"HTTP 418.*in 90 s"):
            await market.quote("BTC/USDT")


async def test_the_bodies_of_public_threads_become_errors_of_the_desk(
    connect: MakeMarket,
) -> None:
    if not THREADS.exists():
        pytest.skip("the recorded error bodies are not here")
    recorded = [case for case in json.loads(THREADS.read_text())["exchange"] if "body" in case]
    assert len(recorded) >= 3
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        for case in recorded:
            market = connect(server, FakeClock(NOW))
            body = said(json.dumps(case["body"]), case["http_status"])
            server.fault("24hr", body, times=3)
            with pytest.raises(MarketError, match=r"binance .*\.|binance refused"):
                await market.quote("BTC/USDT")
            server.heal()


async def test_all_callers_hear_of_the_failure_and_the_next_one_tries_again(
    connect: MakeMarket,
) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("klines", bad_gateway(), times=3)
        outcomes = await asyncio.gather(
            *(market.candles("BTC/USDT", Timeframe.H1, NOW, 50) for _ in range(20)),
            return_exceptions=True,
        )
        assert all(isinstance(outcome, MarketUnavailable) for outcome in outcomes)
        assert server.count("klines") == 3
        assert len(await market.candles("BTC/USDT", Timeframe.H1, NOW, 50)) == 50


async def test_a_success_that_was_under_way_does_not_end_a_pause(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with BinanceServer(CANDLES, clock) as server:
        market = connect(server, clock)
        await market.symbols()
        client = market._client
        gate = asyncio.Event()

        async def fetch_slow() -> str:
            await gate.wait()
            return "done"

        client._ccxt.fetch_slow = fetch_slow
        slow = asyncio.ensure_future(client.ask("fetch_slow"))
        await asyncio.sleep(0)
        server.fault("24hr", banned(to_ms(NOW) + 120_000))
        with pytest.raises(MarketUnavailable, match="in 120 s"):
            await market.quote("BTC/USDT")
        gate.set()
        assert await slow == "done"
        clock.move(seconds=119.5)
        with pytest.raises(MarketUnavailable, match=r"asked for a pause.*in 1 s"):
            await market.quote("BTC/USDT")
        assert server.count("24hr") == 1
        clock.move(seconds=1)
        assert await market.quote("BTC/USDT")


async def test_of_two_pauses_the_later_end_holds(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        client = market._client
        gates = {seconds: asyncio.Event() for seconds in (120, 5)}

        async def fetch_refused(seconds: int) -> None:
            await gates[seconds].wait()
            raise ccxt.RateLimitExceeded(f"banned until {to_ms(NOW) + seconds * 1000}")

        client._ccxt.fetch_refused = fetch_refused
        asked = [asyncio.ensure_future(client.ask("fetch_refused", each)) for each in gates]
        await asyncio.sleep(0)
        for gate, request in zip(gates.values(), asked, strict=True):
            gate.set()
            with pytest.raises(MarketUnavailable):
                await request
        assert client.pause_left == 120


async def test_a_rate_limit_without_a_time_pauses_the_minute_that_it_tells(
    connect: MakeMarket,
) -> None:
    clock = FakeClock(NOW)
    async with BinanceServer(CANDLES, clock) as server:
        market = connect(server, clock)
        server.fault("24hr", too_many_requests(None))
        with pytest.raises(MarketUnavailable, match="in a minute"):
            await market.quote("BTC/USDT")
        for _ in range(4):
            with pytest.raises(MarketUnavailable, match="in 60 s"):
                await market.quote("BTC/USDT")
        assert server.count("24hr") == 1
        clock.move(seconds=60)
        assert await market.quote("BTC/USDT")
