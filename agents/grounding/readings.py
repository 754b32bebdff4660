"""What a sentence says of a level in words of its own: bands, volume, crosses and won trades.

A state is judged by the fact of its clause, or by the only such fact that the run was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agents.grounding.claims import MAYBE, denied, number, wrong
from agents.grounding.said import Clause
from desk.facts import Fact


@dataclass(frozen=True)
class _Reading:
    """Words about facts of one label, and for which figures they are true."""

    label: re.Pattern[str]
    words: re.Pattern[str]
    true: Callable[[float], bool]


def _reading(label: str, words: str, true: Callable[[float], bool]) -> _Reading:
    return _Reading(re.compile(label), re.compile(words, re.IGNORECASE), true)


_BAND, _VOLUME, _WON = r"Bollinger %B$", r"Volume / mean", r"Win rate$"
_MOST = r"\bmost (?:of (?:the |its )?)?trades"
_IS = r"(?:is |was |has been |looks )?(?:clearly |well |now )?"
_READINGS = (
    _reading(
        _BAND,
        r"\b(?:inside|within|between) (?:the |its )?(?:Bollinger )?bands?\b|带内|轨道内|上下轨之间",
        lambda at: 0 <= at <= 1,
    ),
    _reading(
        _BAND,
        r"\boutside (?:of )?(?:the |its )?(?:Bollinger )?bands?\b|带外|轨道外",
        lambda at: not 0 <= at <= 1,
    ),
    _reading(
        _BAND,
        r"\b(?:below|under|beneath) (?:the |its )?lower (?:Bollinger )?band\b"
        r"|(?:跌破|低于)(?:布林带?)?下轨|下轨(?:的)?(?:下方|之下)",
        lambda at: at < 0,
    ),
    _reading(
        _BAND,
        r"\b(?:above|over) (?:the |its )?upper (?:Bollinger )?band\b"
        r"|(?:突破|高于|升破)(?:布林带?)?上轨|上轨(?:的)?(?:上方|之上)",
        lambda at: at > 1,
    ),
    _reading(
        _BAND,
        r"\b(?:hug|rid|walk)(?:s|es|ging|ing)? (?:along )?(?:the |its )?lower band\b|贴着下轨",
        lambda at: at < 0.5,
    ),
    _reading(
        _BAND,
        r"\b(?:hug|rid|walk)(?:s|es|ging|ing)? (?:along )?(?:the |its )?upper band\b|贴着上轨",
        lambda at: at > 0.5,
    ),
    _reading(
        _VOLUME,
        rf"(?<!balance )\bvolume {_IS}(?:surging|surged|spiking|spiked|expanding|swelling|heavy|"
        r"elevated|above (?:the |its )?(?:mean|average|norm))\b"
        r"|\b(?:heavy|surging|rising|elevated) volume\b|\b(?:surge|spike) in volume\b"
        r"|成交量(?:明显|显著|大幅|正在|继续|有所)?(?:放大|激增|大增)|放量",
        lambda at: at > 1,
    ),
    _reading(
        _VOLUME,
        rf"(?<!balance )\bvolume {_IS}(?:drying up|dried up|thin|shrinking|fading|falling off|"
        r"below (?:the |its )?(?:mean|average|norm))\b"
        r"|\b(?:thin|shrinking|fading) volume\b"
        r"|成交量(?:明显|显著|大幅|正在|继续|有所)?(?:萎缩|缩小|缩减)|缩量",
        lambda at: at < 1,
    ),
    _reading(
        _WON,
        rf"{_MOST} (?:were|are|ended as) (?:winners|winning|profitable)\b"
        rf"|{_MOST} (?:won|made money)\b"
        r"|\bw[io]ns? more often than it los(?:es|t)\b"
        r"|(?:过半|多数|大部分|大多数)交易(?:是)?(?:盈利|赚钱|获利)",
        lambda rate: rate > 0.5,
    ),
    _reading(
        _WON,
        rf"{_MOST} (?:were|are|ended as) (?:losers|losing|unprofitable)\b"
        rf"|{_MOST} lost\b"
        r"|\blos(?:es|t) more often than it w[io]ns?\b"
        r"|(?:过半|多数|大部分|大多数)交易(?:是)?(?:亏损|亏钱)",
        lambda rate: rate < 0.5,
    ),
    _reading(
        _WON,
        r"\b(?:all|every one) (?:of )?(?:the |its )?\s*(?:trades )?(?:were|was) "
        r"(?:winners|a winner|profitable)\b|全部(?:交易)?(?:盈利|获利)",
        lambda rate: rate >= 1,
    ),
)
_CROSSED = re.compile(
    r"\b(?P<way>golden|death) cross (?:has |just |was )*"
    r"(?:formed|happened|occurred|appeared|printed)\b"
    r"|(?:出现|形成|已经?)(?:了)?(?P<zh>金叉|死叉)",
    re.IGNORECASE,
)
_OTHER_CROSS = re.compile(r"\bMACD\b|\bstochastic\b|\bKDJ?\b|随机指标", re.IGNORECASE)
_LOST_MONEY = re.compile(r"\s*(?:trades )?(?:all )?(?:lost money|were losers|made money)\b", re.I)


def false_readings(clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    """Say which words of a clause about a level its figure contradicts.

    `facts` are those of the run that the answer is about, for words that need no slot.
    """
    words = clause.words
    if MAYBE.search(words):
        return
    for reading in _READINGS:
        found = reading.words.search(words)
        fact = _meant(reading.label, clause, facts) if found else None
        value = number(fact) if fact else None
        if not found or fact is None or value is None:
            continue
        if reading.true(float(value)) == denied(words, found):
            yield wrong(fact, f"'{found[0].strip()}'")
    yield from _cross(words, clause, facts)
    for one in clause.said:
        lost = one.fact.label == "Trades" and _LOST_MONEY.match(one.after)
        if lost:
            yield f"{{{one.fact.id}}} is how many trades there were: not all went one way"


def _cross(words: str, clause: Clause, facts: Sequence[Fact]) -> Iterator[str]:
    found = _CROSSED.search(words)
    if not found or _OTHER_CROSS.search(words) or denied(words, found):
        return
    fact = _meant(re.compile(r"EMA 20/50$"), clause, facts)
    up = (found["way"] or found["zh"]).lower() in ("golden", "金叉")
    if fact and fact.value in ("above", "below") and up != (fact.value == "above"):
        yield wrong(fact, f"'{found[0].strip()}'")


def _meant(label: re.Pattern[str], clause: Clause, facts: Sequence[Fact]) -> Fact | None:
    """Return the one fact of a label: of the clause, else of its sentence, else of the run."""
    for among in (clause.facts, clause.told, facts):
        found = [fact for fact in among if label.match(fact.label)]
        if found:
            return found[0] if len({fact.value for fact in found}) == 1 else None
    return None
