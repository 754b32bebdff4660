"""The headlines of RSS and Atom feeds, remembered over restarts."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from desk.errors import MarketUnavailable
from desk.links import canonical
from desk.news import FeedFailure, News, NewsItem
from desk.ports import Clock
from market.asking.fresh import SLOW_SECONDS, Fresh
from market.asking.single_flight import SingleFlight
from market.news.entries import Entry, NotAFeed, entries
from market.news.fetch import SECONDS, FeedTrouble, Fetched, Mark, fetch, new_client
from market.news.store import KEPT, Kept, NewsStore

log = logging.getLogger(__name__)

MOST_ITEMS = 2_000
PARSE_SECONDS = 10.0


@dataclass
class Feed:
    """One address, and how it went the last time."""

    address: str
    source: str
    id: str
    mark: Mark = field(default_factory=Mark)
    failure: str = ""
    not_before: datetime | None = None


class NewsFeeds:
    """Implements desk.ports.NewsSource: each feed is fetched at most every ten minutes.

    A feed that fails stops no other, is told by `News.failures` and left alone for a while;
    what it said before still counts. Without addresses news is switched off.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        store: NewsStore,
        clock: Clock,
        *,
        seconds: float = SECONDS,
        fresh_seconds: float = SLOW_SECONDS,
    ) -> None:
        """`seconds`: how long a feed is waited for; `fresh_seconds`: how long it lasts."""
        names = names_of(addresses)
        self._feeds = [
            Feed(one, name, _id(one)) for one, name in zip(addresses, names, strict=True)
        ]
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._looks: Fresh[None] = Fresh(fresh_seconds, most=len(addresses) + 1)
        self._loading: SingleFlight[None] = SingleFlight()
        self._client = new_client()
        # By feed and key, in the order in which they were first seen.
        self._held: dict[tuple[str, str], NewsItem] | None = None

    async def latest(self) -> News:
        """Return what all feeds hold, newest first; never raises for a feed or a disk."""
        if not self._feeds:
            return News((), self._clock())
        if self._held is None:
            await self._loading.run("load", self._load)
        await asyncio.gather(*(self._visit(feed) for feed in self._feeds))
        held = (self._held or {}).values()
        now = self._clock()
        return News(
            tuple(sorted(held, key=lambda item: item.at, reverse=True)),
            now,
            tuple(feed.source for feed in self._feeds),
            tuple(FeedFailure(feed.source, feed.failure) for feed in self._feeds if feed.failure),
        )

    async def close(self) -> None:
        """Give connections and the file back."""
        await self._looks.close()
        await self._loading.close()
        await self._client.aclose()
        await self._store.close()

    async def _load(self) -> None:
        try:
            kept = await self._store.load([feed.id for feed in self._feeds])
        except MarketUnavailable as error:
            log.warning("%s", error)
            kept = []
        since = self._clock() - KEPT
        fresh = [one for one in kept if one.item.first_seen_at >= since][:MOST_ITEMS]
        self._held = {(one.feed, one.key): one.item for one in reversed(fresh)}

    async def _visit(self, feed: Feed) -> None:
        """Look at a feed if its time has come; note what went wrong."""
        if feed.not_before is not None and self._clock() < feed.not_before:
            return
        try:
            await self._looks.get(feed.id, lambda: self._look(feed))
        except FeedTrouble as trouble:
            if feed.failure != str(trouble):
                log.warning("news feed %s: %s", feed.source, trouble)
            feed.failure = str(trouble)
            feed.not_before = self._clock() + timedelta(seconds=trouble.wait)
        except MarketUnavailable:
            pass  # closed meanwhile

    async def _look(self, feed: Feed) -> None:
        fetched = await fetch(self._client, feed.address, feed.mark, self._clock(), self._seconds)
        if fetched is not None:
            found = await read(fetched, self._clock())
            feed.mark = fetched.mark
            await self._keep(feed, found)
        feed.failure, feed.not_before = "", None

    async def _keep(self, feed: Feed, found: Sequence[Entry]) -> None:
        held = self._held if self._held is not None else {}
        now = self._clock()
        new = []
        # A feed lists the newest first; in their order of coming the oldest is first.
        for entry in reversed(found):
            key = _key(entry)
            if (feed.id, key) in held:
                continue
            item = NewsItem(
                entry.title, entry.link, feed.source, entry.published_at, now, entry.sponsored
            )
            if item.at < now - KEPT:
                continue
            held[feed.id, key] = item
            new.append(Kept(feed.id, key, item))
        self._forget(now - KEPT)
        if new:
            try:
                await self._store.add(new, now)
            except MarketUnavailable as error:
                log.warning("%s", error)

    def _forget(self, before: datetime) -> None:
        held = self._held or {}
        old = [key for key, item in held.items() if item.first_seen_at < before]
        surplus = list(held)[: max(0, len(held) - MOST_ITEMS)]
        for key in {*old, *surplus}:
            del held[key]


async def read(fetched: Fetched, now: datetime) -> tuple[Entry, ...]:
    """Parse a feed in a thread; raise FeedTrouble for what is none, or takes too long."""
    try:
        async with asyncio.timeout(PARSE_SECONDS):
            return await asyncio.to_thread(
                entries, fetched.body, fetched.content_type, fetched.address, now
            )
    except NotAFeed as error:
        raise FeedTrouble(str(error), 600.0) from None
    except TimeoutError:
        raise FeedTrouble("it takes too long to read", 3600.0) from None
    except Exception as error:
        # Whatever a parser says of bytes made to confuse it, the other feeds go on.
        log.warning("a feed could not be parsed", exc_info=error)
        raise FeedTrouble("it can't be read", 600.0) from None


async def examine(address: str, now: datetime) -> str:
    """Fetch one feed and say what it holds; raise FeedTrouble with what is wrong."""
    async with new_client() as client:
        fetched = await fetch(client, address, Mark(), now)
    assert fetched is not None  # noqa: S101 - "not modified" is only said to who has something
    found = await read(fetched, now)
    dates = [entry.published_at for entry in found if entry.published_at]
    newest = f", the newest of {max(dates):%d %b %H:%M} UTC" if dates else ""
    count = f"{len(found)} headline{'' if len(found) == 1 else 's'}"
    return f"{source_of(address)}: {count}{newest}"


def source_of(address: str) -> str:
    """Name a feed by its host: `coindesk.com` of https://www.coindesk.com/…"""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("feeds.")
    return f"{host}:{parts.port}" if parts.port else host


def names_of(addresses: Sequence[str]) -> list[str]:
    """Name each feed by its host, and by its place where several have the same host."""
    hosts = [source_of(one) for one in addresses]
    return [
        host if hosts.count(host) == 1 else f"{host} ({hosts[: place + 1].count(host)})"
        for place, host in enumerate(hosts)
    ]


def _key(entry: Entry) -> str:
    return canonical(entry.link) or f"title:{entry.title.lower()}"


def _id(address: str) -> str:
    # An address may hold a token, so it is not written down.
    return hashlib.sha256(address.encode()).hexdigest()[:16]
