"""A web server of feeds on loopback: real RSS and Atom bodies, and all that can be wrong.

    async with NewsServer() as server:
        server.put("/rss", rss([Story("Bitcoin rallies", published=now)]))
        feeds = NewsFeeds([server.address("/rss")], ...)

`faults[path]` takes the place of a feed as long as it is there; `asked` logs every request.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from tests.fakes.loopback import Loopback

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Story:
    """One entry; `published` None: without a date. Title and link are escaped as XML asks for."""

    title: str
    link: str = ""
    published: datetime | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]


def rss(stories: Sequence[Story], title: str = "A feed") -> bytes:
    """Write an RSS 2.0 body."""
    items = []
    for story in stories:
        date = format_datetime(story.published) if story.published else ""
        items.append(
            f"<item><title>{escape(story.title)}</title>"
            + (f"<link>{escape(story.link)}</link>" if story.link else "")
            + (f"<pubDate>{date}</pubDate>" if date else "")
            + "".join(f"<category>{escape(tag)}</category>" for tag in story.tags)
            + "</item>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title>{''.join(items)}</channel></rss>"
    ).encode()


def atom(stories: Sequence[Story], title: str = "A feed") -> bytes:
    """Write an Atom 1.0 body."""
    entries = []
    for story in stories:
        date = story.published.isoformat() if story.published else ""
        entries.append(
            f"<entry><title>{escape(story.title)}</title><id>{escape(story.title)}</id>"
            + (f"<link href={quoteattr(story.link)}/>" if story.link else "")
            + (f"<published>{date}</published><updated>{date}</updated>" if date else "")
            + "".join(f"<category term={quoteattr(tag)}/>" for tag in story.tags)
            + "</entry>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(title)}</title>{''.join(entries)}</feed>"
    ).encode()


def status(code: int, **headers: str) -> Fault:
    """Answer with a status; header names take `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers=named, text="no feed here")

    return answer


def page(text: str = "<html><body>Please subscribe</body></html>") -> Fault:
    """Answer with a web page."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type="text/html")

    return answer


def packed(body: bytes) -> Fault:
    """Answer with a gzip body, whatever is in it."""

    async def answer(_: web.Request) -> web.StreamResponse:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
        return web.Response(body=gzip.compress(body), headers=headers)

    return answer


def drop() -> Fault:
    """Close the connection without an answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.close()
        return web.Response()

    return answer


@dataclass
class NewsServer:
    """Feeds by path; honours If-None-Match as real servers do."""

    feeds: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    _site: Loopback = field(default_factory=Loopback)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return self._site.port

    def put(self, path: str, body: bytes, content_type: str = "application/rss+xml") -> None:
        self.feeds[path] = (body, content_type)

    def address(self, path: str) -> str:
        return f"{self._site.address}{path}"

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def hang(self) -> Fault:
        """Take the request and say nothing until the server stops."""

        async def answer(_: web.Request) -> web.StreamResponse:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 60)
            return web.Response()

        return answer

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        await self._site.open(app)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        await self._site.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(Asked(request.path, dict(request.headers)))
        if request.path in self.faults:
            return await self.faults[request.path](request)
        if request.path not in self.feeds:
            return web.Response(status=404)
        body, content_type = self.feeds[request.path]
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": content_type})
