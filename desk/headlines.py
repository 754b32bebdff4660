"""Read the news: clean it, score it, add it up."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk.mood import Mood, Scored, WordList, mood_of
from desk.news import News, NewsItem
from desk.news_cleaning import Reason, clean
from trading.coins import coins_in

if TYPE_CHECKING:
    from desk.ports import HeadlineScorer

log = logging.getLogger(__name__)

# Older headlines are no news.
OLDEST = timedelta(days=3)
# As many as one call of a model may be asked for.
MOST_SCORED = 30
MODEL_SECONDS = 12.0
DROPPED_KINDS = {"sponsored": Reason.SPONSORED, "off-topic": Reason.OFF_TOPIC}


@dataclass(frozen=True)
class ScoredItem:
    """A headline and its score in [-1, 1]."""

    item: NewsItem
    score: float


@dataclass(frozen=True)
class NewsReport:
    """What the news says of a coin, or of all: headlines newest first, the mood, what went.

    `read_by` names what scored the headlines; `model_failed`: it was to be a model, but that gave
    no scores.
    """

    news: News
    items: tuple[ScoredItem, ...]
    mood: Mood
    dropped: tuple[tuple[Reason, int], ...]
    read_by: str
    model_failed: bool = False

    @property
    def dropped_count(self) -> int:
        return sum(count for _, count in self.dropped)


class Headlines:
    """Scores with a model where there is one and it answers in time, else with the word list."""

    def __init__(self, model: HeadlineScorer | None = None, seconds: float = MODEL_SECONDS) -> None:
        """`seconds`: how long the model may take."""
        self._words = WordList()
        self._model = model
        self._seconds = seconds

    async def report(self, news: News, now: datetime, base: str = "") -> NewsReport:
        """Report on the headlines that name the coin `base`; on all of them without one."""
        recent = [item for item in news.items if timedelta() <= now - item.at <= OLDEST]
        kept, dropped = await asyncio.to_thread(_chosen, recent, base)
        scored, read_by = await self._score([item.title for item in kept])
        items = []
        for item, one in zip(kept, scored, strict=True):
            if one.kind in DROPPED_KINDS:
                dropped[DROPPED_KINDS[one.kind]] += 1
            elif not base or one.about in ("", base):
                items.append(ScoredItem(item, one.score))
        return NewsReport(
            news,
            tuple(items),
            mood_of([(one.item.at, one.score) for one in items], now),
            tuple((reason, dropped[reason]) for reason in Reason if dropped[reason]),
            read_by,
            model_failed=self._model is not None and bool(kept) and read_by == self._words.name,
        )

    async def _score(self, titles: Sequence[str]) -> tuple[Sequence[Scored], str]:
        if self._model is not None and titles:
            try:
                async with asyncio.timeout(self._seconds):
                    scored = await self._model.score(titles)
            except Exception as error:
                # Whatever is wrong with a model: the word list is always there.
                log.warning("headlines are scored by the word list: %s", error or type(error))
            else:
                if len(scored) == len(titles):
                    return scored, self._model.name
                log.warning("%d headlines got %d scores", len(titles), len(scored))
        return await self._words.score(titles), self._words.name


def _chosen(items: Sequence[NewsItem], base: str) -> tuple[list[NewsItem], Counter[Reason]]:
    """Return the newest headlines that stay, and how many went for which reason."""
    known = frozenset({base} - {""})

    def meant(item: NewsItem) -> bool:
        return not base or base in coins_in(item.title, known)

    cleaned = clean([item for item in items if meant(item)])
    return list(cleaned.kept[:MOST_SCORED]), Counter(reason for _, reason in cleaned.dropped)
