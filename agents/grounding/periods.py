"""Over how long a figure runs: "24 h" and "1 day" in a label, "last week" in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agents.grounding.said import Clause, Said
from desk.facts import Fact
from tools.derive import NAME as DERIVED

# A unit with a word that makes it a span, so that "1h" and "a daily candle" are none.
_SPAN = re.compile(
    r"\b(?:past|last|next|previous|coming|this|per|each|every|in the|over the|one|"
    r"(?:within|in|over|during) (?:an?|one))"
    r"[ -](?:single )?(hour|day|week|month|quarter|year)\b(?! candle)"
    r"|\b(month|quarter|year)ly\b|\b(annual)(?:ly|i[sz]ed)?\b|\b(yesterday|today)\b"
    r"|\b(24)[ -]?(?:h|hours?)\b|\b1 (day|year)\b"
    r"|(?:过去|最近|近|未来|每|单|上|本|这)(?:[一1]个?|个)?(小时|天|日|周|星期|月|季度?|年)(?!线|度)"
    r"|[一1]个?(小时|天|日|周|月|年)(?:内|来|以来|中|的)"
    r"|(今天|今日|昨天|昨日)|(年化|全年)|(24) ?小时",
    re.IGNORECASE,
)
_UNITS = {
    "hour": "hour",
    "小时": "hour",
    "day": "day",
    "天": "day",
    "日": "day",
    "24": "day",
    "today": "day",
    "yesterday": "day",
    "今天": "day",
    "今日": "day",
    "昨天": "day",
    "昨日": "day",
    "week": "week",
    "周": "week",
    "星期": "week",
    "month": "month",
    "月": "month",
    "quarter": "quarter",
    "季": "quarter",
    "季度": "quarter",
    "year": "year",
    "annual": "year",
    "年": "year",
    "年化": "year",
    "全年": "year",
}
_IN_LABEL = re.compile(r"\b(\d+) ?(h|d|days?|weeks?|months?|years?)\b|\b(today)\b| a (day|year)$")
_HOURS = {"h": 1, "d": 24, "day": 24, "week": 168, "month": 720, "year": 8760}
_LENGTHS = {1: "hour", 24: "day", 168: "week", 720: "month", 8760: "year"}
# Where the figures come from, not what they run over: "measured over the last year".
_MEASURED = re.compile(
    r"\b(?:measured|based|tested|estimated|trained|computed|calculated|data|history|candles)\b"
    r"|测算|基于|数据|历史",
    re.IGNORECASE,
)
_BEFORE_NOW = re.compile(
    r"\byesterday\b|\blast (?:week|month|year)\b|\ba (?:day|week|month|year) ago\b"
    r"|昨[天日]|上周|上个?月|去年",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\byesterday\b|\b(?:last|this) (?:week|month)\b"
    r"|\b(?:coming|next) (?:day|week|month|quarter|year)\b"
    r"|昨[天日]|上周|本周|上个?月|本月|明年|来年|未来一年",
    re.IGNORECASE,
)
_NOW_ONLY = frozenset({"indicators", "quote"})


def other_period(clause: Clause) -> Iterator[str]:
    """Say which slots of a clause are said to run over another time than their facts."""
    for one in clause.said:
        fact = one.fact
        if fact.tool == DERIVED or isinstance(fact.value, str):
            continue
        own = _of_label(fact.label)
        text = _around(one)
        if own:
            named = _named(text)
            if named and own not in named and not _MEASURED.search(text):
                yield f"{{{fact.id}}} is {fact.label}, not that of a {sorted(named)[0]}"
        else:
            found = _elsewhen(fact, text)
            if found:
                yield f"{{{fact.id}}} is {fact.label}; the tools did not measure it for '{found}'"


def _around(one: Said) -> str:
    """Return the words that a slot's time may stand in: before it, and its own part after it."""
    return f"{one.before} {one.then}"


def _named(text: str) -> frozenset[str]:
    found = (next(filter(None, match.groups())) for match in _SPAN.finditer(text))
    return frozenset(_UNITS[unit.lower()] for unit in found)


def _elsewhen(fact: Fact, text: str) -> str:
    """Return a time in a text that a reading of now, or a whole backtest, says nothing of."""
    if (fact.tool == "backtest" and fact.unit == "fraction") or "since start" in fact.label:
        found = _CALENDAR.search(text)
    elif fact.tool in _NOW_ONLY and fact.timeframe not in ("1d", "1w"):
        found = _BEFORE_NOW.search(text)
    else:
        return ""
    return found[0] if found and not re.search(r"\bsince\b", text[: found.start()]) else ""


@lru_cache(maxsize=1024)
def _of_label(label: str) -> str:
    """Return the time that a label names, "" for none or one that has no word."""
    match = _IN_LABEL.search(label)
    if not match:
        return ""
    if match[3] or match[4]:
        return "day" if match[3] else match[4]
    hours = int(match[1]) * _HOURS[match[2].removesuffix("s")]
    return _LENGTHS.get(8760 if hours == 365 * 24 else hours, "")
