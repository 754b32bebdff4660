"""The websocket side of the exchange that tests talk to: Binance's streams, and their faults."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import WSMsgType, web

# Binance ends a connection that sends more messages in a second.
MOST_A_SECOND = 5
Handshake = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


class Shown(Protocol):
    """A price as the exchange shows it; `at` in ms."""

    @property
    def bid(self) -> float: ...
    @property
    def ask(self) -> float: ...
    @property
    def last(self) -> float: ...
    @property
    def at(self) -> int: ...


class _Connection:
    """One client: what it subscribed to, and what is to be sent to it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.streams: set[str] = set()
        self.outgoing: asyncio.Queue[str] = asyncio.Queue()
        self.times: deque[float] = deque(maxlen=MOST_A_SECOND + 1)

    def too_fast(self) -> bool:
        now = asyncio.get_running_loop().time()
        self.times.append(now)
        return len(self.times) > MOST_A_SECOND and now - self.times[0] < 1


class BinanceStreams:
    """Serves `<symbol>@bookTicker` and `<symbol>@ticker` at /ws/<number>.

    `price` gives what a symbol (an id such as "BTCUSDT") shows now; `now` is the time in ms.
    A ticker is sent at each subscription and with each `push`, a best bid and ask with each
    `push`. `attempts` are the loop's times of all handshakes, refused ones too.
    """

    def __init__(self, price: Callable[[str], Shown | None], now: Callable[[], int]) -> None:
        self._price = price
        self._now = now
        self._connections: set[_Connection] = set()
        self._handshakes: deque[Handshake] = deque()
        self._updates = 0
        self.attempts: list[float] = []
        self.ended_for_speed = 0
        self.pings = 0
        self.quiet = False
        self.deaf = False
        self.news = asyncio.Event()

    @property
    def subscribed(self) -> set[str]:
        """The streams that somebody is subscribed to now."""
        return {stream for one in self._connections for stream in one.streams}

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def meets(self, *handshakes: Handshake) -> None:
        """Let the next connections meet these, one after the other."""
        self._handshakes.extend(handshakes)

    def push(self, symbol_id: str) -> None:
        """Send what the symbol shows now to all who subscribed to it."""
        shown = self._price(symbol_id)
        if shown is None or self.quiet:
            return
        self._updates += 1
        book, ticker = self._book(symbol_id, shown), self._ticker(symbol_id, shown)
        for one in self._connections:
            for stream, event in (("bookTicker", book), ("ticker", ticker)):
                if f"{symbol_id.lower()}@{stream}" in one.streams:
                    one.outgoing.put_nowait(json.dumps(event))

    def say(self, text: str) -> None:
        """Send any text to everybody."""
        for one in self._connections:
            one.outgoing.put_nowait(text)

    def book(self, symbol_id: str, **changed: object) -> None:
        """Send a best bid and ask with some of its fields changed, to everybody."""
        shown = self._price(symbol_id)
        assert shown is not None
        self.say(json.dumps({**self._book(symbol_id, shown), **changed}))

    def ticker(self, symbol_id: str, **changed: object) -> None:
        """Send a ticker with some of its fields changed, to everybody."""
        shown = self._price(symbol_id)
        assert shown is not None
        self.say(json.dumps({**self._ticker(symbol_id, shown), **changed}))

    def drop(self) -> None:
        """Cut all connections without a word."""
        for one in list(self._connections):
            if one.request.transport is not None:
                one.request.transport.abort()

    async def close(self, code: int) -> None:
        """Close all connections in good order."""
        for one in list(self._connections):
            await one.socket.close(code=code)

    async def until(self, come: Callable[[], object], seconds: float = 10) -> None:
        """Wait until what clients did fulfils the condition."""
        async with asyncio.timeout(seconds):
            while not come():
                self.news.clear()
                await self.news.wait()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.attempts.append(asyncio.get_running_loop().time())
        self.news.set()
        if self._handshakes:
            refused = await self._handshakes.popleft()(request)
            if refused is not None:
                return refused
        socket = web.WebSocketResponse(autoping=False)
        try:
            await socket.prepare(request)
        except ConnectionError:
            return socket  # gone meanwhile
        one = _Connection(socket, request)
        self._connections.add(one)
        sending = asyncio.ensure_future(self._send(one))
        self.news.set()
        try:
            await self._listen(one)
        finally:
            self._connections.discard(one)
            self.news.set()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def _listen(self, one: _Connection) -> None:
        async for message in one.socket:
            if message.type is WSMsgType.PING:
                self.pings += 1
                if not self.deaf:
                    await one.socket.pong(message.data)
                self.news.set()
            elif message.type is WSMsgType.TEXT:
                if one.too_fast():
                    self.ended_for_speed += 1
                    await one.socket.close(code=1008, message=b"Too many requests")
                    return
                one.outgoing.put_nowait(json.dumps(self._answer(one, message.data)))
                self.news.set()

    async def _send(self, one: _Connection) -> None:
        while True:
            text = await one.outgoing.get()
            try:
                await one.socket.send_str(text)
            except ConnectionError:
                return

    def _answer(self, one: _Connection, text: str) -> dict[str, Any]:
        asked = json.loads(text)
        streams = {str(stream) for stream in asked.get("params", [])}
        method = asked.get("method")
        if method == "SUBSCRIBE":
            one.streams |= streams
            for stream in sorted(streams):
                name, _, kind = stream.partition("@")
                shown = self._price(name.upper())
                if kind == "ticker" and shown is not None and not self.quiet:
                    event = self._ticker(name.upper(), shown)
                    asyncio.get_running_loop().call_soon(one.outgoing.put_nowait, json.dumps(event))
        elif method == "UNSUBSCRIBE":
            one.streams -= streams
        else:
            return {"error": {"code": 2, "msg": f"Invalid request: {method}"}, "id": asked["id"]}
        return {"result": None, "id": asked["id"]}

    def _book(self, symbol_id: str, shown: Shown) -> dict[str, Any]:
        return {
            "u": 400_900_217 + self._updates,
            "s": symbol_id,
            "b": f"{shown.bid:.8f}",
            "B": "31.21000000",
            "a": f"{shown.ask:.8f}",
            "A": "40.66000000",
        }

    def _ticker(self, symbol_id: str, shown: Shown) -> dict[str, Any]:
        same = dict.fromkeys(("w", "x", "c", "o", "h", "l"), f"{shown.last:.8f}")
        return {
            "e": "24hrTicker",
            "E": shown.at,
            "s": symbol_id,
            "p": "0.00000000",
            "P": "0.000",
            **same,
            "Q": "1.00000000",
            "b": f"{shown.bid:.8f}",
            "B": "10.00000000",
            "a": f"{shown.ask:.8f}",
            "A": "100.00000000",
            "v": "10000.00000000",
            "q": "18.00000000",
            "O": shown.at - 86_400_000,
            "C": shown.at,
            "F": 0,
            "L": 18150,
            "n": 18151,
        }


def refused(status: int = 503, retry_after: int | None = None) -> Handshake:
    """Refuse the connection."""

    async def handshake(request: web.Request) -> web.StreamResponse | None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return web.Response(status=status, headers=headers)

    return handshake


def held_until(event: asyncio.Event) -> Handshake:
    """Accept, once the event is set."""

    async def handshake(request: web.Request) -> web.StreamResponse | None:
        await event.wait()
        return None

    return handshake


def dropped_at_once() -> Handshake:
    """Accept, and hang up at once."""

    async def handshake(request: web.Request) -> web.StreamResponse | None:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if request.transport is not None:
            request.transport.abort()
        return socket

    return handshake
