"""Several exchanges at once, each asked for what is its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from desk.errors import MarketUnavailable, UnknownSymbol
from desk.ports import MarketData
from market import several
from market.candles.store import CandleStore
from market.demo.market import DemoMarket
from market.exchange import ExchangeMarket
from market.several import MOST_OTHERS, SeveralMarkets
from tests.fakes import made_answers
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.recorded_exchange import RecordedExchange
from tests.market.recorded import NOW, connected
from trading.candles import Candles, Timeframe, to_ms

CLOCK = FakeClock(NOW)
BINANCE = {("BTCUSDT", "1h"): made_candles(count=1000)}
KRAKEN = made_candles(Timeframe.M1, 700, start=NOW - timedelta(minutes=699), seed=3)
ANSWERS = made_answers.kraken(
    {"XBT/USD": 20_000, "XBT/USDT": 20_010, "ADA/USD": 1}, to_ms(NOW) // 1000, KRAKEN
)


class Desk:
    """A router between a Binance and a Kraken, both on loopback; counts what it opens."""

    def __init__(self, binance: BinanceServer, kraken: RecordedExchange, folder: Path) -> None:
        self.opened: list[str] = []
        self.binance, self.kraken = binance, kraken
        self._folder = folder
        default = ExchangeMarket(
            "binance", CandleStore(folder / "market.db"), CLOCK, api_base=binance.api_base, memo=0
        )
        default._client._ccxt.enableRateLimit = False
        self.market = SeveralMarkets(default, self._open)

    def _open(self, name: str) -> MarketData:
        self.opened.append(name)
        return connected(name, self.kraken, self._folder, CLOCK, prefix=f"{name}:")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with BinanceServer(BINANCE, CLOCK) as binance, RecordedExchange(ANSWERS) as kraken:
        made = Desk(binance, kraken, tmp_path)
        yield made
        await made.market.close()


async def test_each_symbol_is_asked_where_it_is_traded(desk: Desk) -> None:
    here, there = await asyncio.gather(
        desk.market.quote("BTC/USDT"), desk.market.quote("kraken:BTC/USD")
    )
    assert (here.symbol, here.source) == ("BTC/USDT", "binance")
    assert (there.symbol, there.source) == ("kraken:BTC/USD", "kraken")
    assert there.bid == Decimal("19999.9")
    assert (desk.market.name, desk.market.demo) == ("binance", False)


async def test_what_comes_back_carries_the_symbol_as_it_was_asked_for(desk: Desk) -> None:
    instrument = await desk.market.instrument("kraken:BTC/USD")
    assert (instrument.symbol, instrument.base, instrument.quote) == (
        "kraken:BTC/USD",
        "BTC",
        "USD",
    )
    candles = await desk.market.candles("kraken:BTC/USD", Timeframe.M1, NOW, 100)
    assert candles.symbol == "kraken:BTC/USD"
    assert np.array_equal(candles.time, KRAKEN[-101:-1, 0].astype(np.int64))
    assert (await desk.market.fear("kraken:BTC/USD")).symbol == "kraken:BTC/USD"
    start = NOW - timedelta(hours=2)
    stock = await desk.market.backfill("kraken:BTC/USD", Timeframe.M1, start, lambda line: None)
    assert (stock.symbol, stock.count) == ("kraken:BTC/USD", 120)


async def test_an_exchange_is_opened_at_its_first_use_and_once(desk: Desk) -> None:
    await desk.market.quote("BTC/USDT")
    assert desk.opened == []
    await asyncio.gather(*(desk.market.instrument("kraken:BTC/USD") for _ in range(30)))
    await desk.market.quote("kraken:ADA/USD")
    assert desk.opened == ["kraken"]
    assert desk.kraken.count("AssetPairs") == 1


async def test_candles_of_two_exchanges_lie_side_by_side_in_one_file(desk: Desk) -> None:
    there = await desk.market.candles("kraken:BTC/USD", Timeframe.M1, NOW, 50)
    here = await desk.market.candles("BTC/USDT", Timeframe.H1, NOW, 50)
    assert there.close[-1] != here.close[-1]
    asked = len(desk.kraken.requests)
    again = await desk.market.candles("kraken:BTC/USD", Timeframe.M1, NOW, 50)
    assert np.array_equal(there.close, again.close)
    assert len(desk.kraken.requests) == asked


async def test_a_coin_in_other_money_is_named_as_it_has_to_be_written(desk: Desk) -> None:
    with pytest.raises(UnknownSymbol, match=r"Did you mean kraken:ADA/USD\?"):
        await desk.market.quote("kraken:ADA/USDT")
    with pytest.raises(UnknownSymbol, match=r"binance lists no 'BTC/USD'. Did you mean BTC/USDT"):
        await desk.market.quote("BTC/USD")


async def test_the_default_exchange_is_served_by_its_own_id_too(desk: Desk) -> None:
    """What was held while another exchange was the default is still priced."""
    own = "binance:BTC/USDT"
    here = await desk.market.quote("BTC/USDT")
    there = await desk.market.quote(own)
    assert (there.symbol, there.last, there.source) == (own, here.last, "binance")
    assert (await desk.market.instrument(own)).symbol == own
    assert (await desk.market.candles(own, Timeframe.H1, NOW, 5)).symbol == own
    assert desk.opened == []


async def test_an_exchange_that_nobody_knows_names_the_nearest(desk: Desk) -> None:
    with pytest.raises(UnknownSymbol, match=r"no exchange 'krakem'.*kraken:BTC/USD"):
        await desk.market.quote("krakem:BTC/USD")
    with pytest.raises(UnknownSymbol, match=r"ccxt id, such as kraken:BTC/USD"):
        await desk.market.instrument("qqqqqqqq:BTC/USD")
    with pytest.raises(UnknownSymbol, match="demo market is not on"):
        await desk.market.quote("demo:BTC/USDT")
    assert desk.opened == []


async def test_the_demo_market_is_one_exchange() -> None:
    market = DemoMarket(CLOCK)
    with pytest.raises(UnknownSymbol, match="one made-up exchange: write BTC/USDT alone"):
        await market.quote("kraken:BTC/USDT")
    with pytest.raises(UnknownSymbol, match=r"one made-up exchange\. Real exchanges"):
        await market.quote("kraken:BTC/USD")
    await market.close()


async def test_an_exchange_that_fails_takes_no_other_with_it(desk: Desk) -> None:
    desk.kraken.answers.clear()
    outcomes = await asyncio.gather(
        desk.market.quote("kraken:BTC/USD"), desk.market.quote("BTC/USDT"), return_exceptions=True
    )
    assert isinstance(outcomes[0], MarketUnavailable)
    assert not isinstance(outcomes[1], BaseException)


NAMES = ["kraken", "okx", "bybit", "gate", "kucoin", "bitget", "mexc", "htx", "bitfinex"]


@pytest.fixture
async def crowd() -> AsyncIterator[tuple[SeveralMarkets, dict[str, FakeMarket]]]:
    opened: dict[str, FakeMarket] = {}

    def fake(name: str = "") -> FakeMarket:
        market = opened[name] = FakeMarket(CLOCK)
        market.set("BTC/USDT", 20_000)
        return market

    market = SeveralMarkets(fake(), fake)
    yield market, opened
    await market.close()


async def test_there_is_an_end_to_how_many_are_open(
    crowd: tuple[SeveralMarkets, dict[str, FakeMarket]],
) -> None:
    market, opened = crowd
    for name in NAMES[:MOST_OTHERS]:
        await market.quote(f"{name}:BTC/USDT")
    with pytest.raises(MarketUnavailable, match=r"one exchange too many.*kraken, okx.*8 at most"):
        await market.quote(f"{NAMES[MOST_OTHERS]}:BTC/USDT")
    await market.quote("kraken:BTC/USDT")
    assert len(opened) == 1 + MOST_OTHERS


async def test_one_that_nobody_asks_any_more_makes_room(
    crowd: tuple[SeveralMarkets, dict[str, FakeMarket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    market, opened = crowd
    monkeypatch.setattr(several, "IDLE_SECONDS", 0.0)
    for name in NAMES[:MOST_OTHERS]:
        await market.quote(f"{name}:BTC/USDT")
    await market.quote("kraken:BTC/USDT")
    await market.quote(f"{NAMES[MOST_OTHERS]}:BTC/USDT")
    asked = len(opened["kraken"].quotes_asked)
    await market.quote("kraken:BTC/USDT")
    assert len(opened["kraken"].quotes_asked) == asked + 1, "it was asked later than okx"
    first = opened["okx"]
    await market.quote("okx:BTC/USDT")
    assert opened["okx"] is not first, "okx had been closed for it, and is opened anew"


async def test_prices_that_move_elsewhere_are_told_with_their_full_symbol(
    crowd: tuple[SeveralMarkets, dict[str, FakeMarket]],
) -> None:
    market, opened = crowd
    await market.quote("kraken:BTC/USDT")
    market.follow(["BTC/USDT", "kraken:BTC/USDT"])
    assert opened["kraken"].followed == {"BTC/USDT"}
    waiting = asyncio.create_task(market.moved())
    await asyncio.sleep(0)
    opened["kraken"].set("BTC/USDT", 21_000)
    assert await waiting == {"kraken:BTC/USDT"}
    opened[""].set("BTC/USDT", 21_000)
    assert await market.moved() == {"BTC/USDT"}
    market.follow(["BTC/USDT"])
    assert opened["kraken"].followed == frozenset()


async def test_candles_that_close_elsewhere_are_told_with_their_full_symbol(
    crowd: tuple[SeveralMarkets, dict[str, FakeMarket]],
) -> None:
    market, opened = crowd
    await market.quote("kraken:BTC/USDT")
    series = [("kraken:BTC/USDT", Timeframe.H1), ("BTC/USDT", Timeframe.H1)]
    waiting = asyncio.create_task(market.closed(dict.fromkeys(series, NOW)))
    await asyncio.sleep(0)
    hour = datetime(2021, 1, 5, 12, tzinfo=UTC)
    row = [[to_ms(hour), 1.0, 2.0, 0.5, 1.5, 3.0]]
    opened["kraken"].set_candles(Candles.from_rows("BTC/USDT", Timeframe.H1, row))
    assert await waiting == {("kraken:BTC/USDT", Timeframe.H1): hour + timedelta(hours=1)}
