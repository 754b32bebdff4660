"""Symbols, trading rules, the connection itself."""

import asyncio
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from desk.errors import MarketUnavailable, UnknownSymbol
from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import bad_gateway, held_until
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.errors import BadArgument

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)
CANDLES = {
    ("BTCUSDT", "1h"): made_candles(count=2000),
    ("ETHUSDT", "1h"): made_candles(count=2000, price=700, seed=2),
}


async def test_lists_active_spot_symbols_with_their_rules(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW), halted=["LUNAUSDT"]) as server:
        market = connect(server, FakeClock(NOW))
        assert await market.symbols() == ["BTC/USDT", "ETH/USDT"]
        instrument = await market.instrument("BTC/USDT")
        assert (instrument.base, instrument.quote) == ("BTC", "USDT")
        assert instrument.tick == Decimal("0.01")
        assert instrument.lot == Decimal("0.00001")
        assert instrument.min_notional == Decimal(5)


async def test_only_spot_endpoints_are_asked_and_the_list_once(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await asyncio.gather(*(market.instrument("BTC/USDT") for _ in range(50)))
        assert sorted(seen.path for seen in server.requests) == ["exchangeInfo", "time"]


@pytest.mark.parametrize("typo", ["BTC/USD", "BTCUSDT", "btcusdt", "BTX/USDT"])
async def test_an_unknown_symbol_names_the_nearest_ones(connect: MakeMarket, typo: str) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        with pytest.raises(UnknownSymbol, match=r"Did you mean BTC/USDT"):
            await market.quote(typo)
        with pytest.raises(UnknownSymbol, match=r"look like BTC/USDT"):
            await market.instrument("what?!")


async def test_an_exchange_that_nobody_knows_names_the_nearest_ones(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"Did you mean .*binance"):
        ExchangeMarket("binanse", CandleStore(tmp_path / "m.db"), FakeClock(NOW))
    with pytest.raises(BadArgument, match="no exchange"):
        ExchangeMarket("../etc", CandleStore(tmp_path / "m.db"), FakeClock(NOW))


async def test_check_says_how_fast_and_needs_one_request(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        line = await connect(server, FakeClock(NOW)).check()
        assert line.startswith("binance@127.0.0.1")
        assert line.endswith("ms")
        assert server.count() == 1


async def test_check_tells_of_clocks_that_differ(connect: MakeMarket) -> None:
    ahead = FakeClock(NOW)
    ahead.move(minutes=2)
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        assert "120 s behind ours" in await connect(server, ahead).check()


async def test_check_of_a_dead_address_says_so(connect: MakeMarket) -> None:
    server = BinanceServer(CANDLES, FakeClock(NOW))
    await server.start()
    await server.stop()
    market = connect(server, FakeClock(NOW))
    with pytest.raises(MarketUnavailable, match="can't be reached"):
        await market.check()


async def test_an_old_list_of_markets_is_better_than_none(
    connect: MakeMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.exchange.MARKETS_KEPT", 0.0)
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        server.fault("exchangeInfo", bad_gateway(), times=10)
        assert await market.symbols() == ["BTC/USDT", "ETH/USDT"]


async def test_no_list_of_markets_at_all_is_an_error_that_passes(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("exchangeInfo", bad_gateway(), times=3)
        with pytest.raises(MarketUnavailable, match="502"):
            await market.symbols()
        assert len(await market.symbols()) == 2


async def test_the_exchanges_rate_limit_is_kept(tmp_path: Path) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        store = CandleStore(tmp_path / "market.db")
        market = ExchangeMarket("binance", store, FakeClock(NOW), api_base=server.api_base, memo=0)
        await market.symbols()
        started = time.monotonic()
        await market.quote("BTC/USDT")
        # The list of markets weighs 20 of the 100 units that a second allows.
        assert time.monotonic() - started > 0.15
        await market.close()


async def test_closing_ends_what_is_in_flight(connect: MakeMarket) -> None:
    async with BinanceServer(CANDLES, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        await market.symbols()
        never = asyncio.Event()
        server.fault("24hr", held_until(never))
        asking = asyncio.create_task(market.quote("BTC/USDT"))
        await server.arrival("24hr")
        await market.close()
        with pytest.raises(MarketUnavailable, match="closed"):
            await asking
        never.set()
