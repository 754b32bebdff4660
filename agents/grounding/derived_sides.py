"""Derived figures: which of their two sides a sentence puts ahead, and by how many times."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.grounding.claims import number
from agents.grounding.quantities import compatible, families_of, strong_mentions
from agents.grounding.said import SLOT, Clause, Said
from agents.names import coins_named, timeframes_named
from desk.facts import Fact
from tools.derive import AGAINST, MINUS, OVER
from tools.derive import NAME as DERIVED

_MORE = (
    r"\b(?:above|over|higher|more|greater|larger|dearer|pricier|premium|ahead|leads?|led|beats?|"
    r"better|outperform(?:s|ed|ing)?|exceed(?:s|ed|ing)?|tops|topped)\b"
    r"|上方|高于|高出?|溢价|领先|跑赢|超过|超出|优于|多出?"
)
_LESS = (
    r"\b(?:below|beneath|under|underneath|shy of|short of|lower|less|smaller|cheaper|discount|"
    r"behind|trail(?:s|ed|ing)?|lag(?:s|ged|ging)?|worse|underperform(?:s|ed|ing)?)\b"
    r"|下方|低于|低|折价|落后|跑输|不如|逊于|少"
)
_JUDGED = re.compile(r"better|worse|beat|(?:out|under)perform|优于|不如|逊于", re.IGNORECASE)
_WORD = re.compile(f"(?P<more>{_MORE})|(?P<less>{_LESS})", re.IGNORECASE)
_RIGHT_AFTER = re.compile(
    r"\s?%?\s*(?:(?:points?|USDT?|USDC|of an?|个?百分点|的)\s*){0,2}"
    rf"(?:(?P<more>{_MORE})|(?P<less>{_LESS}))",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s?(?:times|x\b|×|倍)", re.IGNORECASE)
_STOP = re.compile(r"[,，、;:：]|\b(?:and|which|that|so|then|because)\b|和|且|并")
_EQUALS = re.compile(r"[是为]")
_THAN = re.compile(r"\b(?:than|compared (?:with|to)|against|versus)\b", re.IGNORECASE)
_BESIDE = re.compile(r"比|较|相对于?")
# A drawdown that is better is one that is lower.
_LESS_IS_BETTER = frozenset({"drawdown", "VaR", "CVaR", "Brier score", "fees", "volatility"})
_NOT = re.compile(
    r"\b(?:not|never|no|isn't|doesn't|didn't)\b[^,;{}]{0,16}$|[不没未]$", re.IGNORECASE
)
_MAYBE = re.compile(
    r"\b(?:if|unless|until|would|could|may|might|whether|should)\b|如果|若|除非|是否", re.IGNORECASE
)


def is_difference(fact: Fact) -> bool:
    """Tell whether a fact's sign says which of its two sides is ahead."""
    return fact.tool == DERIVED and (MINUS in fact.label or AGAINST in fact.label)


def told_by(one: Said) -> re.Match[str] | None:
    """Return the word that says which way a difference goes: `{f9} above`, `trails it by {f9}`."""
    after = _RIGHT_AFTER.match(one.after)
    return after or next(reversed([*_WORD.finditer(one.before)]), None)


def turned_round(clause: Clause) -> Iterator[str]:
    """Say which derived figures of a clause are told with their sides changed over."""
    if _MAYBE.search(clause.words):
        return
    for one in clause.said:
        if is_difference(one.fact):
            yield from _difference(one)
        elif one.fact.tool == DERIVED and OVER in one.fact.label and _TIMES.match(one.after):
            subject, thing = _STOP.split(one.before)[-1], _STOP.split(one.after)[0]
            equals = _EQUALS.search(subject)
            if equals:  # "以太坊是比特币的{f9}倍"
                subject, thing = subject[: equals.start()], subject[equals.end() :] + thing
            if _way(one.fact.label, subject, thing) < 0:
                yield f"{{{one.fact.id}}} is {one.fact.label}, not the other way round"


def is_less(one: Said) -> bool:
    """Tell whether words beside a difference already say that it is below zero."""
    found = told_by(one) if is_difference(one.fact) else None
    return bool(found and found["less"])


def _difference(one: Said) -> Iterator[str]:
    found, value, label = told_by(one), number(one.fact), one.fact.label
    if found is None or value is None:
        return
    after = found.re is _RIGHT_AFTER
    head = one.before if after else one.before[: found.start()]
    tail = one.after[found.end() :] if after else one.before[found.end() :] + one.after
    subject, thing = _STOP.split(head)[-1], _STOP.split(tail)[0]
    than = _THAN.search(thing)
    if than:  # "higher on the 1h than on the 4h"
        subject, thing = f"{subject} {thing[: than.start()]}", thing[than.end() :]
    beside = _BESIDE.search(subject)
    if beside:  # "现价比均线高"
        subject, thing = subject[: beside.start()], subject[beside.end() :]
    way = 1 if found["more"] else -1
    if _JUDGED.search(found[0]) and families_of(label) & _LESS_IS_BETTER:
        way = -way
    if _NOT.search(head):
        way = -way
    if value * way * (_way(label, subject, thing) or 1) <= 0:
        yield f"{{{one.fact.id}}} is {label} with the other sign than the sentence says"


def _way(label: str, subject: str, thing: str) -> int:
    """Return 1 where the subject is the label's first side, -1 where the second, 0 unknown."""
    first, _, second = re.split(f"({MINUS}|{OVER}|{AGAINST})", label, maxsplit=1)
    return _side(SLOT.sub(" ", thing), second, first) or _side(
        SLOT.sub(" ", subject), first, second
    )


def _side(text: str, own: str, other: str) -> int:
    """Tell whether a text names one side alone: 1 its own, -1 the other, 0 neither or both."""
    found = strong_mentions(text)
    named = [{compatible(one, own) - compatible(one, other) for one in found}]
    named += [
        {(name in names(own)) - (name in names(other)) for name in names(text)}
        for names in (_frames, _coins)
    ]
    for sides in (one - {0} for one in named):
        if len(sides) == 1:
            return sides.pop()
    return 0


def _frames(text: str) -> frozenset[str]:
    return frozenset(found.value for found, _, _ in timeframes_named(text))


def _coins(text: str) -> frozenset[str]:
    return frozenset(coin for coin, _, _ in coins_named(text))
