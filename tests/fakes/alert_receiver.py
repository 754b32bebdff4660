"""A receiver of alerts over HTTP, as apprise's `json://` speaks to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

from tests.fakes.loopback import Loopback


class Received(BaseModel):
    """What apprise sent."""

    title: str
    message: str
    type: str


@dataclass
class AlertReceiver:
    """Keeps what it took. The next requests meet `ahead`: a status, or None for no answer."""

    port: int = 0
    taken: list[Received] = field(default_factory=list)
    asked: int = 0
    ahead: deque[int | None] = field(default_factory=deque)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"json://me:hunter22@127.0.0.1:{self.port}/alerts"

    async def handle(self, request: web.Request) -> web.Response:
        self.asked += 1
        outcome = self.ahead.popleft() if self.ahead else 200
        body = Received.model_validate_json(await request.read())
        if outcome is None:
            # It was taken, but who sent it never hears of that.
            self.taken.append(body)
            await self.over.wait()
        elif outcome == 200:
            self.taken.append(body)
        return web.Response(status=outcome or 200)


@asynccontextmanager
async def alert_receiver() -> AsyncIterator[AlertReceiver]:
    receiver = AlertReceiver()
    app = web.Application()
    app.router.add_post("/alerts", receiver.handle)
    site = Loopback()
    await site.open(app)
    receiver.port = site.port
    try:
        yield receiver
    finally:
        receiver.over.set()
        await site.close()
