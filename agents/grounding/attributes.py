"""Whose a figure is: its coin, pair, exchange, timeframe and strategy, as a sentence names them.

What stands nearest to a slot decides; where nothing stands there, the words before it, then the
clause, the sentence, and at last what the whole answer is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from agents.grounding.said import Clause, Said
from agents.names import coins_named, timeframes_named
from desk.facts import Fact
from tools.derive import NAME as DERIVED
from trading.candles import Timeframe
from trading.symbols import base_of, exchange_of, pair_of

Names = tuple[str, ...]
_BASES = re.compile(r"([A-Z0-9]{1,15})/[A-Z0-9]{1,15}")
_PAIRS = re.compile(
    r"(?<![\w/])([A-Z0-9]{2,15}/(?:USDT|USDC|USD|EUR|GBP|TRY|FDUSD|BUSD|BTC|ETH))\b"
)
# A time that something took, not the candles of a chart.
_DAY_LONG = re.compile(
    r"\b(?:in|over|within)\s+(?:the\s+)?(?:last\s+|past\s+)?24[ -]?(?:h|hours?)\b", re.IGNORECASE
)
_ON = {"coin": "of", "pair": "of", "exchange": "on", "timeframe": "of the", "strategy": "of"}


@dataclass(frozen=True)
class Attribute:
    """Something that tells figures of one label apart.

    `names` finds it in a text, in order; `own` are the values that a fact may be spoken of by,
    () where it is not to be checked; `meant` is what the whole answer is about.
    """

    kind: str
    names: Callable[[str], Names]
    own: Callable[[Fact], Names]
    meant: str = ""

    def foreign(self, clause: Clause) -> Iterator[str]:
        """Say which slots of a clause are spoken of as another's."""
        for one in clause.said:
            own = self.own(one.fact)
            if not own:
                continue
            named = self.named(one, clause)
            if named and not set(named) & set(own):
                yield (
                    f"{{{one.fact.id}}} is {one.fact.label} {_ON[self.kind]} {_own(self, one)}, "
                    f"but the sentence speaks of {', '.join(sorted(set(named)))}"
                )

    def named(self, one: Said, clause: Clause) -> Names:
        """Return what the words around a slot name, nearest first."""
        label = set(self.names(one.fact.label))
        labels = {name for fact in clause.told for name in self.names(fact.label)}
        for text in (one.near, one.then, one.before, clause.words, clause.sentence):
            others = label if text in (one.near, one.then) else labels
            found = tuple(name for name in self.names(text) if name not in others)
            if found:
                return found
        # A label such as "VaR 95 %, 1 day" says whose it is, whatever the answer is about.
        days = self.kind == "timeframe" and one.fact.unit == "days"
        says_itself = days or label & set(self.own(one.fact))
        return (self.meant,) if self.meant and not says_itself else ()


def attributes(facts: Mapping[str, Fact], symbol: str, timeframe: str) -> tuple[Attribute, ...]:
    """Return what tells these facts apart, for an answer about a symbol and a timeframe."""
    symbols = {(fact.symbol, fact.source): fact for fact in facts.values() if fact.symbol}
    known = frozenset(base for name, _ in symbols for base in _bases(name))
    places = {place(fact) for fact in symbols.values()} - {""}
    titles = _titles(facts)

    def coins(text: str) -> Names:
        return tuple(
            coin for coin, _, _ in sorted(coins_named(text, known), key=lambda found: found[1])
        )

    def coins_of(fact: Fact) -> Names:
        if fact.symbol:
            return (*_bases(fact.symbol), base_of(fact.symbol))
        return _bases(fact.label) if fact.tool == DERIVED else ()

    def pairs_of(fact: Fact) -> Names:
        return (pair_of(fact.symbol),) if fact.symbol and "+" not in fact.symbol else ()

    def pairs(text: str) -> Names:
        return tuple(match[1] for match in _PAIRS.finditer(text))

    def exchanges(text: str) -> Names:
        words = re.findall(r"[a-z0-9]+", text.lower())
        return tuple(name for word in words for name in places if name.lower() == word)

    def exchange(fact: Fact) -> Names:
        found = place(fact)
        return (found,) if fact.symbol and found else ()

    def frames(text: str) -> Names:
        text = _DAY_LONG.sub(" ", text)
        found = sorted(timeframes_named(text), key=lambda one: one[1])
        return tuple(one.value for one, _, _ in found)

    def strategies(text: str) -> Names:
        return tuple(title for title in dict.fromkeys(titles.values()) if _title(title, text))

    def strategy(fact: Fact) -> Names:
        own = titles.get(fact.id, "")
        return (own,) if own and fact.label != "Buy and hold" else ()

    return (
        Attribute("coin", coins, coins_of, base_of(symbol)),
        Attribute("pair", pairs, pairs_of),
        Attribute("exchange", exchanges if len(places) > 1 else _none, exchange),
        Attribute("timeframe", frames, _frames_of, timeframe),
        Attribute("strategy", strategies if len(set(titles.values())) > 1 else _none, strategy),
    )


def place(fact: Fact) -> str:
    """Return the exchange that a fact's figure comes from, "" for one that is derived."""
    found = exchange_of(fact.symbol)
    if found or fact.tool == DERIVED:
        return found
    return "".join(fact.source.split()[:1]).rstrip(",")


def _own(attribute: Attribute, one: Said) -> str:
    fact = one.fact
    if attribute.kind in ("coin", "pair"):
        return fact.symbol or ", ".join(attribute.own(fact))
    if attribute.kind == "timeframe":
        return f"{fact.timeframe} timeframe"
    return attribute.own(fact)[0]


def _none(_: str) -> Names:
    return ()


@lru_cache(maxsize=1024)
def _bases(symbol: str) -> Names:
    return tuple(dict.fromkeys(match[1] for match in _BASES.finditer(symbol)))


def _frames_of(fact: Fact) -> Names:
    if not fact.timeframe:
        return ()
    own = tuple(found.value for found, *_ in timeframes_named(fact.label))
    return (fact.timeframe, *own, *((Timeframe.D1.value,) if fact.unit == "days" else ()))


def _titles(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Return the strategy of each fact of a backtest: its return's label comes first and names it.

    A tool's facts are numbered one after the other, so those that follow are the same test's.
    """
    titles: dict[str, str] = {}
    title = ""
    tested = [fact for fact in facts.values() if fact.tool == "backtest"]
    for fact in sorted(tested, key=lambda fact: _number(fact.id)):
        if fact.label.endswith(" return"):
            title = fact.label.removesuffix(" return")
        if title:
            titles[fact.id] = title
    return titles


def _number(fact_id: str) -> int:
    digits = "".join(takewhile(str.isdigit, fact_id[1:]))
    return int(digits) if digits else 0


def _title(title: str, text: str) -> bool:
    parts = re.findall(r"\w+", title)
    words = r"[\s_-]*".join(map(re.escape, parts))
    if len(parts) == 1:  # "momentum" alone is a word like any other
        words += r"\s(?:strategy|returned|returns?\b)"
    return re.search(rf"(?<!\w){words}", text, re.IGNORECASE) is not None
