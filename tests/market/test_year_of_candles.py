"""A long history comes in as few requests as the exchange allows, side by side."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web

from tests.fakes.binance import BinanceServer
from tests.fakes.binance_faults import Answer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, to_ms

NOW = datetime(2022, 3, 1, 0, 30, tzinfo=UTC)
HOURS = made_candles(count=11_000, start=datetime(2020, 12, 1, tzinfo=UTC))


class Crowd:
    """A fault that changes nothing, but knows how many requests are under way at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def __call__(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        # As long as a request takes; those that are sent together meet here.
        await asyncio.sleep(0.03)
        self.now -= 1
        return await answer(request)


@pytest.mark.parametrize(("count", "pages"), [(8760, 9), (1000, 1), (1001, 2), (20, 1)])
async def test_a_history_takes_the_fewest_requests(
    connect: MakeMarket, count: int, pages: int
) -> None:
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        candles = await market.candles("BTC/USDT", Timeframe.H1, NOW, count)
        assert (len(candles), candles.missing) == (count, 0)
        assert candles.last_close_time == datetime(2022, 3, 1, tzinfo=UTC)
        assert server.count("klines") == pages
        again = await market.candles("BTC/USDT", Timeframe.H1, NOW, count)
        assert len(again) == count
        assert server.count("klines") == pages


async def test_the_pages_of_a_year_come_side_by_side(connect: MakeMarket) -> None:
    crowd = Crowd()
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, FakeClock(NOW)) as server:
        market = connect(server, FakeClock(NOW))
        server.fault("klines", crowd, times=9)
        await market.candles("BTC/USDT", Timeframe.H1, NOW, 8760)
        assert server.count("klines") == 9
        assert crowd.most >= 3


async def test_an_hour_later_a_year_takes_one_request(connect: MakeMarket) -> None:
    clock = FakeClock(NOW)
    async with BinanceServer({("BTCUSDT", "1h"): HOURS}, clock) as server:
        market = connect(server, clock)
        await market.candles("BTC/USDT", Timeframe.H1, clock(), 8760)
        clock.move(hours=1)
        candles = await market.candles("BTC/USDT", Timeframe.H1, clock(), 8760)
        assert to_ms(candles.last_close_time) == to_ms(datetime(2022, 3, 1, 1, tzinfo=UTC))
        assert server.count("klines") == 10
