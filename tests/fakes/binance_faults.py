"""Ways in which BinanceServer may fail, as the real one and the network before it do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Answer], Awaitable[web.StreamResponse]]


def refusal(code: int, message: str, status: int = 400) -> web.Response:
    """Return an error in Binance's own form."""
    return web.json_response({"code": code, "msg": message}, status=status)


def too_many_requests(retry_after: int | str | None) -> Fault:
    """HTTP 429, with or without the seconds to wait, or the date until which."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        response = refusal(-1003, "Too much request weight used.", 429)
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    return fault


def banned(until_ms: int) -> Fault:
    """HTTP 418: the address is banned until then (body as in a public thread of 2022)."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        message = (
            f"Way too much request weight used; IP banned until {until_ms}. "
            "Please use the websocket for live updates to avoid bans."
        )
        return refusal(-1003, message, 418)

    return fault


def refused(code: int, message: str, status: int = 400) -> Fault:
    """Return an error body of Binance's, under any status (200 too)."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        return refusal(code, message, status)

    return fault


def said(body: str, status: int = 200, content_type: str = "application/json") -> Fault:
    """Return any body: null, HTML, garbage."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        return web.Response(text=body, status=status, content_type=content_type)

    return fault


def bad_gateway() -> Fault:
    return said("<html><h1>502 Bad Gateway</h1></html>", 502, "text/html")


def internal_error() -> Fault:
    return refused(-1000, "An unknown error occurred while processing the request.", 500)


def slow(seconds: float) -> Fault:
    """Answer rightly, but late."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await answer(request)

    return fault


def dropped() -> Fault:
    """Hang up without a word."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    return fault


def held_until(event: asyncio.Event) -> Fault:
    """Answer rightly, once the event is set."""

    async def fault(request: web.Request, answer: Answer) -> web.StreamResponse:
        await event.wait()
        return await answer(request)

    return fault
