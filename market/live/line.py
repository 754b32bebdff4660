"""One websocket connection of ccxt.pro, from its first subscription to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Coroutine, Iterator, Mapping
from typing import Any, Literal

from aiohttp import WSMsgType

logger = logging.getLogger(__name__)
Part = Literal["book", "ticker"]
CLOSE_SECONDS = 2.0
RECONCILE_SECONDS = 0.5
# Subscriptions that an exchange can't end are kept until there are so many of them.
MOST_UNWANTED = 50


class LiveLine:
    """Subscribes to quotes of symbols and notices when the connection is dead.

    ccxt is asked once for each symbol, not once for each update: it keeps the newest of each in
    `bidsasks` and `tickers`, and those are looked through (`changes`) as often as one likes. That
    loses nothing but prices which were replaced at once, and costs a tenth.

    `silence` (seconds): without a message or pong for so long the line is dead; after half of that
    it is pinged, because a quiet market sends nothing by itself. `starving`: without a price for so
    long it is dead, whatever else comes. A line is used once and then closed.
    """

    def __init__(self, exchange: Any, silence: float, starving: float) -> None:
        self._exchange = exchange
        self._silence = silence
        self._starving = starving
        self._tasks: set[asyncio.Task[Any]] = set()
        self._wanted: frozenset[str] = frozenset()
        self._subscribed: set[str] = set()
        self._leaving: set[str] = set()
        self._seen: dict[tuple[Part, str], object] = {}
        self._clients: list[Any] = []
        self._reconciled_at = float("-inf")
        self._heard_at = self._priced_at = self._opened_at = self._pinged_at = _seconds()
        self.news = asyncio.Event()
        self.ended: str | None = None
        self.retry_after = 0.0
        self.first_price_at: float | None = None
        self.garbage = 0
        self._hook()

    @property
    def good_for(self) -> float:
        """The seconds since the first price came; 0 when none has."""
        return 0.0 if self.first_price_at is None else _seconds() - self.first_price_at

    @property
    def took(self) -> float | None:
        """The seconds until the first price came; None: none has."""
        return None if self.first_price_at is None else self.first_price_at - self._opened_at

    def watch(self, symbols: Collection[str]) -> None:
        """Subscribe to what is new among these, and end what is not wanted any more."""
        listed = frozenset(name for name in symbols if name in self._exchange.markets)
        if self.ended or (listed == self._wanted and listed <= self._subscribed):
            return
        now = _seconds()
        if now - self._reconciled_at < RECONCILE_SECONDS:
            return
        for part, table in self._tables():
            # What came before a symbol was asked for is of any age.
            for symbol in listed - self._wanted:
                self._seen[part, symbol] = table.get(symbol)
        self._reconciled_at, self._wanted = now, listed
        self._leave(self._subscribed - listed - self._leaving)
        fresh = sorted(listed - self._subscribed)
        self._subscribed |= listed
        if fresh:
            for way in ("watchBidsAsks", "watchTickers", "watchTicker"):
                if way == "watchTicker" and self._has("watchTickers"):
                    continue
                self._ask(way, fresh)

    def changes(self) -> Iterator[tuple[Part, str, Mapping[str, Any]]]:
        """Return what has come since the last call: tickers, then bids and asks, by symbol.

        Bids and asks alone count only where there are no tickers: those tell the last trade, and
        whether the connection is late.
        """
        ticks = self._has("watchTickers") or self._has("watchTicker")
        for part, table in self._tables():
            for symbol in self._wanted:
                ticker = table.get(symbol)
                if part == "book" and ticks and self._seen.get(("ticker", symbol)) is None:
                    continue
                if isinstance(ticker, dict) and self._seen.get((part, symbol)) is not ticker:
                    self._seen[part, symbol] = ticker
                    yield part, symbol, ticker

    def priced(self) -> None:
        """Note that a price came which can be believed."""
        self._priced_at = _seconds()
        if self.first_price_at is None:
            self.first_price_at = self._priced_at

    def check(self) -> None:
        """End the line when it has been silent for too long; ping it when it is silent."""
        now = _seconds()
        quiet_since = max(self._heard_at, self._pinged_at)
        if now - quiet_since > self._silence / 2:
            self._pinged_at = now
            self._start(self._ping())
        if now - self._heard_at > self._silence:
            self.end(f"nothing was heard for {self._silence:g} s")
        elif now - self._priced_at > self._starving:
            self.end(f"no price came for {self._starving:g} s")

    def end(self, reason: str) -> None:
        """Note why the line is over; the first reason counts."""
        if self.ended is None:
            self.ended = reason
        self.news.set()

    async def close(self) -> None:
        """Give the connection back, however it stands: connecting, open, or dead."""
        self.end("closed")
        exchange = self._exchange
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await exchange.close()
        except Exception as error:
            # A server that says no goodbye, or a connection that broke meanwhile.
            logger.debug("closing the live feed: %s", error)
        if exchange.session is not None:
            await exchange.session.close()
            exchange.session = None
        await exchange.close_connector()

    def _has(self, way: str) -> bool:
        return self._exchange.has.get(way) is True

    def _ask(self, way: str, symbols: list[str]) -> None:
        if not self._has(way):
            return
        if way.endswith("Ticker"):
            for symbol in symbols:
                self._start(self._watched(way, symbol))
        else:
            self._start(self._watched(way, symbols))

    def _tables(self) -> tuple[tuple[Part, Mapping[str, object]], ...]:
        return ("ticker", self._exchange.tickers or {}), ("book", self._exchange.bidsasks or {})

    def _leave(self, symbols: Collection[str]) -> None:
        if not symbols:
            return
        ends = [way for way in _ENDS if self._has(way) and self._has(_ENDS[way])]
        if "unWatchTickers" in ends and "unWatchTicker" in ends:
            ends.remove("unWatchTicker")
        if ends:
            self._leaving |= set(symbols)
            self._start(self._left(ends, sorted(symbols)))
        elif len(self._subscribed - self._wanted) > MOST_UNWANTED:
            self.end("it has too many symbols that nobody needs")

    async def _left(self, ends: list[str], symbols: list[str]) -> None:
        """End subscriptions; only after the server's answer may they begin anew."""
        for way in ends:
            for part in symbols if way.endswith("Ticker") else [symbols]:
                await self._watched(way, part)
        self._leaving -= set(symbols)
        self._subscribed -= set(symbols)
        self.news.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._keep(asyncio.ensure_future(work))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ping(self) -> None:
        for client in tuple(self._clients):
            connection = client.connection
            if connection is not None and not connection.closed:
                with contextlib.suppress(ConnectionError):
                    await connection.ping()

    async def _watched(self, way: str, symbols: list[str] | str) -> None:
        """Wait for the first answer: it proves nothing, but a refusal ends the wait."""
        try:
            await getattr(self._exchange, _METHODS[way])(symbols)
        except Exception as error:
            # What ends the connection is noticed by the hooks; a refused symbol is polled.
            logger.info("%s of %s: %s", way, symbols, error)

    def _hook(self) -> None:
        """Notice what happens to ccxt's connections, and keep one bad message from ending them."""
        exchange = self._exchange
        make, on_error, on_close = exchange.client, exchange.on_error, exchange.on_close

        def client(url: str) -> Any:
            made = make(url)
            if not any(known is made for known in self._clients):
                self._clients.append(made)
                self._guard(made)
            return made

        def failed(client: Any, error: object) -> None:
            on_error(client, error)
            self.retry_after = getattr(client, "last_retry_after", None) or 0.0
            # The words may be the exchange's own, and the reason is shown to people.
            logger.info("a live connection failed: %s", error)
            self.end(f"the connection failed ({type(error).__name__})")

        def closed(client: Any, code: object) -> None:
            on_close(client, code)
            self.end(f"the server closed the connection ({code})")

        exchange.client, exchange.on_error, exchange.on_close = client, failed, closed

    def _guard(self, client: Any) -> None:
        handle, connect = client.handle_message, client.open

        def handled(message: Any) -> None:
            now = _seconds()
            if now - self._heard_at > self._silence:
                # What comes after a long silence waited somewhere: nobody knows how old it is.
                self.end(f"nothing was heard for {self._silence:g} s")
                return
            self._heard_at = now
            # Who sends prices is alive, whether it answers pings or not.
            client.lastPong = self._exchange.milliseconds()
            try:
                handle(message)
            except Exception as error:
                # Not JSON, or another shape: ccxt would stop to listen.
                self.garbage += 1
                level = logging.INFO if self.garbage == 1 else logging.DEBUG
                logger.log(level, "a message of the live feed can't be read: %r", error)
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                self.news.set()

        async def opened(*args: Any) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._keep(task)
            await connect(*args)
            self._heard_at = self._priced_at = _seconds()

        client.handle_message, client.open = handled, opened


_METHODS = {
    "watchBidsAsks": "watch_bids_asks",
    "watchTickers": "watch_tickers",
    "watchTicker": "watch_ticker",
    "unWatchBidsAsks": "un_watch_bids_asks",
    "unWatchTickers": "un_watch_tickers",
    "unWatchTicker": "un_watch_ticker",
}
_ENDS = {
    "unWatchBidsAsks": "watchBidsAsks",
    "unWatchTickers": "watchTickers",
    "unWatchTicker": "watchTicker",
}


def _seconds() -> float:
    return asyncio.get_running_loop().time()
