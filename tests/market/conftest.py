"""An exchange market connected to a test server, closed again after the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest

from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.binance import BinanceServer

MakeMarket = Callable[[BinanceServer, Callable[[], datetime]], ExchangeMarket]


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[MakeMarket]:
    """Return a function that connects a new market; all of them share one candle file."""
    markets: list[ExchangeMarket] = []

    def make(server: BinanceServer, clock: Callable[[], datetime]) -> ExchangeMarket:
        store = CandleStore(tmp_path / "market.db")
        market = ExchangeMarket(
            "binance", store, clock, api_base=server.api_base, memo=0, timeout=2, backoff=0.01
        )
        # ccxt keeps Binance's limit by waiting; this server has none.
        market._client._ccxt.enableRateLimit = False
        markets.append(market)
        return market

    yield make
    for market in markets:
        await market.close()
