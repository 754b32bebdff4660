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


class Compared:
    """A client of an exchange whose clock is ahead, over a way of so many ms there and back."""

    def __init__(self) -> None:
        self._clock = FakeClock(NOW)
        self.client = ExchangeClient("binance", self._clock, None, 10, 0.01)
        self.client._ccxt.fetch_time = self._fetch_time
        self._ahead = self._there = self._back = 0

    async def at(self, ahead: int, there: int = 0, back: int = 0) -> ExchangeClient:
        """Compare the clocks; it is noon again afterwards."""
        self._ahead, self._there, self._back = ahead, there, back
        assert await self.client.sync_clock()
        self._clock.now = NOW
        return self.client

    async def _fetch_time(self) -> int:
        self._clock.move(seconds=self._there / 1000)
        server = to_ms(self._clock()) + self._ahead
        self._clock.move(seconds=self._back / 1000)
        return server


@pytest.fixture(scope="module")
def compared() -> Compared:
    return Compared()


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
    compared: Compared, ahead: int, there: int, back: int
) -> None:
    client = await compared.at(ahead, there, back)
    assert client.now_ms() <= START + ahead or ahead > 0
    assert client.now_ms() <= START
    assert client.now_ms() == START + min(0, ahead - back)


@pytest.mark.parametrize("sign", [1, -1])
async def test_only_a_notable_difference_is_shown_and_moves_times(
    compared: Compared, sign: int
) -> None:
    within = await compared.at(sign * NOTABLE_SKEW_MS)
    assert within.skew_seconds == 0
    assert within.from_exchange_time(START) == START
    beyond = await compared.at(sign * (NOTABLE_SKEW_MS + 1))
    assert beyond.skew_seconds == sign * (NOTABLE_SKEW_MS + 1) / 1000
    assert beyond.from_exchange_time(START + sign * (NOTABLE_SKEW_MS + 1)) == START
    assert (await compared.at(sign * 4_000, 2_500, 2_500)).skew_seconds == 0


async def test_where_there_is_no_such_request_the_clocks_are_taken_for_equal() -> None:
    client = ExchangeClient("binance", FakeClock(NOW), None, 10, 0.01)
    client._ccxt.has["fetchTime"] = False
    assert not await client.sync_clock()
    assert (client.now_ms(), client.skew_seconds) == (START, 0)
    await client.close()
