"""The mood of headlines: a score each in [-1, 1], toward the price, and what they add up to.

VADER (Hutto & Gilbert, 2014) with the words of desk.mood_terms in place of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from desk.mood_terms import PHRASES, TERMS

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

Kind = Literal["news", "opinion", "price", "sponsored", "off-topic"]
KINDS: tuple[Kind, ...] = ("news", "opinion", "price", "sponsored", "off-topic")

HALF_LIFE = timedelta(hours=6)
# The shorter window is taken when it holds plenty.
WINDOWS = (timedelta(hours=6), timedelta(hours=24))
PLENTY = 8
ENOUGH = 3
# VADER's own border between neutral and not.
NEUTRAL = 0.05
_GAP = r"[\s-]+"
_PHRASES = "|".join(_GAP.join(name.split()) for name in sorted(PHRASES, key=len, reverse=True))
_JOINED = re.compile(rf"(?<!\w)({_PHRASES})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Scored:
    """What a headline says: its score in [-1, 1], the coin it is about ("" for none), its kind."""

    score: float
    about: str = ""
    kind: Kind = "news"


@dataclass(frozen=True)
class Mood:
    """The mean of the scores in a window, newer ones counting more.

    `value` in [-1, 1] is None when there are too few to tell; `spread` is the weighted standard
    deviation of the scores.
    """

    value: float | None
    spread: float
    count: int
    window: timedelta


class WordList:
    """Scores headlines by their words; implements desk.ports.HeadlineScorer.

    It knows nothing of a headline's coin or kind. The list is read at the first use.
    """

    name = "word list"

    async def score(self, titles: Sequence[str]) -> Sequence[Scored]:
        """Score the headlines in a thread."""
        return await asyncio.to_thread(lambda: [Scored(self.of(title)) for title in titles])

    def of(self, title: str) -> float:
        """Score one headline; 0 is neutral."""
        joined = _JOINED.sub(lambda match: _one_word(match[1]), title)
        return float(self._analyzer.polarity_scores(_calm(joined))["compound"])

    @cached_property
    def _analyzer(self) -> SentimentIntensityAnalyzer:
        # Loaded late: it reads a word list of half a megabyte.
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        analyzer.lexicon.update(TERMS)
        analyzer.lexicon.update({_one_word(name): weight for name, weight in PHRASES.items()})
        return analyzer


def mood_of(scores: Sequence[tuple[datetime, float]], now: datetime) -> Mood:
    """Add up scores with the times of their headlines; a half-life of six hours."""
    for window in WINDOWS:
        inside = [(now - at, score) for at, score in scores if timedelta() <= now - at <= window]
        if len(inside) >= PLENTY or window is WINDOWS[-1]:
            break
    weights = [0.5 ** (age / HALF_LIFE) for age, _ in inside]
    if len(inside) < ENOUGH:
        return Mood(None, 0.0, len(inside), window)
    total = sum(weights)
    mean = sum(w * score for w, (_, score) in zip(weights, inside, strict=True)) / total
    squares = sum(w * (score - mean) ** 2 for w, (_, score) in zip(weights, inside, strict=True))
    return Mood(min(1.0, max(-1.0, mean)), (squares / total) ** 0.5, len(inside), window)


def in_words(value: float) -> str:
    """Say what a mood means: `positive`, `neutral` or `negative`."""
    if abs(value) < NEUTRAL:
        return "neutral"
    return "positive" if value > 0 else "negative"


def _one_word(phrase: str) -> str:
    return re.sub(_GAP, "_", phrase.lower())


def _calm(title: str) -> str:
    """Write in lower case: VADER takes capitals (SEC, BTC, ETF) and `!` for emphasis."""
    return re.sub(r"[!?]+", " ", title.lower()).replace("’", "'")
