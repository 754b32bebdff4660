"""Comparisons: what a sentence puts above, below, ahead of or behind what.

Each side is a slot, or a quantity by its name whose figure the run was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from agents.grounding.claims import number
from agents.grounding.derived_sides import is_difference
from agents.grounding.quantities import (
    Mention,
    compatible,
    families_of,
    strong_mentions,
    unqualified,
)
from agents.grounding.said import SLOT, Clause
from agents.names import coins_named
from desk.facts import Fact
from tools.derive import NAME as DERIVED

_ABOVE = (
    r"\b(?:above|over|higher than|greater than|more than|larger than|bigger than|"
    r"exceed(?:s|ed|ing)?|tops|in excess of)\b|>|＞"
    r"|(?<!不)高于|高过|(?<!不)大于|(?<!未)(?<!没有)超过|多于|在(?=[^，。]{0,12}之上)"
)
_BELOW = (
    r"\b(?:below|under|lower than|less than|smaller than|short of|beneath|underneath)\b"
    r"|<|＜|(?<!不)低于|(?<!不)小于|少于|在(?=[^，。]{0,12}之下)"
)
_BETTER = (
    r"\b(?:beat(?:s|ing)?|beaten|outperform(?:s|ed|ing)?|better than|ahead of|outpaced?|"
    r"superior to)\b|优于|强于|跑赢|领先于?|好于|胜过"
)
_WORSE = (
    r"\b(?:worse than|underperform(?:s|ed|ing)?|trail(?:s|ed|ing)?|lag(?:s|ged)?(?: behind)?|"
    r"behind|inferior to|poorer than)\b|不如|不及|逊于|跑输|落后于?|弱于|差于"
)
_WORD = re.compile(
    f"(?P<above>{_ABOVE})|(?P<below>{_BELOW})|(?P<better>{_BETTER})|(?P<worse>{_WORSE})",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|nor|neither|isn't|doesn't|didn't|hasn't|fails? to|failed to|without|"
    r"cannot|can't)\b(?:\s+\w+){0,2}\s*$|[不没未无](?:有|能|曾|会)?$",
    re.IGNORECASE,
)
_MAYBE = re.compile(
    r"\b(?:if|unless|until|would|could|may|might|once|when|whenever|whether|should|wait|break|breaks|"
    r"close|closes|back|needs? to|has to|must)\b|如果|若|除非|一旦|等待|是否|直到|需要|突破",
    re.IGNORECASE,
)
_STOP = re.compile(r"[,，、;]|\b(?:and|with|which|that|so|then|because|as)\b|和|与|且|并")
_TRADES = re.compile(r"\btrades\s*$", re.IGNORECASE)
_HOLDING = r"(?:buy[-_ ]and[-_ ]hold(?:ing)?|holding|the market|买入并?持有|持有)"
_MORE_IS_BETTER = frozenset({"return", "buy and hold", "Sharpe", "win rate", "accuracy", "profit"})
_LESS_IS_BETTER = frozenset({"drawdown", "VaR", "CVaR", "Brier score", "fees", "volatility"})
_PRICES = ("Last price", "Price now")
_ORDER = re.compile(r"([A-Za-z]+) (\d+)/(\d+)$")


def false_comparisons(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    """Say which comparisons of a clause the figures contradict.

    `facts` are those of the run that the answer is about, for sides that are only named.
    """
    yield from _turned_round(clause)
    if _MAYBE.search(clause.words):
        return
    yield from _beside_holding(clause, facts)
    for found in _WORD.finditer(clause.text):
        way = 1 if found["above"] or found["better"] else -1
        denied = _NOT.search(clause.text[: found.start()]) is not None
        left = _STOP.split(clause.text[: found.start()])[-1]
        right = _STOP.split(clause.text[found.end() :])[0]
        if _tells_distance(clause, found):
            continue
        subject, thing = _subject(left, clause, facts), _object(right, clause, facts)
        if subject is None or thing is None or subject.id == thing.id:
            continue
        judged = bool(found["better"] or found["worse"])
        yield from _judge(subject, thing, way, found[0], denied=denied, judged=judged)


def _judge(
    subject: Fact, thing: Fact, way: int, word: str, *, denied: bool, judged: bool
) -> Iterator[str]:
    a, b = number(subject), number(thing)
    if a is None or b is None or subject.unit != thing.unit:
        return
    if judged:
        both = families_of(subject.label) | families_of(thing.label)
        if both & _LESS_IS_BETTER and not both & _MORE_IS_BETTER:
            way = -way
        elif both & _LESS_IS_BETTER or not both & _MORE_IS_BETTER:
            return
    true = (a - b) * way > 0
    if true == denied:
        yield (
            f"{subject.label} ({{{subject.id}}}) is {'' if denied else 'not '}{word.strip()} "
            f"{thing.label} ({{{thing.id}}})"
        )


def _beside_holding(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    """Judge "worse than holding" by the only strategy and the only holding there are."""
    text = clause.text
    for pattern, way in ((_BETTER, 1), (_WORSE, -1)):
        said = [*re.finditer(rf"(?:{pattern})[^.;，,]{{0,24}}?{_HOLDING}", text, re.IGNORECASE)]
        turned = [
            *re.finditer(rf"\b{_HOLDING}[^.;，,{{}}]{{0,12}}?(?:{pattern})", text, re.IGNORECASE)
        ]
        for found, sign in [*((one, way) for one in said), *((one, -way) for one in turned)]:
            pairs = _pairs(clause, facts)
            denied = _NOT.search(text[: found.start()]) is not None
            # Where several strategies could be meant, it must be wrong of each.
            if pairs and all(((made - held) * sign > 0) == denied for made, held in pairs):
                yield f"'{found[0]}' is not what the returns of the strategy and of holding say"


def _pairs(clause: Clause, facts: Sequence[Fact]) -> list[tuple[Decimal, Decimal]]:
    """Return the returns of the strategies that a clause may mean, each with that of holding."""
    own = [fact for fact in facts if _is_return(fact) and _names(fact, clause.text)]
    told = [fact for fact in clause.facts if _is_return(fact)]
    made = told or own or [fact for fact in facts if _is_return(fact)]
    held = [fact for fact in clause.facts if fact.label == "Buy and hold"]
    held = held or [fact for fact in facts if fact.label == "Buy and hold"]
    return [
        (a, b)
        for one in made
        for other in held
        if (a := number(one)) is not None and (b := number(other)) is not None
    ]


def _names(fact: Fact, text: str) -> bool:
    title = fact.label.removesuffix(" return").lower()
    return title in text.lower().replace("_", " ")


def _is_return(fact: Fact) -> bool:
    return fact.tool == "backtest" and fact.label.endswith(" return")


def _turned_round(clause: Clause) -> Iterator[str]:
    """ "EMA 50 is {f4} EMA 20" turns the reading of EMA 20/50 round; the price is none of both."""
    for one in clause.said:
        order = _ORDER.match(one.fact.label)
        if order is None or one.fact.value not in ("above", "below"):
            continue
        left = [found for found in strong_mentions(one.near) if not len(found.numbers) > 1]
        right = [found for found in strong_mentions(one.then) if not len(found.numbers) > 1]
        first, second = order[2], order[3]
        if left and (not compatible(left[-1], one.fact.label) or second in left[-1].numbers):
            yield f"{{{one.fact.id}}} says where {order[1]} {first} is, not {left[-1].text}"
        elif right and first in right[0].numbers:
            yield f"{{{one.fact.id}}} compares with {order[1]} {second}, not with {right[0].text}"


def _tells_distance(clause: Clause, found: re.Match[str]) -> bool:
    """Tell whether a comparison is that of a derived difference: `{f9} above EMA 50`."""
    for one in clause.said:
        near = one.end <= found.start() and not clause.text[one.end : found.start()].strip(" %％")
        by = one.start >= found.end() and re.search(r"\bby\s*$|出\s*$", one.before)
        if (near or by) and is_difference(one.fact):
            return True
    return False


def _subject(text: str, clause: Clause, facts: Sequence[Fact]) -> Fact | None:
    """Return the last thing named before the word."""
    text = _TRADES.sub("", text)
    slots = list(SLOT.finditer(text))
    named = strong_mentions(SLOT.sub(lambda match: " " * len(match[0]), text))
    if not slots and not named and next(coins_named(text), None):
        named = strong_mentions("price")  # "BTC is above EMA 50": its price is
    if slots and not (named and named[-1].start > slots[-1].end()):
        return _slot(slots[-1], clause)
    return _meant(named[-1], clause, facts) if named else None


def _object(text: str, clause: Clause, facts: Sequence[Fact]) -> Fact | None:
    """Return the first thing named after the word."""
    slots = list(SLOT.finditer(text))
    named = strong_mentions(SLOT.sub(lambda match: " " * len(match[0]), text))
    if slots and (not named or slots[0].start() < named[0].start):
        return _slot(slots[0], clause) if len(text[: slots[0].start()].split()) <= 4 else None
    if not named:
        return None
    if slots and not SLOT.search(text[: named[0].start]):
        fact = _slot(slots[0], clause)
        if fact and compatible(named[0], fact.label):
            return fact
    return _meant(named[0], clause, facts)


def _slot(match: re.Match[str], clause: Clause) -> Fact | None:
    found = next((fact for fact in clause.facts if fact.id == match[1]), None)
    return None if found is None or is_difference(found) else found


def _meant(mention: Mention, clause: Clause, facts: Sequence[Fact]) -> Fact | None:
    """Return the one fact that a name can mean; None where there are several, or none."""
    for among in (clause.facts, facts):
        found = {fact.id: fact for fact in among if _is_meant(mention, fact)}
        if len({(fact.label, Decimal(str(fact.value))) for fact in found.values()}) == 1:
            return next(iter(found.values()))
    return None


def _is_meant(mention: Mention, fact: Fact) -> bool:
    if isinstance(fact.value, str) or fact.tool == DERIVED:
        return False
    if "price" in mention.families:
        return fact.label in _PRICES
    if unqualified(fact.label, mention.text):
        return False
    # An average or an indicator is one only with its period. Who says "accuracy" means the
    # forecast's.
    own = families_of(fact.label)
    own = own - {"forecast"} or own
    if mention.families & {"EMA", "SMA"} and not mention.numbers:
        return False
    return bool(own) and mention.families >= own and compatible(mention, fact.label)
