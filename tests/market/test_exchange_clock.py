"""A candle counts as closed only when the exchange's own clock must have passed its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.connection.client import NOTABLE_SKEW_MS, ExchangeClient
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.market.conftest import MakeMarket
from trading.candles import Timeframe, from_ms, to_ms

NOW = datetime(2021, 1, 5, 12, 0, tzinfo=UTC)
START = to_ms(NOW)


async def compared(ahead_ms: int, there_ms: int = 0, back_ms: int = 0) -> ExchangeClient:
    """Return a client that compared clocks over a way of so many ms there and back."""
    clock = FakeClock(NOW)
    client = ExchangeClient("binance", clock, None, 10, 0.01)

    async def fetch_time() -> int:
        clock.move(seconds=there_ms / 1000)
        server = to_ms(clock()) + ahead_ms
        clock.move(seconds=back_ms / 1000)
        return server

    client._ccxt.fetch_time = fetch_time
    assert await client.sync_clock()
    await client.close()
    clock.now = NOW
    return client


@pytest.mark.parametrize("behind", [0.9, 4.0])
async def test_the_open_candle_of_an_exchange_that_is_behind_is_not_kept_as_closed(
    connect: MakeMarket, behind: float
) -> None:
    table = made_candles(Timeframe.H1, 40, start=NOW - timedelta(hours=30))
    ours = NOW + timedelta(seconds=behind - 0.8)
    theirs = FakeClock(ours - timedelta(seconds=behind))
    async with BinanceServer({("BTCUSDT", "1h"): table}, theirs) as server:
        market = connect(server, FakeClock(ours))
        candles = await market.candles("BTC/USDT", Timeframe.H1, ours, 3)
        assert from_ms(int(candles.time[-1])) == NOW - timedelta(hours=2)


@given(st.integers(-9_000, 9_000), st.integers(0, 6_000), st.integers(0, 6_000))
async def test_the_present_is_never_later_than_the_exchanges_own(
    ahead: int, there: int, back: int
) -> None:
    client = await compared(ahead, there, back)
    assert client.now_ms() <= START + ahead or ahead > 0
    assert client.now_ms() <= START
    assert client.now_ms() == START + min(0, ahead - back)


@pytest.mark.parametrize("sign", [1, -1])
async def test_only_a_notable_difference_is_shown_and_moves_times(sign: int) -> None:
    within = await compared(sign * NOTABLE_SKEW_MS)
    assert within.skew_seconds == 0
    assert within.from_exchange_time(START) == START
    beyond = await compared(sign * (NOTABLE_SKEW_MS + 1))
    assert beyond.skew_seconds == sign * (NOTABLE_SKEW_MS + 1) / 1000
    assert beyond.from_exchange_time(START + sign * (NOTABLE_SKEW_MS + 1)) == START
    assert (await compared(sign * 4_000, 2_500, 2_500)).skew_seconds == 0


async def test_where_there_is_no_such_request_the_clocks_are_taken_for_equal() -> None:
    client = ExchangeClient("binance", FakeClock(NOW), None, 10, 0.01)
    client._ccxt.has["fetchTime"] = False
    assert not await client.sync_clock()
    assert (client.now_ms(), client.skew_seconds) == (START, 0)
    await client.close()
