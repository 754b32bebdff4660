"""Events that a sentence says have happened: a level broken, a stop hit, a limit reached.

Judged against the last price, the order's entry and the account, where the run knows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from agents.grounding.claims import MAYBE, denied, number
from agents.grounding.said import SLOT, Clause
from desk.facts import Fact

_FLAGS = re.IGNORECASE
# What is still to come, besides the conditions of claims.
_TO_COME = re.compile(
    r"\b(?:after|assuming|in case|as soon as|needs?|has to|have to|must|yet to|to be|will be|"
    r"every time|each time)\b|[时后]",
    _FLAGS,
)
_BEEN = r"[^,;.]{0,24}?\b(?:has|have|was|were|is|got)(?: now| already| just| finally| been)* "
_BROKEN = r"(?:broken|cleared|breached|pierced|taken out|surpassed|overcome|smashed|lost)\b"
_BROKE = (
    r"\b(?:broke|broken|cleared|breached|pierced|surpassed|smashed|overcame|fell|fallen|dropped|"
    r"crashed|pushed|slid|moved|went|gone|climbed|risen|rose)(?: out| up| down)*"
)
_THROUGH = r"(?: (?:above|below|through|past))"
_DONE = r"(?:已经?|成功|刚刚?|现已)(?:经|向[上下]|有效|成功)*"
_LEVELS = {
    label: re.compile(
        rf"\b{name}\b{_BEEN}{_BROKEN}"
        rf"|\b(?:broke|broken|cleared|breached|pierced|surpassed|smashed|overcame)"
        rf"(?: out| up| down)*{_THROUGH}? (?:the |its )?{name}\b"
        rf"|{_BROKE}{_THROUGH} (?:the |its )?{name}\b"
        rf"|{_DONE}{verbs}(?:了)?{written}|{verbs}了{written}|{written}[^，。,]{{0,6}}已(?:经)?(?:被)?{verbs}",
        _FLAGS,
    )
    for label, name, verbs, written in (
        ("Resistance", "resistance", "(?:突破|站上|升破|冲破)", "(?:阻力|压力)"),
        ("Support", "support", "(?:跌破|击穿|失守|跌穿)", "支撑"),
    )
}
_STOP_HIT = re.compile(
    r"\bstop(?:[- ]loss)?\b[^,;.]{0,16}?\b(?:has been|was|got|has already been) "
    r"(?:hit|triggered|reached|taken out|touched)\b"
    r"|\b(?:price|it|BTC|has|already|just) (?:already |just )*(?:hit|touched|reached|triggered) "
    r"(?:the |its |your )?stop\b|\bstopped out\b"
    r"|止损[^，。,]{0,8}已(?:经)?被?(?:触发|打掉|触及)|已(?:经)?(?:触发|触及|打掉)(?:了)?止损",
    _FLAGS,
)
_TARGET_HIT = re.compile(
    r"\b(?:target|take[- ]profit)\b[^,;.]{0,16}?\b(?:has been|was|got|has already been) "
    r"(?:hit|reached|met|achieved|touched|filled)\b"
    r"|\b(?:price|it|BTC|has|already|just) (?:already |just )*(?:hit|touched|reached) "
    r"(?:the |its |your )?target\b"
    r"|(?:目标|止盈)[^，。,]{0,8}已(?:经)?被?(?:达到|触及|触发|实现)"
    r"|已(?:经)?(?:达到|触及|到达)(?:了)?(?:目标|止盈)",
    _FLAGS,
)
_LIMIT = re.compile(
    r"\bdrawdown\b[^;.]{0,24}?\b(?:has |have |is |was )?(?:already )?"
    r"(?:broken|broke|exceed(?:s|ed)|breached|passed|reached|hit|over|past|above|beyond)"
    r"(?: the| its| your)?(?: drawdown)? limit\b"
    r"|\b(?:over|past|beyond|used up|exceeded|reached|breached|hit)(?: the| its| your)?"
    r" drawdown limit\b"
    r"|\bdrawdown limit\b[^;.]{0,16}?\b(?:has been|was|is) "
    r"(?:broken|exceeded|reached|used up|hit|breached)\b"
    r"|回撤[^，。]{0,6}(?:已(?:经)?)?(?:超过|超出|突破|触及|达到)(?:了)?[^，。]{0,4}(?:上限|限制)",
    _FLAGS,
)
_TODAY = (
    re.compile(
        r"\b(?:you|your account|the account)(?: is| are| was| has| have|'re|'ve)*"
        r" (?:up|made money|gained|earned money|in profit|profitable)\b[^,;.]{0,8}\btoday\b"
        r"|今[天日][^，。]{0,4}(?:盈利|赚钱|赚了|获利)",
        _FLAGS,
    ),
    re.compile(
        r"\b(?:you|your account|the account)(?: is| are| was| has| have|'re|'ve)*"
        r" (?:down|lost money|losing money|in the red)\b[^,;.]{0,8}\btoday\b"
        r"|今[天日][^，。]{0,4}(?:亏损|亏钱|亏了)",
        _FLAGS,
    ),
)
_SIDES = re.compile(
    r"(?P<level>支撑|阻力|压力|止损|止盈|目标)[位价]?[^，。,；]{0,4}?"
    r"在(?P<base>现价|最新价|当前价格?|价格|入场价?)"
    r"(?:的)?(?P<way>上方|之上|下方|之下)",
)
_SIDE_LABELS = {
    "支撑": "Support",
    "阻力": "Resistance",
    "压力": "Resistance",
    "止损": "Stop",
    "止盈": "Target",
    "目标": "Target",
}
_STOP_SIDE = re.compile(
    r"\bstop (?:loss )?(?:is |sits |lies )?(above|below|over|under) (?:it|the entry)\b", _FLAGS
)
_RISKED = re.compile(
    r"\brisk(?:s|ed|ing)?(?: is| are| of| about| only|:| at stake)*\s*$"
    r"|\b(?:can|could|may|might|will|would) lose(?: only| about)?\s*$"
    r"|风险(?:金额)?(?:为|是|：|:|约)?\s*$",
    _FLAGS,
)
_AT_RISK = re.compile(r"\s*(?:is |are )?at risk\b|\s*的风险", _FLAGS)
_TO_MAKE = re.compile(r"\bto (?:make|earn|win)\s*$", _FLAGS)
_ALL_TIME = r"(?:all[- ]time|record) (?:high|low)|历史(?:新|最)?[高低](?:点|位|价)?"
_RECORD = re.compile(
    rf"(?:{_ALL_TIME})(?: is| was| stands| of| at| price|:|为|是|：|在)*\s*$", _FLAGS
)
_A_RECORD = re.compile(
    rf"\s*(?:is |was |as |是|为)?(?:the |an? |its )?(?:new )?(?:{_ALL_TIME})", _FLAGS
)


def false_events(clause: Clause, facts: Mapping[str, Fact], symbol: str) -> Iterator[str]:
    """Say which events of a clause have not happened, and which sums are called by another's name.

    `facts` are all of the run; `symbol` is what the whole answer is about ("" for none).
    """
    yield from _sums(clause)
    if MAYBE.search(clause.words):
        return
    known = [fact for fact in facts.values() if fact.symbol in ("", symbol)]
    # The name of a level stays by its verb where its slot stood between them.
    words = re.sub(r"\s+", " ", SLOT.sub(" ", clause.text))
    yield from _positions(words, known)
    if _TO_COME.search(words):
        return
    yield from _broken(words, known)
    yield from _order(words, known)
    yield from _account(words, known)


def _sums(clause: Clause) -> Iterator[str]:
    for one in clause.said:
        label, problem = one.fact.label, ""
        if label == "Order size" and (_RISKED.search(one.before) or _AT_RISK.match(one.after)):
            problem = "what is bought, not what is risked"
        elif label == "Loss at stop" and _TO_MAKE.search(one.before):
            problem = "a loss, not what is made"
        elif _RECORD.search(one.before) or _A_RECORD.match(one.after):
            problem = "no record of all time"
        if problem:
            yield f"{{{one.fact.id}}} is {label}: {problem}"


def _broken(words: str, known: Sequence[Fact]) -> Iterator[str]:
    price = _one(known, "Last price", "Price now")
    for label, pattern in _LEVELS.items():
        found, level = pattern.search(words), _one(known, label)
        if not found or denied(words, found) or price is None or level is None:
            continue
        if price <= level if label == "Resistance" else price >= level:
            yield f"the last price does not say '{found[0].strip()}'"


def _order(words: str, known: Sequence[Fact]) -> Iterator[str]:
    price, entry = _one(known, "Last price", "Price now"), _one(known, "Entry")
    stop, target = _one(known, "Stop"), _one(known, "Target")
    side = _STOP_SIDE.search(words)
    if entry is None:
        return
    if side and stop is not None and not denied(words, side):
        said_above = side[1].lower() in ("above", "over")
        if said_above != (stop > entry):
            yield f"the stop is not {side[1]} the entry"
    if price is None:
        return
    for pattern, level in ((_STOP_HIT, stop), (_TARGET_HIT, target)):
        found = pattern.search(words)
        if not found or level is None or denied(words, found):
            continue
        # The level is reached when the price is on its far side, seen from the entry.
        if (price - level) * (entry - level) > 0:
            yield f"the last price does not say '{found[0].strip()}'"


def _account(words: str, known: Sequence[Fact]) -> Iterator[str]:
    depth, limit = _one(known, "Drawdown"), _one(known, "Drawdown limit")
    found = _LIMIT.search(words)
    within = depth is not None and limit is not None and depth < limit
    no = re.search(r"\b(?:not|never)\b|[未没]", found[0]) if found else None
    if found and within and not no and not denied(words, found):
        yield f"the account's drawdown does not say '{found[0].strip()}'"
    today = _one(known, "Profit today")
    for pattern, way in zip(_TODAY, (1, -1), strict=True):
        found = pattern.search(words)
        if found and today is not None and today * way <= 0 and not denied(words, found):
            yield f"the account's profit today does not say '{found[0].strip()}'"


def _positions(words: str, known: Sequence[Fact]) -> Iterator[str]:
    """Judge "支撑位在现价上方": a level on one side of the price or of the entry."""
    for found in _SIDES.finditer(words):
        level = _one(known, _SIDE_LABELS[found["level"]])
        entry = found["base"].startswith("入场")
        base = _one(known, "Entry") if entry else _one(known, "Last price", "Price now")
        above = found["way"] in ("上方", "之上")
        if level is None or base is None or "不" in found[0]:
            continue
        if (level - base) * (1 if above else -1) <= 0:
            yield f"'{found[0]}' is not where it stands"


def _one(known: Sequence[Fact], *labels: str) -> Decimal | None:
    """Return the only figure with one of these labels; None where there are several, or none."""
    found = {
        value for fact in known if fact.label in labels and (value := number(fact)) is not None
    }
    return found.pop() if len(found) == 1 else None
