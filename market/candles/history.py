"""Closed candles of one exchange; a timeframe that it lacks is rolled up from a finer one."""

from __future__ import annotations

import asyncio
from datetime import datetime

from desk.ports import Told
from market.asking.single_flight import SingleFlight
from market.candles.backfill import Backfill
from market.candles.feed import OLDEST, CandleFeed, opened_by
from market.candles.ranges import Span
from market.candles.recent import MOST_ROWS
from market.candles.store import CandleStore
from market.connection.client import ExchangeClient
from trading.candles import Candles, FloatArray, Timeframe, to_ms
from trading.outages import Stock
from trading.rollup import roll_up

MOST_CANDLES = 20_000


class CandleHistory:
    """Whatever an exchange tells of the past, through the store.

    Errors: BadArgument for a timeframe that the exchange neither has nor can be made of what it
    has, MarketUnavailable.
    """

    def __init__(self, client: ExchangeClient, store: CandleStore) -> None:
        self._client = client
        self._feed = CandleFeed(
            store,
            client.source,
            client.page,
            client.candle_rows,
            client.now_ms,
            newest_only=client.newest_candles,
        )
        self._backfill = Backfill(
            self._feed, store, client.page, pause_left=lambda: client.pause_left
        )
        self._flights: SingleFlight[FloatArray] = SingleFlight()

    async def newest(self, symbol: str, timeframe: Timeframe, end: datetime, count: int) -> Candles:
        """Return up to `count` (at most 20,000) newest candles closed at `end` and by now.

        Of rolled-up ones at most as many as 70,000 finer ones make.
        """
        count = max(1, min(count, MOST_CANDLES))
        source = self._client.candles_asked_for(timeframe)
        parts = timeframe.ms // source.ms
        # One coarse candle more: the oldest and the newest may be there only in part.
        wanted = count if parts == 1 else min((count + 2) * parts, MOST_ROWS)
        newest = opened_by(source, min(to_ms(end), self._client.now_ms()))
        table = await self._flights.run(
            (symbol, source, newest, wanted),
            lambda: self._feed.newest(symbol, source, newest, wanted),
        )
        candles = Candles.from_rows(symbol, source, table)
        if parts == 1:
            return candles
        return (await asyncio.to_thread(roll_up, candles, timeframe)).tail(count)

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        """Get every candle from `start` on into the store; see desk.ports.MarketData.backfill."""
        source = self._client.candles_asked_for(timeframe)
        first = -(-max(OLDEST, to_ms(start)) // source.ms) * source.ms
        span = Span(first, opened_by(source, self._client.now_ms()) + 1)
        return await self._backfill.run(self._feed.series(symbol, source), span, told)

    async def close(self) -> None:
        """Stop what is in flight."""
        await self._flights.close()
