"""The present price: fresh, plausible, and asked for once a second."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desk.errors import MarketUnavailable
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes import made_answers
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import said
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_exchange import RecordedExchange
from tests.market.conftest import MakeMarket
from tests.market.recorded import connected
from trading.candles import to_ms

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
CANDLES = {("BTCUSDT", "1h"): made_candles(count=2000)}


async def test_a_quote_holds_the_exchanges_own_digits_and_time(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        at = NOW - timedelta(seconds=3)
        server.set_price("BTCUSDT", 36967.31, bid=36967.3, ask=36967.32, at=at)
        quote = await connect(server, FakeClock(NOW)).quote("BTC/USDT")
        assert quote.bid == Decimal("36967.3")
        assert quote.ask == Decimal("36967.32")
        assert quote.last == Decimal("36967.31")
        assert quote.at == at
        assert (quote.symbol, quote.source) == ("BTC/USDT", "binance")


async def test_without_bid_and_ask_the_last_price_stands_for_both(tmp_path: Path) -> None:
    answers = made_answers.okx({"BTC-USDT": 100.5}, to_ms(NOW))
    for side in ('"100.4"', '"100.6"'):
        answers["market/ticker"] = answers["market/ticker"].replace(side, '""')
    async with RecordedExchange(answers) as server:
        market = connected("okx", server, tmp_path, FakeClock(NOW))
        quote = await market.quote("BTC/USDT")
        assert quote.bid == quote.ask == quote.last == Decimal("100.5")
        await market.close()


async def test_where_nobody_bids_or_asks_the_last_price_is_not_offered(
    connect: MakeMarket,
) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        server.set_price("BTCUSDT", 100.5, bid=0, ask=0)
        with pytest.raises(MarketUnavailable, match="halted or delisted"):
            await connect(server, FakeClock(NOW)).quote("BTC/USDT")


async def test_one_missing_side_never_crosses_the_other(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.set_price("BTCUSDT", 101, bid=0, ask=100)
        assert (await market.quote("BTC/USDT")).bid == Decimal(100)
        server.set_price("BTCUSDT", 99, bid=100, ask=0)
        assert (await market.quote("BTC/USDT")).ask == Decimal(100)


@pytest.mark.parametrize(
    ("last", "bid", "ask"), [(100, 101, 99), (100, -1, 101), (-5, 99, 101), (0, 0, 0)]
)
async def test_crossed_negative_or_absent_prices_are_no_quote(
    connect: MakeMarket, last: float, bid: float, ask: float
) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        server.set_price("BTCUSDT", last, bid=bid, ask=ask)
        with pytest.raises(MarketUnavailable, match="BTC/USDT"):
            await connect(server, FakeClock(NOW)).quote("BTC/USDT")


async def test_a_stale_price_is_no_quote(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        server.set_price("BTCUSDT", 100, at=NOW - timedelta(seconds=90))
        with pytest.raises(MarketUnavailable, match="90 s old"):
            await connect(server, FakeClock(NOW)).quote("BTC/USDT")


async def test_a_price_from_the_future_is_labelled_with_its_receipt(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        server.set_price("BTCUSDT", 100, at=NOW + timedelta(seconds=30))
        assert (await connect(server, FakeClock(NOW)).quote("BTC/USDT")).at == NOW


async def test_a_slow_clock_of_ours_does_not_make_quotes_stale(connect: MakeMarket) -> None:
    ours = FakeClock(NOW + timedelta(minutes=5))
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        assert (await connect(server, ours).quote("BTC/USDT")).at == ours.now


async def test_a_ticker_of_another_shape_is_no_quote(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        for body in ("null", '{"code":200,"data":null}', "[]", "<html>log in</html>", "[[]]"):
            server.fault("24hr", said(body), times=3)
            with pytest.raises(MarketUnavailable):
                await market.quote("BTC/USDT")
            server.heal()


async def test_those_who_ask_within_a_second_share_one_request(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        store = CandleStore(tmp_path / "market.db")
        market = ExchangeMarket(
            "binance", store, FakeClock(NOW), api_base=server.api_base, memo=0.2
        )
        for _ in range(3):
            await asyncio.gather(*(market.quote("BTC/USDT") for _ in range(20)))
        assert server.count("24hr") == 1
        await asyncio.sleep(0.25)
        await market.quote("BTC/USDT")
        assert server.count("24hr") == 2
        await market.close()


async def test_a_stamp_far_ahead_says_that_the_age_is_not_known(tmp_path: Path) -> None:
    for seconds, refused in ((60, False), (61, True), (300, True)):
        answers = made_answers.okx({"BTC-USDT": 100.5}, to_ms(NOW) + seconds * 1000)
        async with RecordedExchange(answers) as server:
            market = connected("okx", server, tmp_path, FakeClock(NOW))
            market._client._ccxt.has["fetchTime"] = False
            if refused:
                with pytest.raises(MarketUnavailable, match=f"{seconds} s ahead of this computer"):
                    await market.quote("BTC/USDT")
            else:
                assert (await market.quote("BTC/USDT")).at == NOW
            await market.close()
