"""What an indicator's fact means, in a sentence with a slot for its figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agents.questions.asked_names import Stretch
from agents.rules import phrases_indicators as words
from agents.rules.phrases import Phrase
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from desk.language import Language

Meaning = Callable[[SeenFact], Phrase | None]
# Levels that the price is held against.
PRICES = frozenset({"EMA 20", "EMA 50", "SMA 200", "VWAP", "Support", "Resistance"})
# Below the first oversold, from the second overbought: as the indicator's own card reads it.
STRETCHED: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"RSI(14)": (30, 70), "Stochastic %K": (20, 80), "Bollinger %B": (0, 1)}
)


def said(fact: SeenFact, language: Language) -> str:
    """Tell a fact with its meaning, if its label has one."""
    label = _label(fact, language)
    meaning = _MEANINGS[fact.label](fact) if fact.label in _MEANINGS else None
    if meaning is None:
        return words.PLAIN(language, label=label, value=fact.slot)
    say = words.IN_WORDS if fact.number is None else words.MEANT
    return say(language, label=label, value=fact.slot, meaning=meaning(language))


def against_price(fact: SeenFact, seen: Seen, symbol: str, language: Language) -> str:
    """Say on which side of a level the price is; "" where either is unknown."""
    price = seen.find("quote", "Last price")
    if price is None or price.number is None or fact.number is None or fact.label not in PRICES:
        return ""
    side = words.ABOVE if price.number > fact.number else words.BELOW
    side = words.LEVEL_WITH if price.number == fact.number else side
    return words.AGAINST(
        language,
        symbol=symbol,
        price=price.slot,
        side=side(language),
        label=_label(fact, language),
        value=fact.slot,
    )


def stretch_told(seen: Seen, stretch: Stretch, where: str, language: Language) -> str:
    """Say whether the gauges call the market overbought or oversold: yes, no, or mixed."""
    sides = [
        _side(fact.number, *STRETCHED[fact.label])
        for fact in seen.of("indicators")
        if fact.label in STRETCHED and fact.number is not None
    ]
    over, under = words.ONLY_OVERBOUGHT(language), words.ONLY_OVERSOLD(language)
    if not sides:
        return ""
    if stretch is Stretch.EITHER:
        if all(sides) and len(set(sides)) == 1:
            return words.YES(language, where=where, what=over if sides[0] > 0 else under)
        if not any(sides):
            return words.NO_NEITHER(language, where=where)
        return words.MIXED(language, where=where, what=words.EITHER_OF_THEM(language))
    way = 1 if stretch is Stretch.OVERBOUGHT else -1
    saying = sides.count(way)
    told = words.YES if saying == len(sides) else words.MIXED if saying else words.NO
    return told(language, where=where, what=over if way > 0 else under)


def _side(value: float, low: float, high: float) -> int:
    return (value >= high) - (value <= low)


def _label(fact: SeenFact, language: Language) -> str:
    return label_in(fact.label, language)


def _by_word(**meanings: Phrase) -> Meaning:
    return lambda fact: meanings.get(fact.value.replace(" ", "_"))


def _by_sign(up: Phrase, down: Phrase, level: Phrase) -> Meaning:
    return lambda fact: up if (fact.number or 0) > 0 else down if (fact.number or 0) < 0 else level


def _stretched(fact: SeenFact) -> Phrase | None:
    if fact.number is None:
        return None
    side = _side(fact.number, *STRETCHED[fact.label])
    return {1: words.OVERBOUGHT, -1: words.OVERSOLD, 0: words.NEITHER}[side]


def _bands(fact: SeenFact) -> Phrase | None:
    if fact.number is None:
        return None
    if fact.number > 1:
        return words.OVER_BANDS
    if fact.number < 0:
        return words.UNDER_BANDS
    return words.UPPER_HALF if fact.number >= 0.5 else words.LOWER_HALF


def _strength(fact: SeenFact) -> Phrase | None:
    if fact.number is None:
        return None
    if fact.number < 20:
        return words.NO_TREND
    return words.CLEAR_TREND if fact.number >= 25 else words.WEAK_TREND


def _activity(fact: SeenFact) -> Phrase | None:
    if fact.number is None:
        return None
    if fact.number >= 2:
        return words.BUSY
    return words.QUIET if fact.number <= 0.5 else words.USUAL


_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "EMA 20/50": _by_word(
            above=words.AVERAGES_UP, below=words.AVERAGES_DOWN, equal=words.AVERAGES_LEVEL
        ),
        "ADX(14)": _strength,
        "Ichimoku cloud": _by_word(
            above=words.ABOVE_CLOUD, below=words.BELOW_CLOUD, in_it=words.IN_CLOUD
        ),
        "Ichimoku 9/26": _by_word(
            above=words.MOMENTUM_UP, below=words.MOMENTUM_DOWN, equal=words.NO_MOMENTUM
        ),
        "RSI(14)": _stretched,
        "Stochastic %K": _stretched,
        "MACD histogram": _by_sign(words.MOMENTUM_UP, words.MOMENTUM_DOWN, words.NO_MOMENTUM),
        "ATR(14)": lambda _: words.USUAL_RANGE,
        "Bollinger %B": _bands,
        "Volume / mean of 20": _activity,
        "OBV": _by_word(rising=words.BUYERS_LEAD, falling=words.SELLERS_LEAD, level=words.NO_SIDE),
    }
)
