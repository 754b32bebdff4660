"""Answers to questions for indicators."""

from __future__ import annotations

from agents.questions.asked_names import Stretch
from agents.questions.reading import Question
from agents.rules import phrases as say
from agents.rules import phrases_facts as facts_say
from agents.rules import phrases_indicators as words
from agents.rules.indicator_words import PRICES, against_price, said, stretch_told
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from trading.factor_names import KINDS

Told = tuple[str, tuple[str, ...]]
LONG_EMA = "EMA 200"  # people ask for it; the tool has the simple average of that length
# What an analysis in general shows.
OVERVIEW = ("EMA 20/50", "RSI(14)", "MACD histogram", "Bollinger %B", "ADX(14)", "Change 24 h")

# On which side of a level the price has broken it.
_BROKEN = {"Support": (-1, facts_say.BROKEN), "Resistance": (1, facts_say.OVERCOME)}


def needs_price(question: Question) -> bool:
    """Tell whether the answer holds the price against a level."""
    named = any(label.startswith(name) for name in question.wanted for label in PRICES)
    return named and (
        question.compares or "Support" in question.wanted or "Resistance" in question.wanted
    )


def indicators_told(question: Question, seen: Seen) -> Told:
    """Tell the indicators that are named, or an overview; each with its meaning."""
    language = question.language
    where = say.ON_THE(language, symbol=question.symbol, timeframe=question.timeframe.value)
    found = _wanted(question, seen.of("indicators"))
    missing = tuple(
        facts_say.SIMPLE_INSTEAD(language)
        if name == LONG_EMA
        else facts_say.NOT_AMONG(language, name=label_in(name, language), where=where)
        for name in question.wanted
        if not _named(name, seen.of("indicators"))
    )
    sentences = tuple(
        (not question.compares and against_price(fact, seen, question.symbol, language))
        or said(fact, language)
        for fact in found
    )
    if question.stretch is not Stretch.NONE:
        told = stretch_told(seen, question.stretch, where, language)
        if told:
            return told, sentences
    if question.wanted and not found:
        return missing[0], missing
    if question.unsure:
        timeframe = question.timeframe.value
        headline = facts_say.NOT_SURE(language, symbol=question.symbol, timeframe=timeframe)
        return headline, (*_of_the_week(question, seen), *sentences)
    if not question.wanted:
        headline = facts_say.INDICATORS(language, where=where)
        return headline, (*_of_the_week(question, seen), *sentences)
    return _headline(question, found, seen, where), (*sentences, *missing)


def _headline(question: Question, found: tuple[SeenFact, ...], seen: Seen, where: str) -> str:
    language, first = question.language, found[0]
    prices = {fact.label: fact.slot for fact in found}
    if first.label in _BROKEN:
        told = _broken(first, seen, question)
        if told:
            return told
    if question.compares:
        told = against_price(first, seen, question.symbol, language)
        if told:
            return told
    if first.label == "Ichimoku cloud":
        return words.CLOUD(language, where=where, value=first.slot)
    if "Support" in prices and "Resistance" in prices and not question.compares:
        return facts_say.LEVELS(
            language, where=where, support=prices["Support"], resistance=prices["Resistance"]
        )
    label = label_in(first.label, language)
    return facts_say.ONE_INDICATOR(language, label=label, where=where, value=first.slot)


def _of_the_week(question: Question, seen: Seen) -> tuple[str, ...]:
    fact = seen.named("rank", KINDS["momentum_7d"].label)
    if not question.week or fact is None:
        return ()
    label = label_in(fact.label, question.language)
    told = facts_say.WEEK(
        question.language,
        label=label,
        symbol=question.symbol,
        timeframe=fact.timeframe,
        value=fact.slot,
    )
    return (told,)


def _broken(fact: SeenFact, seen: Seen, question: Question) -> str:
    """Say that a support or resistance no longer is one; "" where it holds."""
    price = seen.find("quote", "Last price")
    if price is None or price.number is None or fact.number is None:
        return ""
    side, phrase = _BROKEN[fact.label]
    if (price.number - fact.number) * side <= 0:
        return ""
    return phrase(
        question.language,
        symbol=question.symbol,
        price=price.slot,
        label=label_in(fact.label, question.language),
        value=fact.slot,
    )


def _wanted(question: Question, found: tuple[SeenFact, ...]) -> tuple[SeenFact, ...]:
    """The indicators that the question names, in its order; the overview when it names none."""
    names = question.wanted or OVERVIEW
    return tuple(dict.fromkeys(fact for name in names for fact in _named(name, found)))


def _named(name: str, found: tuple[SeenFact, ...]) -> tuple[SeenFact, ...]:
    exact = tuple(fact for fact in found if fact.label == name)
    return exact or tuple(fact for fact in found if name.lower() in fact.label.lower())
