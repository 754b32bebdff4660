"""News as the desk knows it: headlines with the times at which they could be known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# What the question's own look at the feeds brings was there when the question was asked.
LOOK = timedelta(seconds=30)


@dataclass(frozen=True)
class NewsItem:
    """One headline, in plain text.

    `source` is the feed's host (never what the feed calls itself), `link` an http(s) address or
    "". `published_at` is None where the feed gives no date or one that is yet to come;
    `sponsored`: the feed itself says so.
    """

    title: str
    link: str
    source: str
    published_at: datetime | None
    first_seen_at: datetime
    sponsored: bool = False

    @property
    def at(self) -> datetime:
        """When it was published; when it was first seen where nobody says."""
        return self.published_at or self.first_seen_at

    def known_by(self, moment: datetime) -> bool:
        """Tell whether it was published by this moment, and seen by then."""
        return self.first_seen_at <= moment + LOOK and (
            self.published_at is None or self.published_at <= moment
        )


@dataclass(frozen=True)
class FeedFailure:
    """A feed that gave nothing new, and why, in words."""

    source: str
    reason: str


@dataclass(frozen=True)
class News:
    """What the feeds hold at `as_of`, newest first; `sources` are all that are read.

    No sources: news is switched off. `made_up`: headlines of the demo market.
    """

    items: tuple[NewsItem, ...]
    as_of: datetime
    sources: tuple[str, ...] = ()
    failures: tuple[FeedFailure, ...] = ()
    made_up: bool = False

    @property
    def undated(self) -> int:
        """How many of the items carry the time at which they were first seen."""
        return sum(item.published_at is None for item in self.items)

    def known_by(self, moment: datetime) -> News:
        """Return what was published and seen by a moment."""
        items = tuple(item for item in self.items if item.known_by(moment))
        return replace(self, items=items, as_of=moment)
