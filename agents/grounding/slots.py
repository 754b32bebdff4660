"""Slots: a model writes `{f12}`, code checks what is said of the fact and writes its figure.

A sentence is refused when it holds a figure that no tool gave, or when it says of a fact what
the fact is not: another symbol, timeframe, exchange, strategy or quantity, another unit, another
sign, another place in a comparison. The problems are texts that tell the model what to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agents.grounding.attributes import attributes
from agents.grounding.bare_figures import bare_figures
from agents.grounding.chances import false_chances
from agents.grounding.claims import facts_of, false_claims, is_signed, said_sign
from agents.grounding.comparisons import false_comparisons
from agents.grounding.derived_sides import is_less, turned_round
from agents.grounding.events import false_events
from agents.grounding.folding import fold, without_unseen
from agents.grounding.lists import in_order, misordered
from agents.grounding.naming import misnamed
from agents.grounding.periods import other_period
from agents.grounding.readings import false_readings
from agents.grounding.said import SLOT, Said, clauses_of
from agents.grounding.written_beside import beside, repeated_unit
from desk.facts import Fact, Value
from desk.figures import with_unit
from desk.language import Language

# More is no sentence; and a judgement's work grows with the square of either.
LONGEST, MOST_SLOTS = 600, 20
_LOOSE_SLOT = re.compile(r"\{{1,2}\s*[fF](\d{1,9})\s*\}{1,2}")
_BUY_AND_HOLD = re.compile("buy[- ]and[- ]hold", re.IGNORECASE)
_LINK = re.compile(
    r"https?:|www\.|t\.me/|@\w{3,}"
    r"|\b[\w-]+\.(?:com|net|org|io|me|xyz|app|finance|ru|cn|info|top|link|site|online|dev|gg)\b",
    re.IGNORECASE | re.ASCII,
)


def normalise(sentence: str) -> str:
    """Write near misses such as `{{F12}}` or `{ f12 }` as `{f12}`; drop unseen characters."""
    return _LOOSE_SLOT.sub(lambda match: f"{{f{match[1]}}}", without_unseen(sentence))


def referenced(sentence: str) -> tuple[str, ...]:
    """Ids of the facts in a sentence, in order."""
    return tuple(match[1] for match in SLOT.finditer(sentence))


def check(
    sentence: str,
    facts: Mapping[str, Fact],
    symbol: str = "",
    timeframe: str = "",
    quotable: Sequence[str] = (),
) -> tuple[str, ...]:
    """Say what is wrong with a sentence; nothing when it may be shown.

    `facts` are those that the run was given, by id; `symbol` and `timeframe` are what the whole
    answer is about ("" for none), meant where a sentence names no other. `quotable` are texts
    that the desk itself wrote (a tool's error), free to be repeated word for word.
    """
    for text in quotable:
        sentence = sentence.replace(text, " ") if text else sentence
    if len(sentence) > LONGEST or len(referenced(sentence)) > MOST_SLOTS:
        return (f"longer than {LONGEST} characters or {MOST_SLOTS} slots; say it in less",)
    unknown = [found for found in referenced(sentence) if found not in facts]
    if unknown:
        return (f"there is no fact {', '.join(unknown)}; use ids that the tools gave you",)
    return tuple(dict.fromkeys(_problems(sentence, facts, symbol, timeframe)))


def render(sentence: str, facts: Mapping[str, Fact], language: Language = Language.EN) -> str:
    """Write the figures into a checked sentence.

    A unit that the sentence repeats is dropped, and so is a minus where "a loss of" says it.
    """
    pieces, end = [], 0
    for match in SLOT.finditer(sentence):
        fact = facts[match[1]]
        before, after = sentence[end : match.start()], sentence[match.end() :]
        value = _shown(fact, before, after)
        if fact.unit and not isinstance(fact.value, str):
            before = before.removesuffix("$")
        pieces += [before, with_unit(value, fact.unit, language)]
        end = match.end() + repeated_unit(after, fact)
    return "".join(pieces) + sentence[end:]


def _shown(fact: Fact, before: str, after: str) -> Value:
    value = fact.value
    if isinstance(value, str) or value >= 0 or not is_signed(fact):
        return value
    told = Said(fact, len(before), len(before), before, SLOT.split(after)[0])
    return -value if said_sign(before, after) < 0 or is_less(told) else value


def _problems(
    sentence: str, facts: Mapping[str, Fact], symbol: str, timeframe: str
) -> Iterator[str]:
    if without_unseen(sentence) != sentence:
        yield "the sentence holds unseen characters; leave them out"
    yield from bare_figures(sentence, facts)
    if _LINK.search(sentence):
        yield "links, addresses and names with @ are not allowed"
    yield from beside(sentence, facts)
    # One name, not two parts of a list.
    plain = _BUY_AND_HOLD.sub("buy_and_hold", fold(sentence))
    about = attributes(facts, symbol, timeframe)
    own = facts_of(facts, symbol, timeframe)
    for clause in clauses_of(plain, facts):
        for attribute in about:
            listed = in_order(clause, attribute)
            unlisted = tuple(one for one in clause.said if one.fact.id not in listed)
            yield from attribute.foreign(replace(clause, said=unlisted))
        yield from misordered(clause, about)
        yield from misnamed(clause)
        yield from false_chances(clause)
        yield from false_claims(clause, own)
        yield from false_comparisons(clause, own)
        yield from turned_round(clause)
        yield from other_period(clause)
        yield from false_readings(clause, own)
        yield from false_events(clause, facts, symbol)
