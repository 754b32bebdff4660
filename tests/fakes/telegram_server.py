"""A Bot API server that fails as told, chat by chat: sending and editing over the real wire."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from telegram import Bot
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import HTTPXRequest

from tests.fakes.loopback import Loopback
from tests.sandbox.bots import no_certificates

TOKEN = "123456789:" + "x" * 35
Outcome = Callable[["TelegramServer", web.Request, Mapping[str, str]], Awaitable[web.Response]]


@dataclass
class TelegramServer:
    """What arrived in which chat, and what the next calls for a chat will meet."""

    arrived: list[tuple[int, str]] = field(default_factory=list)
    calls: list[tuple[str, int]] = field(default_factory=list)
    silent: list[bool] = field(default_factory=list)
    waiting: dict[int, deque[Outcome]] = field(default_factory=dict)
    port: int = 0
    most_at_once: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _at_once: int = 0

    def meets(self, chat_id: int, *outcomes: Outcome) -> None:
        """Let the chat's next calls meet these outcomes, one after the other."""
        self.waiting.setdefault(chat_id, deque()).extend(outcomes)

    def texts(self, chat_id: int) -> list[str]:
        return [text for chat, text in self.arrived if chat == chat_id]

    async def until(self, come: Callable[[], object], seconds: float = 10) -> None:
        """Wait until what has arrived fulfils the condition."""
        async with asyncio.timeout(seconds):
            while not come():
                self.news.clear()
                await self.news.wait()

    def take(self, fields: Mapping[str, str]) -> web.Response:
        """Accept a message, as the real thing does."""
        chat_id = int(fields["chat_id"])
        self.news.set()
        self.arrived.append((chat_id, fields.get("text", "")))
        self.silent.append(fields.get("disable_notification") == "true")
        result = {
            "message_id": len(self.arrived),
            "date": 1_767_614_400,
            "chat": {"id": chat_id, "type": "private"},
            "text": fields.get("text", ""),
        }
        return web.json_response({"ok": True, "result": result})

    async def handle(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        chat_id = int(fields.get("chat_id", 0))
        self.calls.append((request.match_info["method"], chat_id))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            # As long as the way there and back: others come in meanwhile.
            await asyncio.sleep(0.001)
            outcomes = self.waiting.get(chat_id)
            if outcomes:
                return await outcomes.popleft()(self, request, fields)
            return self.take(fields)
        finally:
            self._at_once -= 1


def refusal(status: int, description: str = "Refused", **parameters: int) -> Outcome:
    """Answer with an error, in Telegram's words."""

    async def answer(
        server: TelegramServer, request: web.Request, fields: Mapping[str, str]
    ) -> web.Response:
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        return web.json_response(
            body | ({"parameters": parameters} if parameters else {}), status=status
        )

    return answer


def flood(seconds: int) -> Outcome:
    return refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def page(status: int, *, applied: bool = False) -> Outcome:
    """Answer as a proxy before the server does: with HTML; `applied`: after the work was done."""

    async def answer(
        server: TelegramServer, request: web.Request, fields: Mapping[str, str]
    ) -> web.Response:
        if applied:
            server.take(fields)
        html = f"<html><h1>{status}</h1></html>"
        return web.Response(status=status, text=html, content_type="text/html")

    return answer


def cut(*, applied: bool) -> Outcome:
    """Break the connection instead of an answer, before or after the work was done."""

    async def answer(
        server: TelegramServer, request: web.Request, fields: Mapping[str, str]
    ) -> web.Response:
        if applied:
            server.take(fields)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return answer


def held(gate: asyncio.Event) -> Outcome:
    """Take the message and answer when the gate opens."""

    async def answer(
        server: TelegramServer, request: web.Request, fields: Mapping[str, str]
    ) -> web.Response:
        taken = server.take(fields)
        await gate.wait()
        return taken

    return answer


@asynccontextmanager
async def telegram_server() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", server.handle)
    site = Loopback()
    await site.open(app)
    server.port = site.port
    try:
        yield server
    finally:
        await site.close()


@asynccontextmanager
async def bot_at(
    port: int, *, read_timeout: float = 20, limiter: BaseRateLimiter[None] | None = None
) -> AsyncIterator[Bot]:
    """Open a bot as the product builds it, without asking the server who it is."""
    request = HTTPXRequest(
        connection_pool_size=32,
        read_timeout=read_timeout,
        # A busy machine may stop this process for seconds; only a test's own delay may time out.
        write_timeout=20,
        connect_timeout=20,
        pool_timeout=20,
        httpx_kwargs={"verify": no_certificates()},
    )
    bot: Bot = ExtBot(
        TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request, rate_limiter=limiter
    )
    await request.initialize()
    try:
        yield bot
    finally:
        await request.shutdown()
