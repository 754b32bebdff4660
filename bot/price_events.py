"""What the market does, looked at as it happens: price events, closed candles, new symbols."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from bot.services import Services
from desk.ports import MarketData, Series

log = logging.getLogger(__name__)
# Prices that move within so many seconds are looked at together.
BETWEEN_LOOKS = 0.2
# A closed candle that is not published yet is looked for again after so many seconds each.
AGAIN = (1.0, 2.0)
PAUSE = 1.0  # after a look that failed
# What is waited for may change meanwhile.
RENEW_SECONDS = 5.0


class PriceEvents:
    """Looks at the book when something moved, beside the scheduler's regular look.

    A price that moves is looked at within a fifth of a second, and what a look caused is handed
    to the chat at once. Symbols whose prices don't come by themselves are left to the regular
    look, so asking for them holds up nothing here.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._alarmed = _Closes(services)
        self._armed = _Closes(services)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; returns at once."""
        rounds = {
            "prices": self._prices,
            "candles": self._candles,
            "armed strategies": self._strategies,
            "new symbols": self._newcomers,
        }
        self._tasks = [
            asyncio.create_task(self._for_ever(name, one), name=name)
            for name, one in rounds.items()
        ]

    async def stop(self) -> None:
        """End; what a look was writing is written whole or not at all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _for_ever(self, name: str, once: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await once()
            except Exception:
                # One bad round must not end the others.
                log.exception("looking at %s failed", name)
                await asyncio.sleep(PAUSE)

    async def _prices(self) -> None:
        moved = await self._services.market.moved()
        if await self._services.watch.look(moved):
            self._services.outbox.wake()
        await asyncio.sleep(BETWEEN_LOOKS)

    async def _candles(self) -> None:
        watch = self._services.watch
        if closed := await self._alarmed.next(watch.series):
            await self._until(lambda: watch.look_at_candles(closed))

    async def _strategies(self) -> None:
        armed = self._services.armed
        if await self._armed.next(armed.series):
            await self._until(armed.look)

    async def _until(self, looked: Callable[[], Awaitable[bool]]) -> None:
        """Look, a few times while a candle is not published yet; tell what each look caused."""
        for pause in (*AGAIN, None):
            there = await looked()
            self._services.outbox.wake()
            if there or pause is None:
                return
            await asyncio.sleep(pause)

    async def _newcomers(self) -> None:
        watch = self._services.watch
        await watch.newcomer.wait()
        watch.newcomer.clear()
        while not await watch.tick():  # noqa: ASYNC110  a tick that runs says nothing at its end
            await asyncio.sleep(BETWEEN_LOOKS)
        self._services.outbox.wake()


class _Closes:
    """Waits for the closes of candles, each told once."""

    def __init__(self, services: Services) -> None:
        self._market: MarketData = services.market
        self._clock = services.clock
        self._began = services.clock()
        # Each series has its own: exchanges' clocks differ, so do the moments of one close.
        self._since: dict[Series, datetime] = {}

    async def next(self, series: Collection[Series]) -> Collection[Series]:
        """Return what closed; nothing when for a while nothing did."""
        # What was not there in the last round is waited for from that round's beginning on.
        self._since = {one: self._since.get(one, self._began) for one in series}
        self._began = self._clock()
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                closed = await self._market.closed(self._since)
        except TimeoutError:
            return ()
        self._since.update(closed)
        return closed.keys()
