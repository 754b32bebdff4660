"""ccxt.pro's side of the live feed: which websocket is opened, and where."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

from desk.errors import MarketUnavailable
from market.connection.quirks import quirks_of

PING_MS = 4_000


class NoFeed(Exception):
    """This exchange's prices can't come over a websocket; the message says why."""


class LiveWire:
    """Makes ccxt.pro's object of an exchange, one for each connection.

    `ws_base` replaces scheme, host and port of each websocket address, the path stays; `moved`:
    the REST addresses were replaced (EXCHANGE_API_BASE). Then the exchange's own websocket is not
    opened without a `ws_base`: prices of a mirror or a test server must not be mixed with its.
    `lend` gives the new object the list of markets that the REST side has loaded.
    """

    def __init__(
        self,
        exchange_id: str,
        lend: Callable[[Any], None],
        *,
        ws_base: str | None = None,
        moved: bool = False,
        timeout: float = 10,
    ) -> None:
        self.name = exchange_id
        self._lend = lend
        self._ws_base = ws_base
        self._moved = moved
        self._timeout = timeout

    def refuse(self) -> None:
        """Raise NoFeed where the settings leave no websocket to open."""
        if self._moved and self._ws_base is None:
            raise NoFeed("EXCHANGE_API_BASE is set and EXCHANGE_WS_BASE is not")

    async def make(self) -> Any:
        """Return a ccxt.pro object that is not connected yet.

        Raises NoFeed, and MarketUnavailable while the list of markets is not loaded.
        """
        self.refuse()
        # The library is heavy, and its objects take a while: never in the event loop.
        exchange = await asyncio.to_thread(self._build)
        try:
            self._lend(exchange)
        except Exception as error:
            raise MarketUnavailable(f"{self.name}: the list of markets is not there.") from error
        return exchange

    def _build(self) -> Any:
        pro = importlib.import_module("ccxt.pro")
        kind = getattr(pro, self.name, None)
        if kind is None:
            raise NoFeed("ccxt has no websocket of this exchange")
        quirks = quirks_of(self.name)
        exchange = kind({"enableRateLimit": True, "options": dict(quirks.options)})
        if not any(exchange.has.get(way) is True for way in WAYS):
            raise NoFeed("this exchange offers no live prices")
        if self._ws_base is not None:
            exchange.urls = moved_sockets(exchange.urls, self._ws_base)
            if self._ws_base.startswith("ws://"):
                exchange.timeout_on_exit = 0  # ccxt waits there for TLS to say goodbye
        exchange.streaming = {
            **exchange.streaming,
            "keepAlive": min(PING_MS, exchange.streaming.get("keepAlive") or PING_MS),
            "connectionTimeout": self._timeout * 1000,
        }
        quirks.live(exchange)
        return exchange


WAYS = ("watchBidsAsks", "watchTickers", "watchTicker")


def moved_sockets(urls: Any, base: str) -> Any:
    """Put `base` in place of scheme, host and port of every websocket address; the path stays."""
    if isinstance(urls, dict):
        return {name: moved_sockets(part, base) for name, part in urls.items()}
    if isinstance(urls, list):
        return [moved_sockets(part, base) for part in urls]
    if not isinstance(urls, str) or not urls.startswith(("ws://", "wss://")):
        return urls
    rest = urls.split("://", 1)[1]
    slash = rest.find("/")
    return base.rstrip("/") + (rest[slash:] if slash >= 0 else "")
