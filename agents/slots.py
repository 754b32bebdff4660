"""Slots: a model writes `{f12}`, code checks what is said of the fact and writes its figure.

A sentence is refused when it holds a figure that no tool gave, or when it says of a fact what
the fact is not: another symbol, another timeframe, another quantity. The problems are texts
that tell the model what to mend.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from agents.names import coins_named, timeframes_named
from agents.quantities import compatible, mentions, names_quantity
from desk.facts import Fact
from desk.figures import show
from trading.candles import Timeframe
from trading.symbols import base_of, exchange_of

SLOT = re.compile(r"\{(f\d{1,9})\}")
_LOOSE_SLOT = re.compile(r"\{{1,2}\s*[fF](\d{1,9})\s*\}{1,2}")
_CLAUSE = re.compile(
    r"[;；。！？]|[.!?](?=\s|$)|\b(?:but|while|whereas|although|though|versus|vs\.?)\b|但是?|而"
)
_PART = re.compile(r"[,，、)）]|\b(?:and|with)\b|和|与")
_BUY_AND_HOLD = re.compile("buy and hold", re.IGNORECASE)
_ADJACENT = re.compile(r"\s*(?:for|from|in|of|on|by)?\s*(?:the\s+)?")
_LINK = re.compile(
    r"https?:|www\.|t\.me/|@\w{3,}|\b[\w-]+\.(?:com|net|org|io|me|xyz|app|finance|ru|cn)\b",
    re.IGNORECASE | re.ASCII,
)
_NUMBER_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|"
    r"thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half)"
)
_IN_WORDS = re.compile(
    rf"\b{_NUMBER_WORD}(?:[\s-]+{_NUMBER_WORD})*[\s-]+"
    r"(?:percent|per\s+cent|percentage|basis\s+points|bps|points|dollars|usdt?|times|fold)\b"
    r"|百分之|[一二三四五六七八九十百千]+(?:个百分点|美元|倍)|[一二三四五六七八九]成",
    re.IGNORECASE | re.ASCII,
)


def normalise(sentence: str) -> str:
    """Write near misses such as `{{F12}}` or `{ f12 }` as `{f12}`."""
    return _LOOSE_SLOT.sub(lambda match: f"{{f{match[1]}}}", sentence)


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
    unknown = [found for found in referenced(sentence) if found not in facts]
    if unknown:
        return (f"there is no fact {', '.join(unknown)}; use ids that the tools gave you",)
    problems = [*_bare_figures(sentence, facts)]
    if _LINK.search(sentence):
        problems.append("links, addresses and names with @ are not allowed")
    for clause in _clauses(sentence):
        problems += _foreign_coin(clause, sentence, facts, symbol)
        problems += _foreign_exchange(clause, sentence, facts)
        problems += _foreign_timeframe(clause, sentence, facts, timeframe)
        problems += _other_quantity(clause, facts)
    return tuple(dict.fromkeys(problems))


def render(sentence: str, facts: Mapping[str, Fact]) -> str:
    """Write the figures into a checked sentence; a unit that the sentence repeats is dropped."""
    pieces, end = [], 0
    for match in SLOT.finditer(sentence):
        fact = facts[match[1]]
        before = sentence[end : match.start()]
        if fact.unit and not isinstance(fact.value, str):
            before = before.removesuffix("$")
        pieces += [before, show(fact)]
        end = match.end() + _repeated_unit(sentence[match.end() :], fact)
    return "".join(pieces) + sentence[end:]


def _repeated_unit(rest: str, fact: Fact) -> int:
    if isinstance(fact.value, str) or not fact.unit:
        return 0
    words = r"%|％|per\s?cent\b" if fact.unit == "fraction" else rf"{re.escape(fact.unit)}\b"
    match = re.match(rf"\s?(?:{words})", rest, re.IGNORECASE)
    return match.end() if match else 0


def _bare_figures(sentence: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    rest = SLOT.sub(" ", sentence)
    if "{" in rest or "}" in rest:
        yield "a slot is a fact's id in braces, such as {f12}, and nothing else"
    rest = _without_names(rest, facts)
    figures = [_figure(word) for word in rest.split() if _has_figure(word)]
    if figures:
        yield (
            f"the figure {', '.join(dict.fromkeys(figures))} stands outside a slot; write {{fN}} "
            "of the fact that holds it, or leave it out"
        )
    in_words = _IN_WORDS.search(rest)
    if in_words:
        yield f"'{in_words[0]}' is a figure in words; write {{fN}} of the fact that holds it"


def _figure(word: str) -> str:
    found = re.search(r"\d[\d.,]*", word)
    return found[0].rstrip(".,") if found else word


def _has_figure(word: str) -> bool:
    # Category N*: digits of all scripts, ½, ², Ⅳ. Chinese numerals are letters (as in 一个).
    return any(unicodedata.category(char)[0] == "N" for char in word)


def _without_names(text: str, facts: Mapping[str, Fact]) -> str:
    """Blank out names with digits in them: labels, symbols, timeframes that the facts gave."""
    spans = [(start, end) for _, start, end in timeframes_named(text)]
    for fact in facts.values():
        for pattern in _name_patterns(fact):
            spans += [match.span() for match in pattern.finditer(text)]
    chars = list(text)
    for start, end in spans:
        chars[start:end] = " " * (end - start)
    return "".join(chars)


def _name_patterns(fact: Fact) -> Iterator[re.Pattern[str]]:
    for name in (fact.symbol, base_of(fact.symbol)):
        if _has_figure(name):
            yield re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.ASCII)
    yield from _label_patterns(fact.label)


@lru_cache(maxsize=1024)
def _label_patterns(label: str) -> tuple[re.Pattern[str], ...]:
    """Match the label, and each part of it that has letters and digits, however spaced."""
    words = re.findall(r"[^\W\d_]+|%|\d+", label)
    parts = [words[i:j] for i in range(len(words)) for j in range(i + 2, len(words) + 1)]
    parts += [part[::-1] for part in parts if len(part) == 2]  # "50-EMA", "50 EMA"
    parts.sort(key=len, reverse=True)
    return tuple(
        _part_pattern(part)
        for part in parts
        if part[0] != "%" and any(map(str.isdigit, part)) and any(map(_is_name, part))
    )


def _is_name(word: str) -> bool:
    return word.isalpha() and word.lower() not in {"of", "the", "a", "in", "at", "is", "to", "per"}


def _part_pattern(part: list[str]) -> re.Pattern[str]:
    words = [re.escape(word.removesuffix("s")) + "s?" * word.isalpha() for word in part]
    body = r"[\s()/\-–,↑↓\u202f]*".join(words)
    # "EMA 50" of the label must not excuse the figure in "EMA 50.3" or "EMA 50 %".
    end = "" if part[-1] == "%" else r"\)?(?!\w|[.,]\d|\s?[%％])"
    return re.compile(rf"(?<![\w.]){body}{end}", re.IGNORECASE | re.ASCII)


def _clauses(sentence: str) -> Iterator[str]:
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(sentence)), len(sentence)]
    for start, end in pairwise(cuts):
        if start < end:
            yield sentence[start:end]


def _foreign_coin(
    clause: str, sentence: str, facts: Mapping[str, Fact], symbol: str
) -> Iterator[str]:
    known = frozenset(base_of(fact.symbol) for fact in facts.values() if fact.symbol)
    here = {coin for coin, *_ in coins_named(clause, known)}
    named = here or {coin for coin, *_ in coins_named(sentence, known)}
    if not named and symbol:
        named = {base_of(symbol)}
    for fact_id in referenced(clause):
        fact = facts[fact_id]
        if fact.symbol and named and base_of(fact.symbol) not in named:
            yield (
                f"{{{fact_id}}} is {fact.label} of {fact.symbol}, but the sentence speaks of "
                f"{', '.join(sorted(named))}"
            )


def _foreign_exchange(clause: str, sentence: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    places = {_place(fact) for fact in facts.values() if fact.symbol} - {""}
    if len(places) < 2:
        return
    named = _words_of(places, clause) or _words_of(places, sentence)
    for fact_id in referenced(clause):
        fact = facts[fact_id]
        if fact.symbol and named and _place(fact) not in named:
            yield (
                f"{{{fact_id}}} is {fact.label} on {_place(fact)}, but the sentence speaks of "
                f"{', '.join(sorted(named))}"
            )


def _place(fact: Fact) -> str:
    """The exchange that a fact's figure comes from."""
    return exchange_of(fact.symbol) or "".join(fact.source.split()[:1])


def _words_of(names: set[str], text: str) -> set[str]:
    words = set(re.findall(r"[a-z0-9]+", text.lower()))
    return {name for name in names if name.lower() in words}


def _foreign_timeframe(
    clause: str, sentence: str, facts: Mapping[str, Fact], timeframe: str
) -> Iterator[str]:
    named = _timeframes(clause, facts) or _timeframes(sentence, facts)
    if not named and timeframe:
        named = {timeframe}
    for fact_id in referenced(clause):
        fact = facts[fact_id]
        if fact.timeframe and named and fact.timeframe not in named | _own_periods(fact):
            yield (
                f"{{{fact_id}}} is {fact.label} of the {fact.timeframe} timeframe, but the "
                f"sentence speaks of {', '.join(sorted(named))}"
            )


def _own_periods(fact: Fact) -> set[str]:
    # A label such as "VaR 95 %, 1 day" carries its own period, whatever timeframe was asked for.
    own = {found.value for found, *_ in timeframes_named(fact.label)}
    return own | {Timeframe.D1.value} if fact.unit == "days" else own


def _timeframes(text: str, facts: Mapping[str, Fact]) -> set[str]:
    """Timeframes that a text names, without those that belong to the name of its facts."""
    named = {found.value for found, *_ in timeframes_named(SLOT.sub(" ", text))}
    return named.difference(*(_own_periods(facts[found]) for found in referenced(text)))


def _other_quantity(clause: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    clause = _BUY_AND_HOLD.sub("buy_and_hold", clause)  # one name, not two parts of a list
    slots = list(SLOT.finditer(clause))
    edges = [0, *(match.end() for match in slots)]
    nexts = [*(match.start() for match in slots[1:]), len(clause)]
    for match, start, stop in zip(slots, edges, nexts, strict=False):
        label = facts[match[1]].label
        if not names_quantity(label):
            continue
        before, after = clause[start : match.start()], clause[match.end() : stop]
        wrong = _misnamed(before, after, label)
        if wrong:
            yield f"{{{match[1]}}} is {label}, but the sentence calls it {wrong}"


def _misnamed(before: str, after: str, label: str) -> str:
    """The other quantity's name that a slot between these texts is given; "" when none is."""
    named = mentions(before)
    if any(compatible(mention, label) for mention in named):
        return ""
    if any(compatible(mention, label) for mention in mentions(_PART.split(after)[0])):
        return ""
    close = mentions(_PART.split(before)[-1])
    if close:
        return close[-1].text
    adjacent = _ADJACENT.match(after)
    follows = [m for m in mentions(after) if adjacent and m.start == adjacent.end()]
    return follows[0].text if follows and not named else ""
