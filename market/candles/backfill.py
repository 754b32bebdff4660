"""Get a long history into the store: page by page, telling how far it is, picked up where it was.

Only what the store lacks is asked for, so a run that was stopped or killed loses a few pages at
most. Between the parts others get their turn, and nothing but a few pages is held in memory.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

from desk.errors import MarketUnavailable
from desk.ports import Told
from market.candles.feed import AT_ONCE, CandleFeed
from market.candles.ranges import Span
from market.candles.store import CandleStore, Series
from trading.candles import from_ms
from trading.outages import Stock

# Seconds before another try, after a failure in the middle.
WAITS = (5.0, 20.0, 60.0)
# A pause that the exchange asks for is waited for when it is no longer than this, seconds.
LONGEST_PAUSE = 900.0


class Backfill:
    """Fills spans of a store through its feed; `page` candles come in one request.

    `pause_left` tells for how many seconds the exchange wants no requests.
    """

    def __init__(
        self,
        feed: CandleFeed,
        store: CandleStore,
        page: int,
        waits: Sequence[float] = WAITS,
        *,
        pause_left: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._feed = feed
        self._store = store
        self._page = page
        self._waits = waits
        self._pause_left = pause_left

    async def run(self, series: Series, span: Span, told: Told) -> Stock:
        """Fill the span, all of whose candles are closed by now; return what is held of it.

        Errors: MarketUnavailable, when the first request fails, one fails four times in a
        row, or the exchange asks for a pause of more than 15 minutes.
        """
        page = self._page * series.timeframe.ms
        at = span.start
        while holes := await self._feed.unknown(series, Span(at, span.stop)):
            start, stop = holes[0]
            begun = at > span.start
            # Where nothing is known before, the first page tells when the market opened.
            at_once = begun or start > span.start
            part = Span(start, min(start + (AT_ONCE if at_once else 1) * page, stop))
            at = await self._filled(series, part, told, at_once=at_once, patient=begun)
            told(await self._progress(series, span, at))
        return await self._store.stock(series, span)

    async def _filled(
        self, series: Series, part: Span, told: Told, *, at_once: bool, patient: bool
    ) -> int:
        waits = iter(self._waits if patient else ())
        while True:
            try:
                return await self._feed.fill(series, part, at_once=at_once)
            except MarketUnavailable as error:
                wait, pause = next(waits, None), self._pause_left()
                if wait is None or pause > LONGEST_PAUSE:
                    raise
                if pause:
                    wait = max(wait, math.ceil(pause) + 1.0)
                told(f"{error} Next try in {wait:g} s.")
                await asyncio.sleep(wait)

    async def _progress(self, series: Series, span: Span, at: int) -> str:
        step = series.timeframe.ms
        first = await self._store.first_time(series, span)
        opened = at if first is None else min(first, at)
        left = sum(stop - start for start, stop in await self._feed.unknown(series, span))
        total = max(0, -(-(span.stop - opened) // step))
        done = max(0, total - -(-left // step))
        return (
            f"{series.symbol} {series.timeframe}: {done:,} of {total:,} candles,"
            f" from {from_ms(opened):%Y-%m-%d}"
        )
