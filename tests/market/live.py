"""An exchange market with a live feed on a test server, quick to notice and to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desk.ports import Clock
from market.candles.store import CandleStore
from market.exchange import LIVE_SECONDS, ExchangeMarket
from market.live.backoff import Backoff
from market.live.feed import LiveFeed
from market.live.quotes import LiveQuotes
from market.live.wire import LiveWire
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles

BTC, ETH, ADA = "BTC/USDT", "ETH/USDT", "ADA/USDT"
IDS = {BTC: "BTCUSDT", ETH: "ETHUSDT", ADA: "ADAUSDT"}
CANDLES = {(symbol_id, "1h"): made_candles(count=50) for symbol_id in IDS.values()}


def now() -> datetime:
    return datetime.now(UTC)


class QuickWire(LiveWire):
    """Sends subscriptions at once: the test server counts them, but has no limit to keep."""

    async def make(self) -> Any:
        exchange = await super().make()
        exchange.enableRateLimit = False
        return exchange


@asynccontextmanager
async def live_market(
    server: BinanceServer,
    folder: Path,
    *,
    clock: Clock = now,
    ws_base: str | None = None,
    silence: float = 10.0,
    starving: float = 120.0,
    first: float = 0.02,
    timeout: float = 2.0,
) -> AsyncIterator[ExchangeMarket]:
    """Connect; `first` is the backoff's first pause, in seconds."""
    store = CandleStore(folder / "market.db")
    market = ExchangeMarket(
        "binance", store, clock, api_base=server.api_base, memo=0, timeout=timeout, backoff=0.01
    )
    market._client._ccxt.enableRateLimit = False
    base = server.ws_base if ws_base is None else ws_base
    wire = QuickWire("binance", market._client.lend, ws_base=base, moved=True, timeout=timeout)
    quotes = LiveQuotes(market._read_live, market._live_time, clock, LIVE_SECONDS)
    market._live = LiveFeed(
        wire,
        quotes,
        market._listed,
        backoff=Backoff(lambda: 0.5, first),
        silence=silence,
        starving=starving,
    )
    try:
        yield market
    finally:
        await market.close()


async def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds that no event tells of."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0.01)
