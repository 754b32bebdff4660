"""Live prices of the symbols in use: over a websocket while there is one, else by requests."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Collection

from desk.errors import MarketError, MarketUnavailable
from market.live.backoff import Backoff
from market.live.line import LiveLine
from market.live.quotes import LiveQuotes
from market.live.wire import LiveWire, NoFeed
from trading.instrument import Quote

logger = logging.getLogger(__name__)
# An exchange allows so many subscriptions a connection, or more; other symbols are asked for.
MOST_SYMBOLS = 200
# Messages that come within so many seconds are looked at together.
TOGETHER = 0.1
CHECK_SECONDS = 0.5
SILENCE = 10.0
STARVING = 120.0


class LiveFeed:
    """Keeps one websocket connection alive while symbols are followed.

    It never asks the exchange for a price: whoever finds no live quote here does that. So polling
    takes over the moment a connection is lost, and ends when prices come again. Connections follow
    each other with the pauses of `backoff`. `ready` loads what a connection needs (the list of
    markets); it may raise MarketError. Nothing runs before the first symbol is followed.
    """

    def __init__(
        self,
        wire: LiveWire,
        quotes: LiveQuotes,
        ready: Callable[[], Awaitable[object]],
        *,
        backoff: Backoff | None = None,
        silence: float = SILENCE,
        starving: float = STARVING,
    ) -> None:
        self._wire = wire
        self._quotes = quotes
        self._ready = ready
        # Not for secrets: it only spreads the moments at which many clients come back.
        self._backoff = backoff or Backoff(random.random)
        self._silence = silence
        self._starving = starving
        self._symbols: tuple[str, ...] = ()
        self._line: LiveLine | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._moved: set[str] = set()
        self._news = asyncio.Event()
        self._why_not = "no symbol is followed yet"
        self._over = False
        self.connections = 0

    def follow(self, symbols: Collection[str]) -> None:
        """Name the symbols whose prices are wanted; the first 200 of them by name are."""
        wanted = tuple(sorted(symbols)[:MOST_SYMBOLS])
        if wanted == self._symbols or self._over:
            return
        self._symbols = wanted
        self._changed.set()
        if wanted and self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def moved(self) -> frozenset[str]:
        """Wait until prices of followed symbols changed; return which. For one caller."""
        while not self._moved:
            self._news.clear()
            await self._news.wait()
        moved, self._moved = frozenset(self._moved), set()
        return moved

    def quote(self, symbol: str) -> Quote | None:
        """Return a live quote of the symbol that is young enough to be used."""
        return self._quotes.get(symbol, _seconds())

    @property
    def words(self) -> str:
        """Say in a few words how prices come in."""
        line = self._line
        if line is None or line.took is None:
            return f"polled ({self._why_not})"
        live = sum(self.quote(symbol) is not None for symbol in self._symbols)
        return f"live, {live} of {len(self._symbols)} just now"

    async def probe(self, symbol: str, seconds: float) -> float:
        """Connect and return the seconds until the first price came.

        Raises NoFeed when there can be none, MarketUnavailable when none came in time.
        """
        self._wire.refuse()
        started = _seconds()
        self.follow([symbol])
        try:
            async with asyncio.timeout(seconds):
                while self._line is None or self._line.took is None:
                    if self._task is not None and self._task.done():
                        raise NoFeed(self._why_not)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise MarketUnavailable(f"no price within {seconds:g} s; {self._why_not}") from None
        return self._line.took if self._line.took is not None else _seconds() - started

    async def close(self) -> None:
        """End the connection and everything that belongs to it."""
        self._over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while True:
                await self._wanted()
                await asyncio.sleep(await self._once_or_fault())
        except NoFeed as error:
            self._why_not = str(error)
            logger.info("prices of %s are polled: %s", self._wire.name, error)

    async def _once_or_fault(self) -> float:
        try:
            return await self._once()
        except NoFeed:
            raise
        except Exception:
            # Prices are polled meanwhile: worse, but not wrong.
            self._why_not = "a fault of the live feed"
            logger.exception("a live connection to %s failed", self._wire.name)
            return self._backoff.after(0.0)

    async def _wanted(self) -> None:
        while not self._symbols:
            self._why_not = "no symbol is followed"
            self._changed.clear()
            await self._changed.wait()

    async def _once(self) -> float:
        """Live through one connection; return the seconds to wait until the next."""
        self._why_not = "connecting"
        try:
            self._wire.refuse()
            await self._ready()
            exchange = await self._wire.make()
        except MarketError as error:
            self._why_not = str(error)
            return self._backoff.after(0.0)
        line = LiveLine(exchange, self._silence, self._starving)
        self.connections += 1
        try:
            await self._through(line)
        finally:
            self._line = None
            self._quotes.clear()
            # A server that says no goodbye must not hold up the next connection.
            closing = asyncio.ensure_future(line.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._why_not = line.ended or "the connection ended"
        pause = self._backoff.after(line.good_for, line.retry_after)
        if self._symbols:
            logger.info(
                "live prices of %s: %s; again in %.1f s", self._wire.name, line.ended, pause
            )
        return pause

    async def _through(self, line: LiveLine) -> None:
        """Take in what comes until the line ends, or nothing is followed any more."""
        while line.ended is None and self._symbols:
            line.watch(self._symbols)
            line.check()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await line.news.wait()
            line.news.clear()
            self._take(line)
            await asyncio.sleep(TOGETHER)

    def _take(self, line: LiveLine) -> None:
        if line.ended is not None:
            return
        now = _seconds()
        for part, symbol, ticker in line.changes():
            quote = self._quotes.take(part, symbol, ticker, now)
            if self._quotes.get(symbol, now) is None:
                continue
            first = line.took is None
            line.priced()
            if first and line.took is not None:
                self._line = line
                logger.info("live prices of %s after %.0f ms", self._wire.name, line.took * 1000)
            if quote is not None:
                self._moved.add(symbol)
        if self._moved:
            self._news.set()


def _seconds() -> float:
    return asyncio.get_running_loop().time()
