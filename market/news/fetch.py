"""Fetch a feed over HTTP as a good guest: conditional, small, in time."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from datetime import datetime

import httpx

from market.asking.retry_after import asked_wait
from market.news.redirects import BadRedirect, Step, step_to

SECONDS = 8.0
MOST_BYTES = 2_000_000
MOST_REDIRECTS = 4
# A server may ask for patience, but not for ever.
LONGEST_WAIT = 6 * 3600.0
UNSAID_WAIT = 60.0
AGENT = "Conclave/0.1 (RSS reader)"
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"


class FeedTrouble(Exception):
    """A feed gave nothing; the message says why, `wait` how long to leave it alone (seconds)."""

    def __init__(self, reason: str, wait: float = 60.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Mark:
    """What a server said about the version that it sent, to ask for a newer one only."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """A feed's bytes and where they came from in the end."""

    body: bytes
    content_type: str
    address: str
    mark: Mark


def new_client() -> httpx.AsyncClient:
    """Open a client for `fetch`; its owner closes it."""
    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=SECONDS,
        headers={"User-Agent": AGENT, "Accept": ACCEPT, "Accept-Encoding": "gzip"},
    )


async def fetch(
    client: httpx.AsyncClient, address: str, mark: Mark, now: datetime, seconds: float = SECONDS
) -> Fetched | None:
    """Return the feed, None when it is what `mark` says; raise FeedTrouble."""
    try:
        async with asyncio.timeout(seconds):
            return await _get(client, address, mark, now)
    except (TimeoutError, httpx.TimeoutException):
        raise FeedTrouble(f"no answer within {seconds:g} s") from None
    except BadRedirect as error:
        raise FeedTrouble(str(error), 600.0) from None
    except httpx.InvalidURL:
        raise FeedTrouble("its address can't be used") from None
    except (httpx.HTTPError, zlib.error):
        raise FeedTrouble("it can't be reached") from None


async def _get(
    client: httpx.AsyncClient, address: str, mark: Mark, now: datetime
) -> Fetched | None:
    headers = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
    wanted = {name: value for name, value in headers.items() if value}
    own = httpx.URL(address)
    step = Step(own, own)
    for _ in range(MOST_REDIRECTS + 1):
        async with client.stream(
            "GET",
            step.target,
            headers={**wanted, **step.headers},
            extensions=dict(step.extensions),
        ) as answer:
            if not answer.has_redirect_location:
                return await _read(answer, step.url, now, asked_for_newer=bool(wanted))
            location = answer.headers["location"]
        step = await step_to(location, step.url, own)
    raise FeedTrouble(f"it redirects more than {MOST_REDIRECTS} times")


async def _read(
    answer: httpx.Response, url: httpx.URL, now: datetime, *, asked_for_newer: bool
) -> Fetched | None:
    if answer.status_code == httpx.codes.NOT_MODIFIED and asked_for_newer:
        return None
    if answer.status_code != httpx.codes.OK:
        raise _refused(answer, now)
    body = await _body(answer)
    return Fetched(
        body,
        answer.headers.get("content-type", ""),
        str(url),
        Mark(answer.headers.get("etag", ""), answer.headers.get("last-modified", "")),
    )


async def _body(answer: httpx.Response) -> bytes:
    """Read and unpack at most MOST_BYTES: a small packed body may hold gigabytes."""
    packed = answer.headers.get("content-encoding", "identity").lower()
    if packed not in ("identity", "gzip", ""):
        raise FeedTrouble("it is packed in a way that was not asked for")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed == "gzip" else None
    body = bytearray()
    async for piece in answer.aiter_raw():
        room = MOST_BYTES + 1 - len(body)
        body += unpack.decompress(piece, room) if unpack else piece[:room]
        if len(body) > MOST_BYTES:
            raise FeedTrouble(f"it is larger than {MOST_BYTES // 1_000_000} MB", 3600.0)
    return bytes(body)


def _refused(answer: httpx.Response, now: datetime) -> FeedTrouble:
    status = answer.status_code
    if status in (429, 503):
        asked = asked_wait(answer.headers.get("retry-after", ""), now)
        wait = UNSAID_WAIT if asked is None else min(max(asked, 1.0), LONGEST_WAIT)
        return FeedTrouble(f"it asks to wait {_in_words(wait)} (HTTP {status})", wait)
    if status in (401, 403):
        return FeedTrouble(f"it refuses to be read (HTTP {status})", 600.0)
    if status in (404, 410):
        return FeedTrouble(f"there is no feed at its address (HTTP {status})", 600.0)
    return FeedTrouble(f"it fails (HTTP {status})")


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
