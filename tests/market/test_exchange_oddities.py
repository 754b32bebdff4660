"""Real candles with real oddities, through the real client."""

import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import DATA, need_candles, rolled_up, with_rollups
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import Loopback
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, from_ms, to_ms

HOUR = 3_600_000


async def test_19_may_2021_shows_no_candle_that_was_still_open(connect: MakeMarket) -> None:
    table = need_candles("candles_1h/binance/BTC_USDT-1h")
    now = datetime(2021, 5, 19, 12, 40, tzinfo=UTC)
    tables = with_rollups("BTCUSDT", table, Timeframe.H1)
    async with BinanceServer(tables, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        for timeframe in (Timeframe.H1, Timeframe.H4, Timeframe.D1):
            candles = await market.candles("BTC/USDT", timeframe, now, 150)
            assert candles.last_close_time <= now
            assert now - candles.last_close_time < timeframe.delta
            whole = rolled_up(table[table[:, 0] + HOUR <= to_ms(now)], timeframe)
            closed = whole[whole[:, 0] + timeframe.ms <= to_ms(now)]
            assert np.array_equal(candles.close, closed[-len(candles) :, 4])
            assert np.allclose(candles.volume, closed[-len(candles) :, 5], rtol=0, atol=1e-7)


async def test_the_partial_last_candle_is_not_used(connect: MakeMarket) -> None:
    table = need_candles("edge/partial_last_candle/ADA_USDT-1h")
    captured = datetime(2020, 4, 24, 23, 11, tzinfo=UTC)
    async with BinanceServer({("ADAUSDT", "1h"): table}, FakeClock(captured)) as server:
        market = connect(server, FakeClock(captured))
        candles = await market.candles("ADA/USDT", Timeframe.H1, captured, 1000)
        assert len(candles) == len(table) - 1
        assert candles.last_close_time == datetime(2020, 4, 24, 23, tzinfo=UTC)
        assert 1_280_807.5 not in candles.volume


async def test_outages_stay_holes_and_are_asked_about_once(connect: MakeMarket) -> None:
    table = need_candles("candles_1h/binance/ETH_USDT-1h")
    now = datetime(2021, 5, 1, tzinfo=UTC)
    async with BinanceServer({("ETHUSDT", "1h"): table}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        first = await market.candles("ETH/USDT", Timeframe.H1, now, 3600)
        assert len(first) == 3600
        assert first.missing == 11
        outage = to_ms(datetime(2021, 4, 25, 5, tzinfo=UTC))
        assert not np.any((first.time >= outage) & (first.time < outage + 3 * HOUR))
        asked = server.count("klines")
        for each in (market, connect(server, FakeClock(now))):
            again = await each.candles("ETH/USDT", Timeframe.H1, now, 3600)
            assert np.array_equal(first.time, again.time)
        assert server.count("klines") == asked


async def test_sparse_minutes_keep_their_times(connect: MakeMarket) -> None:
    table = need_candles("edge/bittrex/WAX_BTC-1m_sparse")
    now = from_ms(int(table[-1, 0])) + timedelta(minutes=1)
    async with BinanceServer({("WAXBTC", "1m"): table}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        candles = await market.candles("WAX/BTC", Timeframe.M1, now, 3000)
        assert np.array_equal(candles.time, table[-3000:, 0].astype(np.int64))
        assert candles.missing > 1000


async def test_a_new_listing_is_shorter_than_asked_for(connect: MakeMarket) -> None:
    table = need_candles("edge/binance/AR_USDT-1h_new_listing")
    now = datetime(2021, 7, 1, tzinfo=UTC)
    async with BinanceServer({("ARUSDT", "1h"): table}, FakeClock(now)) as server:
        market = connect(server, FakeClock(now))
        candles = await market.candles("AR/USDT", Timeframe.H1, now, 8760)
        assert from_ms(int(candles.time[0])) == datetime(2021, 5, 14, 12, tzinfo=UTC)
        assert len(candles) == np.sum(table[:, 0] + HOUR <= to_ms(now))
        asked = server.count("klines")
        await market.candles("AR/USDT", Timeframe.H1, now, 8760)
        assert server.count("klines") == asked <= 3


async def test_a_halt_of_four_days_does_not_look_like_a_listing(connect: MakeMarket) -> None:
    table = need_candles("edge/binance/COCOS_USDT-1h_redenomination_and_halt")
    now = datetime(2021, 1, 23, 4, tzinfo=UTC)
    async with BinanceServer({("COCOSUSDT", "1h"): table}, FakeClock(now)) as server:
        candles = await connect(server, FakeClock(now)).candles("COCOS/USDT", Timeframe.H1, now, 60)
        assert len(candles) == 60
        assert candles.missing == 96


def _recorded_kraken() -> web.Application:
    """Serve Kraken's recorded answers."""
    folder = DATA / "exchange_responses" / "kraken"
    with gzip.open(folder / "http_ohlc.json.gz", "rt") as file:
        candles = file.read()
    bodies = {
        "AssetPairs": (folder / "http_asset_pairs.json").read_text(),
        "Ticker": (folder / "http_ticker.json").read_text(),
        "Time": (folder / "http_server_time.json").read_text(),
        "Assets": json.dumps({"error": [], "result": {}}),
        "OHLC": candles,
    }

    def answering(body: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=body, content_type="application/json")

        return answer

    app = web.Application()
    for path, body in bodies.items():
        app.router.add_get(f"/0/public/{path}", answering(body))
    return app


@pytest.mark.skipif(not (DATA / "exchange_responses").exists(), reason="no recorded answers here")
async def test_kraken_as_recorded(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(1_762_820_224, UTC)
    site = Loopback()
    await site.open(_recorded_kraken())
    store = CandleStore(tmp_path / "market.db")
    market = ExchangeMarket("kraken", store, lambda: now, api_base=site.address)
    market._client._ccxt.enableRateLimit = False  # Kraken's own limit is one request a second
    assert "answers in" in await market.check()
    instrument = await market.instrument("BTC/USDT")
    assert instrument.tick == Decimal("0.1")
    quote = await market.quote("BTC/USDT")
    assert (quote.bid, quote.ask) == (Decimal("105944.2"), Decimal("105944.3"))
    assert quote.last == Decimal("105899.4")
    assert quote.at == now, "Kraken's ticker has no time: the time of receipt"
    candles = await market.candles("BTC/USDT", Timeframe.M1, now, 1000)
    assert len(candles) == 716, "721 recorded: the last is open, the oldest four may be gone"
    assert candles.last_close_time == datetime.fromtimestamp(1_762_820_220, UTC)
    await market.close()
    await site.close()
