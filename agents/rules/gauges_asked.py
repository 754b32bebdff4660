"""Answers to questions for news, mood and the fear gauges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from agents.questions.asked_names import Gauge
from agents.questions.reading import Question
from agents.rules import phrases_facts as facts_say
from agents.rules.phrases import Phrase
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from desk.fear_words import LEANING, MOVED
from desk.language import Language

Told = tuple[str, tuple[str, ...]]
LEADER = "BTC/USDT"  # whose gauges are told where no symbol is named
BESIDE_THE_MOOD = ("News items", "News window", "Newest headline")


def gauges_told(question: Question, seen: Seen) -> Told:
    """Tell the gauges that are named; the mood with the rest where none is."""
    language = question.language
    symbol = question.symbol or LEADER
    named = [gauge for gauge in question.gauges if gauge is not Gauge.MOOD]
    sentences = {gauge: tuple(_OF[gauge](seen, symbol, language)) for gauge in _OF}
    if named:
        told = [
            one
            for gauge in named
            for one in sentences[gauge] or (_unknown(gauge, symbol, language),)
        ]
        others = [one for gauge in _OF if gauge not in named for one in sentences[gauge][:1]]
        return told[0], (*told[1:], *others)
    mood = seen.find("news", "News mood")
    if mood is None:
        headline = facts_say.GAUGES(language)
    elif mood.number is None:
        headline = facts_say.TOO_FEW(language)
    else:
        headline = facts_say.MOOD(language, mood=mood.slot)
    beside = tuple(
        facts_say.LINE(language, label=label_in(fact.label, language), value=fact.slot)
        for fact in seen.of("news")
        if fact.label in BESIDE_THE_MOOD
    )
    first = tuple(told[0] for told in sentences.values() if told)
    return headline, (facts_say.HEADLINES(language), *beside[:2], *first)


def _unknown(gauge: Gauge, symbol: str, language: Language) -> str:
    return facts_say.GAUGE_UNKNOWN(language, gauge=_NAMES[gauge](language), symbol=symbol)


def _funding(seen: Seen, symbol: str, language: Language) -> Iterator[str]:
    rate = seen.find("news", "Funding rate")
    if rate is not None and rate.number is not None:
        who = facts_say.LONGS_PAY if rate.number > 0 else facts_say.SHORTS_PAY
        who = who if rate.number else facts_say.NOBODY_PAYS
        yield facts_say.FUNDING(
            language, symbol=_of(rate, symbol), rate=rate.slot, who=who(language)
        )


def _interest(seen: Seen, symbol: str, language: Language) -> Iterator[str]:
    value = seen.named("news", "Open interest")
    change = seen.named("news", "Open interest, 1 day")
    if value is not None:
        yield facts_say.OPEN_INTEREST(language, symbol=_of(value, symbol), value=value.slot)
    if change is not None and change.number is not None:
        how = facts_say.SAME_CONTRACTS
        if abs(change.number) >= MOVED:
            how = facts_say.MORE_CONTRACTS if change.number > 0 else facts_say.FEWER_CONTRACTS
        yield facts_say.INTEREST_CHANGE(language, change=change.slot, how=how(language))


def _book(seen: Seen, symbol: str, language: Language) -> Iterator[str]:
    lean = seen.named("news", "Book imbalance")
    spread = seen.named("news", "Spread")
    if lean is not None and lean.number is not None:
        side = facts_say.BOTH_WAIT
        if abs(lean.number) >= LEANING:
            side = facts_say.BUYERS_WAIT if lean.number > 0 else facts_say.SELLERS_WAIT
        yield facts_say.BOOK(
            language, symbol=_of(lean, symbol), value=lean.slot, side=side(language)
        )
    if spread is not None:
        yield facts_say.SPREAD(language, value=spread.slot)


def _of(fact: SeenFact, symbol: str) -> str:
    return fact.symbol or symbol


_OF: Mapping[Gauge, Callable[[Seen, str, Language], Iterator[str]]] = MappingProxyType(
    {Gauge.FUNDING: _funding, Gauge.INTEREST: _interest, Gauge.BOOK: _book}
)
_NAMES: Mapping[Gauge, Phrase] = MappingProxyType(
    {
        Gauge.FUNDING: facts_say.NAME_OF_FUNDING,
        Gauge.INTEREST: facts_say.NAME_OF_INTEREST,
        Gauge.BOOK: facts_say.NAME_OF_BOOK,
    }
)
