"""Headlines that a test sets; they speak desk.ports.NewsSource."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.news import FeedFailure, News, NewsItem
from desk.ports import Clock

SOURCE = "a.example"


class FixedNews:
    """`say("Bitcoin rallies", hours=2)` adds a headline of two hours ago."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.items: list[NewsItem] = []
        self.failures: tuple[FeedFailure, ...] = ()
        self.sources: tuple[str, ...] = (SOURCE, "b.example")
        self.made_up = False
        self.asked = 0

    def say(
        self,
        title: str,
        *,
        hours: float = 1.0,
        link: str = "",
        seen: datetime | None = None,
        dated: bool = True,
    ) -> None:
        at = self._clock() - timedelta(hours=hours)
        self.items.append(NewsItem(title, link, SOURCE, at if dated else None, seen or at))

    async def latest(self) -> News:
        self.asked += 1
        items = tuple(sorted(self.items, key=lambda item: item.at, reverse=True))
        return News(items, self._clock(), self.sources, self.failures, self.made_up)

    async def close(self) -> None:
        """Nothing is held open."""
