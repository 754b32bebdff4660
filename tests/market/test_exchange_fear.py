"""Funding, open interest and the order book of Binance, over its wire."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from desk.errors import UnknownSymbol
from desk.fear import Book, Fear, Funding, InterestChange, Missing, OpenInterest
from market.connection.client import ExchangeClient
from market.exchange import ExchangeMarket
from market.fear import gauges as exchange_fear
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import (
    Fault,
    bad_gateway,
    banned,
    dropped,
    held_until,
    refused,
    said,
)
from tests.fakes.binance_futures import BinanceFutures, Contract
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import to_ms

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
CANDLES = {(f"{coin}USDT", "1h"): made_candles(count=2000) for coin in ("BTC", "ETH", "SHIB")}
GAUGES = ("fapi/premiumIndex", "fapi/openInterest", "fapi/openInterestHist", "depth")


@pytest.fixture
def connect(connect: MakeMarket) -> MakeMarket:
    """Connect to the futures without the pauses by which ccxt keeps Binance's limit."""

    def make(server: BinanceServer, clock: Callable[[], datetime]) -> ExchangeMarket:
        market = connect(server, clock)
        open_futures = market._fear._connect

        def at_once(futures: str) -> ExchangeClient:
            client = open_futures(futures)
            client._ccxt.enableRateLimit = False
            return client

        market._fear._connect = at_once
        return market

    return make


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[BinanceServer]:
    futures = BinanceFutures(clock)
    futures.list(Contract("BTC", rate="0.00080000"))
    futures.list(Contract("BTC", "USDC", rate="0.00030000"))
    futures.list(Contract("1000SHIB", hours=4, price="0.02", contracts="50000000", day_ago="9"))
    futures.list(Contract("ETH", status="SETTLING"))
    async with BinanceServer(CANDLES, clock, futures=futures) as running:
        running.set_book(
            "BTCUSDT",
            [("19990", "3"), ("19900", "1"), ("10", "9")],
            [("20010", "1"), ("99999", "1")],
        )
        yield running


async def test_each_gauge_has_its_figure_time_and_source(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    fear = await connect(server, clock).fear("BTC/USDT")
    perpetual, source = "BTC/USDT:USDT", "binance futures"
    paid_next = datetime(2021, 1, 5, 16, tzinfo=UTC)
    assert fear.funding == Funding(0.0008, 8.0, paid_next, perpetual, NOW, source)
    assert fear.interest == OpenInterest(80_000 * 20_000, "USDT", perpetual, NOW, source)
    hour = NOW.replace(minute=0)
    assert fear.change == InterestChange(0.25, True, perpetual, hour, source)
    assert isinstance(fear.book, Book)
    bids, asks = 19990 * 3 + 19900, 20010
    assert fear.book.imbalance == pytest.approx((bids - asks) / (bids + asks))
    assert fear.book.spread == pytest.approx(20 / 20000)
    assert fear.book.reach == 0.01
    assert (fear.book.at, fear.book.source) == (NOW, "binance")
    assert isinstance(fear.funding, Funding)
    assert fear.funding.per_year == pytest.approx(0.0008 * 3 * 365)


async def test_a_coin_sold_by_the_thousand_has_its_perpetual_and_interval(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    fear = await connect(server, clock).fear("SHIB/USDT")
    assert isinstance(fear.funding, Funding)
    assert (fear.funding.perpetual, fear.funding.hours) == ("1000SHIB/USDT:USDT", 4.0)
    assert isinstance(fear.interest, OpenInterest)
    assert fear.interest.value == pytest.approx(1_000_000)


async def test_a_coin_without_a_live_perpetual_says_so_and_still_has_its_book(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    fear = await connect(server, clock).fear("ETH/USDT")
    assert len(fear.missing) == 1
    assert "binance has no perpetual future of ETH" in fear.missing[0]
    assert isinstance(fear.book, Book)


async def test_an_unknown_symbol_is_an_error(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    with pytest.raises(UnknownSymbol):
        await connect(server, clock).fear("NOPE/USDT")


async def test_slow_gauges_are_asked_for_once_in_ten_minutes_by_any_number(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    market = connect(server, clock)
    seen = await asyncio.gather(*(market.fear("BTC/USDT") for _ in range(20)))
    assert all(fear == seen[0] for fear in seen)
    await market.fear("BTC/USDT")
    asked = {
        path: server.count(path) for path in (*GAUGES, "fapi/exchangeInfo", "fapi/fundingRate")
    }
    assert set(asked.values()) == {1}, asked


async def test_gauges_are_asked_for_again_when_they_are_old(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    market = connect(server, clock)
    await market.fear("BTC/USDT")
    loop = asyncio.get_running_loop()
    real = loop.time
    loop.time = lambda: real() + 6  # type: ignore[method-assign]  # the loop's clock is the age
    await market.fear("BTC/USDT")
    assert [server.count(path) for path in GAUGES] == [1, 1, 1, 2], "only a book ages in seconds"
    loop.time = lambda: real() + 601  # type: ignore[method-assign]  # as above
    await market.fear("BTC/USDT")
    assert [server.count(path) for path in GAUGES] == [2, 2, 2, 3]
    assert server.count("fapi/exchangeInfo") == 1
    assert server.count("fapi/fundingRate") == 1


async def test_nothing_is_asked_of_the_futures_before_somebody_wants_a_gauge(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    market = connect(server, clock)
    await market.quote("BTC/USDT")
    assert not [seen for seen in server.requests if seen.path.startswith("fapi/")]


FAULTS = [
    (bad_gateway(), "trouble of its own"),
    (dropped(), "can't be reached"),
    (said("null"), "empty or broken"),
    (said("[]"), "states no|can't be read"),
    (said("{}"), "states no"),
    (said('{"code": 200, "data": null}'), "states no"),
    (refused(-1000, "An unknown error", 200), "trouble of its own"),
    (refused(-1121, "Invalid symbol."), "no such symbol"),
    (said('{"symbol":"BTCUSDT","lastFundingRate":"","openInterest":null}'), "states no"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
async def test_a_gauge_that_fails_says_why_and_leaves_the_others(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock, fault: Fault, reason: str
) -> None:
    for path in ("fapi/premiumIndex", "fapi/openInterest"):
        server.fault(path, fault, times=8)  # aiohttp itself tries a dropped request again
    fear = await connect(server, clock).fear("BTC/USDT")
    for part in (fear.funding, fear.interest):
        assert isinstance(part, Missing)
        assert re.search(reason, part.reason)
    assert isinstance(fear.change, InterestChange)
    assert isinstance(fear.book, Book)


async def test_a_ban_of_the_futures_does_not_hold_up_prices(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    market = connect(server, clock)
    server.fault("fapi/exchangeInfo", banned(to_ms(NOW) + 90_000), times=3)
    fear = await market.fear("BTC/USDT")
    assert len(fear.missing) == 1
    assert "binance futures asks for a pause" in fear.missing[0]
    assert isinstance(fear.book, Book)
    assert (await market.quote("BTC/USDT")).at == NOW
    asked = server.count("fapi/exchangeInfo")
    assert (await market.fear("BTC/USDT")).missing == fear.missing
    assert server.count("fapi/exchangeInfo") == asked == 1, "not asked while it wants a pause"


async def test_a_futures_host_that_hangs_is_not_waited_for(
    connect: MakeMarket,
    server: BinanceServer,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange_fear, "PATIENCE", 0.2)
    market = connect(server, clock)
    await market.fear("ETH/USDT")
    answer = asyncio.Event()
    server.fault("fapi/premiumIndex", held_until(answer))
    fear = await market.fear("BTC/USDT")
    assert isinstance(fear.funding, Missing)
    assert "gave no funding rate of BTC/USDT within" in fear.funding.reason
    assert isinstance(fear.change, InterestChange)
    answer.set()
    later = await market.fear("BTC/USDT")
    assert isinstance(later.funding, Funding), "the late answer is kept for the next who asks"
    assert server.count("fapi/premiumIndex") == 1


@pytest.mark.parametrize("rate", ["1.00000000", "-1.00000000", "0.11"])
async def test_an_impossible_funding_rate_is_told_and_not_used(
    connect: MakeMarket, clock: FakeClock, rate: str
) -> None:
    futures = BinanceFutures(clock)
    futures.list(Contract("BTC", rate=rate))
    async with BinanceServer(CANDLES, clock, futures=futures) as server:
        fear = await connect(server, clock).fear("BTC/USDT")
    assert isinstance(fear.funding, Missing)
    assert f"{float(rate):.0%}" in fear.funding.reason


BOOKS = [
    ([], [], "nobody buys or sells"),
    ([("100", "1")], [], "nobody sells"),
    ([], [("100", "1")], "nobody buys"),
    ([("101", "1")], [("100", "1")], "crossed"),
    ([("100", "1")], [("100", "1")], "crossed"),
    ([("100", "0"), ("-5", "3")], [("101", "1")], "nobody buys"),
    ([("abc", "1")], [("101", "1")], "nobody buys"),
]


@pytest.mark.parametrize(("bids", "asks", "reason"), BOOKS)
async def test_a_book_that_can_not_be_is_no_gauge(
    connect: MakeMarket,
    server: BinanceServer,
    clock: FakeClock,
    bids: list[tuple[str, str]],
    asks: list[tuple[str, str]],
    reason: str,
) -> None:
    server.set_book("BTCUSDT", bids, asks)
    fear = await connect(server, clock).fear("BTC/USDT")
    assert isinstance(fear.book, Missing)
    assert reason in fear.book.reason


@pytest.mark.parametrize("body", ["null", "{}", "[]", '{"bids":null,"asks":null}', '{"bids":[[]]}'])
async def test_a_book_of_another_shape_is_no_gauge(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock, body: str
) -> None:
    server.fault("depth", said(body), times=3)
    fear = await connect(server, clock).fear("BTC/USDT")
    assert isinstance(fear.book, Missing)
    assert isinstance(fear.funding, Funding)


async def test_gauges_of_long_ago_are_left_out(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    ours = FakeClock(NOW + timedelta(hours=5))
    market = connect(server, ours)
    server.fault("time", said(f'{{"serverTime":{to_ms(ours())}}}'))
    fear = await market.fear("BTC/USDT")
    for part in (fear.funding, fear.interest, fear.change):
        assert isinstance(part, Missing)
        assert "too old to use" in part.reason


async def test_a_warm_market_knows_the_perpetuals_and_a_failure_to_warm_is_no_error(
    connect: MakeMarket, server: BinanceServer, clock: FakeClock
) -> None:
    await connect(server, clock).warm()
    assert server.count("fapi/exchangeInfo") == 1
    server.fault("fapi/exchangeInfo", bad_gateway(), times=3)
    await connect(server, clock).warm()


def test_what_was_seen_after_the_moment_is_left_out() -> None:
    late = NOW + timedelta(seconds=3)
    book = Book(0.1, 0.001, 0.01, late, "binance")
    funding = Funding(0.0001, 8, None, "BTC/USDT:USDT", NOW, "binance futures")
    none = Missing("no reason")
    fear = Fear("BTC/USDT", funding, none, none, book).seen_by(NOW + timedelta(seconds=2))
    assert fear.funding == funding
    assert isinstance(fear.book, Missing)
    assert "12:30:03" in fear.book.reason
