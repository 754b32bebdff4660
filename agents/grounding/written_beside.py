"""What stands right beside a slot: a unit, a sign, a letter that would change its figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from agents.grounding.said import SLOT
from desk.facts import Fact
from desk.figures import TWO_DECIMALS

_PLAIN = "plain"
# Words that may follow a figure, by the units that they are right for.
_UNITS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"%|％|per\s?cent\b(?!age)", frozenset({"fraction"})),
    (
        r"(?:percentage )?points?\b(?! (?:to|at|up|down|in|higher|lower))|个?百分点|个点",
        frozenset({"points", _PLAIN, "score"}),
    ),
    (r"basis points?\b|bps?\b|基点", frozenset()),
    (r"candles?\b|bars?\b|根(?:K线)?", frozenset({"candles"})),
    (r"days?\b|天", frozenset({"days"})),
    (r"hours?\b|hrs?\b|h\b|个?小时", frozenset({"h"})),
    (r"minutes?\b|mins?\b|分钟", frozenset({"min"})),
    (r"weeks?\b|months?\b|years?\b|个月|周(?!线)|年", frozenset()),
    (r"trades\b|笔交易|次交易", frozenset({"trades"})),
    (r"items\b|headlines\b|articles\b|stories\b|条", frozenset({"items"})),
    (r"positions\b|个持仓", frozenset({"positions"})),
    (r"times\b|x\b|×|倍", frozenset({_PLAIN})),
    (r"k\b|m\b|bn\b|thousands?\b|millions?\b|billions?\b|hundreds?\b|dozens?\b", frozenset()),
    (r"[万亿千百]", frozenset()),
    (r"dollars?\b|美元|美金|刀", frozenset({"USDT", "USDC", "USD", "FDUSD", "BUSD"})),
    (r"euros?\b|欧元", frozenset({"EUR"})),
    (
        r"BTC\b(?=\s*(?:[.,;!?)，。；]|$))|ETH\b(?=\s*(?:[.,;!?)，。；]|$))",
        frozenset({"BTC", "ETH"}),
    ),
    (r"\$|€|£", frozenset({"USD", "USDT", "EUR", "GBP"})),
)
_AFTER = tuple(
    (re.compile(rf"\s?(?:{words})", re.IGNORECASE | re.ASCII), units) for words, units in _UNITS
)
_CODE = re.compile(rf"\s?({'|'.join(sorted(TWO_DECIMALS))})\b", re.IGNORECASE)
_MONEY = {"$": TWO_DECIMALS - {"EUR", "GBP"}, "€": frozenset({"EUR"}), "£": frozenset({"GBP"})}
_SIGN = re.compile(
    r"(?:^|[\s(（，,:：\w])([-−–+＋﹣－]|\bminus\s|\bnegative\s|\bplus\s|[为是]?[负正])$",
    re.IGNORECASE,
)


def beside(sentence: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    """Say what is written beside a slot and would make its figure another one."""
    slots = list(SLOT.finditer(sentence))
    for one, other in pairwise(slots):
        if not sentence[one.end() : other.start()].strip(".,'’·"):
            yield f"{one[0]} and {other[0]} run into each other; put a word between them"
    for match in slots:
        fact = facts[match[1]]
        before, after = sentence[: match.start()], sentence[match.end() :]
        yield from _glued(match[0], before, after)
        yield from _unit(match[0], fact, before, after)
        yield from _signed(match[0], fact, before)


def repeated_unit(rest: str, fact: Fact) -> int:
    """Return how much of the text after a slot says its unit once more."""
    if isinstance(fact.value, str) or not fact.unit:
        return 0
    code = _CODE.match(rest)
    if code:
        return code.end() if code[1].upper() == fact.unit else 0
    for pattern, units in _AFTER:
        found = pattern.match(rest)
        if found and found[0].strip() and fact.unit in units:
            return found.end()
    own = re.match(rf"\s?{re.escape(fact.unit)}\b", rest)
    return own.end() if own else 0


def _glued(slot: str, before: str, after: str) -> Iterator[str]:
    inside = re.search(r"[A-Za-z0-9_.]$", before)
    behind = re.match(r"(?!(?:x|h|min|bps?|k|m|bn|USDT?|USDC|EUR)\b)[A-Za-z0-9_]|[.,][0-9]", after)
    mark = re.match(r"[\u0300-\u036f\u20d0-\u20ff]", after)
    if inside or behind or mark:
        yield f"{slot} stands inside a word; put spaces around it"


def _unit(slot: str, fact: Fact, before: str, after: str) -> Iterator[str]:
    unit = "words" if isinstance(fact.value, str) else fact.unit or _PLAIN
    money = re.search(r"[$€£]\s?$", before)
    if money and unit not in _MONEY[money[0].strip()]:
        yield f"{slot} is {fact.label}, which is no amount in {money[0].strip()}"
    code = _CODE.match(after)
    if code and code[1].upper() != unit:
        yield f"{slot} is {fact.label}, which is not in {code[1]}"
        return
    for pattern, units in _AFTER:
        found = pattern.match(after)
        if found and unit not in units:
            yield f"{slot} is {fact.label}, which is not in '{found[0].strip()}'"
            return


def _signed(slot: str, fact: Fact, before: str) -> Iterator[str]:
    found = _SIGN.search(before)
    if found is None:
        return
    word = found[1].strip().lower().removeprefix("为").removeprefix("是")
    if word not in ("+", "＋", "正", "plus"):
        yield f"{slot} brings its own sign; leave out '{word}' before it"
    elif isinstance(fact.value, str) or fact.value <= 0:
        yield f"{slot} is {fact.label}, which is not above zero, so '{word}' is wrong"
