"""Tell whether two headlines tell the same story."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial

from desk.links import canonical
from desk.news import NewsItem
from trading.coins import coins_in

# Two headlines further apart than this are two stories.
SAME_STORY = timedelta(days=2)
LEAST_SHARED = 3
# A word that very many stories share tells little: only the latest of them are looked at.
MOST_WITH_A_WORD = 60
MOST_COMPARED = 40
# As many titles as the feeds hold, twice.
MOST_REMEMBERED = 4_000
SIMILAR = 0.6
SIMILAR_WITH_AMOUNT = 0.45

WORDS = re.compile(
    r"\$?\d[\d,]*(?:\.\d+)?(?:\s?(?:[kmbt]|bn|mln|thousand|million|billion|trillion)\b|\s?%)?|[^\W\d_]+(?:['’][^\W\d_]+)?",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"\$?([\d,]+(?:\.\d+)?)\s?(\w+|%)?", re.IGNORECASE)
UNITS = {"k": 3, "thousand": 3, "m": 6, "mln": 6, "million": 6, "b": 9, "bn": 9, "billion": 9}
UNITS |= {"t": 12, "trillion": 12}
_LITTLE = (
    "a an the and or but of in on at to for from by with as is are was were be been it its his her "
    "their this that these those after before over amid into than then how why what who when will "
    "would could may can has have had not no new says say said here up down out about you your "
    "s more most just now via per vs against while during"
)
LITTLE = frozenset(_LITTLE.split())


# Stems, as `gist` writes them.
ROSE = frozenset(
    {"rise", "rising", "rose", "ralli", "rally", "gain", "climb", "surg", "jump", "soar"}
)
FELL = frozenset(
    {"fall", "fell", "drop", "slip", "slid", "slide", "plung", "plunge", "sink", "tumbl", "crash"}
)


@dataclass(frozen=True)
class Gist:
    """What a headline is about, for comparing: stems, amounts (in full), coins."""

    words: frozenset[str]
    amounts: frozenset[str]
    coins: frozenset[str]


@lru_cache(MOST_REMEMBERED)
def gist(title: str) -> Gist:
    """Take a headline apart; the last few thousand are remembered."""
    words, amounts = set(), set()
    for match in WORDS.findall(title):
        if match[0] in "$0123456789":
            amounts.add(_amount(match))
        else:
            word = re.sub(r"['’]s?$", "", match.lower())
            if word not in LITTLE and len(word) > 1:
                words.add(_stem(word))
    years = {one for one in amounts if re.fullmatch(r"20[0-4]\d", one)}
    return Gist(frozenset(words | amounts), frozenset(amounts - years), coins_in(title))


def alike(one: Gist, other: Gist) -> bool:
    """Tell whether two headlines tell the same story: by the words and amounts that they share.

    The share is that of the shorter one's words (the overlap coefficient). Other coins or other
    amounts make another story, however much else is the same; so does the other direction.
    """
    if one.coins and other.coins and not one.coins & other.coins:
        return False
    if not (one.amounts <= other.amounts or other.amounts <= one.amounts):
        return False
    if (one.words & ROSE and other.words & FELL) or (one.words & FELL and other.words & ROSE):
        return False
    shared = len(one.words & other.words)
    if shared < LEAST_SHARED:
        return False
    same_amount = bool(one.amounts & other.amounts)
    least = SIMILAR_WITH_AMOUNT if same_amount else SIMILAR
    return shared / min(len(one.words), len(other.words)) >= least


class Told:
    """The stories that were told already, found by their words."""

    def __init__(self) -> None:
        self._links: set[str] = set()
        self._titles: set[str] = set()
        self._stories: list[tuple[NewsItem, Gist]] = []
        self._by_word: defaultdict[str, deque[int]] = defaultdict(
            partial(deque, maxlen=MOST_WITH_A_WORD)
        )

    def before(self, item: NewsItem) -> bool:
        """Tell whether an item was told before; one that was not is now."""
        link, title = canonical(item.link), " ".join(re.findall(r"\w+", item.title.lower()))
        found = gist(item.title)
        if (link and link in self._links) or title in self._titles or self._similar(item, found):
            return True
        self._links.add(link)
        self._titles.add(title)
        for word in found.words:
            self._by_word[word].append(len(self._stories))
        self._stories.append((item, found))
        return False

    def _similar(self, item: NewsItem, found: Gist) -> bool:
        shared = Counter(number for word in found.words for number in self._by_word[word])
        # Words that are left out above may be shared too, so one less is enough for a look.
        near = (number for number, count in shared.items() if count >= LEAST_SHARED - 1)
        most_first = sorted(near, key=lambda number: (-shared[number], -number))
        return any(
            item.at - self._stories[number][0].at <= SAME_STORY
            and alike(found, self._stories[number][1])
            for number in most_first[:MOST_COMPARED]
        )


def _amount(text: str) -> str:
    """Write an amount in full: `$52 Million` and `$52,000,000` are the same."""
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        return text
    number, unit = match[1].replace(",", ""), (match[2] or "").lower()
    if unit == "%":
        return f"{float(number):g}%"
    return f"{float(number) * 10 ** UNITS.get(unit, 0):.10g}"


def _stem(word: str) -> str:
    """Cut the endings that English puts on verbs and plurals; rough, but the same for both."""
    for ending in ("ing", "ers", "er", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
