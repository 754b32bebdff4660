"""Drop what is no news: sponsored, off the topic, told before. Each drop has its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desk.news import NewsItem
from desk.news_words import PRAISED, SPONSORED, TOPIC
from desk.same_story import Told
from trading.coins import coins_in


class Reason(StrEnum):
    """Why an item was dropped."""

    SPONSORED = "sponsored"
    DUPLICATE = "duplicate"
    OFF_TOPIC = "off-topic"


@dataclass(frozen=True)
class Cleaned:
    """What stays, newest first, and what went, with its reason."""

    kept: tuple[NewsItem, ...]
    dropped: tuple[tuple[NewsItem, Reason], ...]


def clean(items: Sequence[NewsItem]) -> Cleaned:
    """Sort the items into those that stay and those that go.

    Of several that tell the same the earliest stays, so that what was shown once stays shown.
    """
    kept: list[NewsItem] = []
    dropped: list[tuple[NewsItem, Reason]] = []
    told = Told()
    for item in sorted(items, key=lambda one: (one.at, one.first_seen_at, one.source)):
        reason = _reason(item) or (Reason.DUPLICATE if told.before(item) else None)
        if reason is None:
            kept.append(item)
        else:
            dropped.append((item, reason))
    return Cleaned(tuple(reversed(kept)), tuple(reversed(dropped)))


def _reason(item: NewsItem) -> Reason | None:
    if item.sponsored or SPONSORED.search(item.title) or PRAISED.search(item.title):
        return Reason.SPONSORED
    if not TOPIC.search(item.title) and not coins_in(item.title):
        return Reason.OFF_TOPIC
    return None
