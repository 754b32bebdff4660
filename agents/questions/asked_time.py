"""Which candles a question means, and how far ahead it looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from agents.names import timeframes_named
from trading.candles import Timeframe

MOST_AHEAD = 48  # candles, what the forecast looks ahead at most


@dataclass(frozen=True)
class AskedTime:
    """`timeframe` None: the question names none; `horizon` in its candles, or those of 1h.

    `strange`: a timeframe as written that does not exist; `ahead`: a time to come is named.
    """

    timeframe: Timeframe | None = None
    horizon: int | None = None
    strange: str = ""
    ahead: bool = False


_NUMBERS: dict[str, float] = {
    **dict.fromkeys(("a", "an", "one", "一"), 1),
    **dict.fromkeys(("two", "couple", "二", "两"), 2),
    **dict.fromkeys(("three", "三"), 3),
    **dict.fromkeys(("four", "四"), 4),
    **dict.fromkeys(("five", "五"), 5),
    **dict.fromkeys(("six", "六"), 6),
    **dict.fromkeys(("seven", "七"), 7),
    **dict.fromkeys(("eight", "八"), 8),
    **dict.fromkeys(("nine", "九"), 9),
    **dict.fromkeys(("ten", "十"), 10),
    **dict.fromkeys(("twelve", "十二"), 12),
    "半": 0.5,
}
_NUMBER = (
    r"(?:\d{1,3}|(?:a )?couple(?: of)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
)
_ZH_NUMBER = r"(?:\d{1,3}|十二|[一二两三四五六七八九十半])"
_UNIT = r"(?:minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|years?)(?![A-Za-z0-9])"
_ZH_UNIT = r"(?:分钟|小时|天|日|周|星期|礼拜|月|年)"
_NOT_CANDLES = r"(?!\s*(?:candles?|bars?|charts?|timeframe|tf)\b)"
_MINUTES = {
    **dict.fromkeys(("mi", "m", "分"), 1),
    **dict.fromkeys(("h", "小"), 60),
    **dict.fromkeys(("d", "天", "日"), 1440),
    **dict.fromkeys(("w", "周", "星", "礼"), 10_080),
    **dict.fromkeys(("mo", "月"), 43_200),
    **dict.fromkeys(("y", "年"), 525_600),
}
_FLAGS = re.IGNORECASE | re.ASCII
_PAST = re.compile(
    rf"\b(?:last|past|previous)\s+(?:{_NUMBER}[\s-]*)?{_UNIT}"
    rf"|\b\d{{1,3}}\s?{_UNIT}\s+ago\b"
    r"|\b24\s?h(?:ours?|rs?)?(?=\s+(?:change|volume|high|low|move))"
    rf"|(?:过去|最近|近|前)\s*{_ZH_NUMBER}?\s*个?{_ZH_UNIT}",
    _FLAGS,
)
_AHEAD = (
    re.compile(
        rf"\b(?:next|coming|following|upcoming)\s+(?:({_NUMBER})[\s-]*)?({_UNIT}){_NOT_CANDLES}",
        _FLAGS,
    ),
    re.compile(rf"\b(?:in|within|after)\s+({_NUMBER})[\s-]*({_UNIT}){_NOT_CANDLES}", _FLAGS),
    re.compile(rf"\b({_NUMBER})[\s-]*({_UNIT})\s+(?:ahead|from now|out|later|hence)\b", _FLAGS),
    re.compile(rf"\bhold\w*\s+(?:\S+\s+){{0,2}}for\s+({_NUMBER})[\s-]*({_UNIT})", _FLAGS),
    re.compile(
        rf"(?:未来|接下来|今后|往后|之后|下一?个?)的?\s*({_ZH_NUMBER})?\s*个?({_ZH_UNIT})(?!线)"
    ),
    re.compile(rf"({_ZH_NUMBER})\s*个?({_ZH_UNIT})(?:以后|之后|后|以内|之内|内)"),
)
# "This week" looks ahead where something is expected of it; what it was is no forecast.
_EXPECTED = re.compile(r"\b(?:will|can|gonna|going to|expect\w*)\b|会|能到|预测|预计", _FLAGS)
_THIS_WEEK = re.compile(r"\b(?:this|the) week\b|本周|这周|这星期|这礼拜", _FLAGS)
_DAYS = (
    (re.compile(r"\bday after tomorrow\b|后天", _FLAGS), 2),
    (re.compile(r"\btomorrow\b|明天|明日", _FLAGS), 1),
)
_CANDLES = re.compile(r"(?<![A-Za-z0-9])(\d{1,2})\s*(?:candles?|bars?)\b|(\d{1,2})\s*根", re.I)
# At a question's end it is a timeframe, too; but 24h, 7d and 30d are how people name a past.
_ON_TIMEFRAME = re.compile(
    r"\bon (?:the )?(\d{1,3}\s?[mhdw])\b|(?<![\w.])(?!24h|7d|30d)(\d{1,3}[mhdw])\W{0,3}$", _FLAGS
)
_LENGTH = re.compile(
    r"\b(\d{1,3})[\s-]*(hour|day|week)[\s-]+"
    r"(?=(?:simple |exponential )?(?:moving average|[es]?ma\b))"
    r"|(\d{1,3})\s*([日天周])\s*(?=均线)",
    _FLAGS,
)
_OF_LENGTH = {
    "hour": Timeframe.H1,
    **dict.fromkeys(("day", "日", "天"), Timeframe.D1),
    **dict.fromkeys(("week", "周"), Timeframe.W1),
}
# How far each timeframe is used for; a day and what is below it in candles that fit the forecast.
_LADDER = (
    (timedelta(minutes=15), Timeframe.M1),
    (timedelta(minutes=59), Timeframe.M5),
    (timedelta(hours=48), Timeframe.H1),
    (timedelta(days=8), Timeframe.H4),
    (timedelta(days=48), Timeframe.D1),
)


def asked_time(text: str) -> AskedTime:
    """Read timeframe and horizon: "on the 4h" is a timeframe, "in 4 hours" looks ahead."""
    rest, of_length = _without_lengths(_PAST.sub(_blank, text))
    rest, ahead = _without_ahead(rest)
    named = sorted(timeframes_named(rest), key=lambda found: found[1])
    timeframe = named[0][0] if named else of_length
    counted = _CANDLES.search(rest)
    if ahead is not None:
        return _looking(ahead, timeframe)
    strange = None if timeframe else _ON_TIMEFRAME.search(rest)
    return AskedTime(
        timeframe,
        int(counted[1] or counted[2]) if counted else None,
        (strange[1] or strange[2]) if strange else "",
    )


def _looking(ahead: timedelta, timeframe: Timeframe | None) -> AskedTime:
    """Fit the time ahead into candles: of the timeframe that was named, if it takes that many."""
    if timeframe is not None and 1 <= ahead / timeframe.delta <= MOST_AHEAD:
        return AskedTime(timeframe, round(ahead / timeframe.delta), ahead=True)
    chosen = next((frame for most, frame in _LADDER if ahead <= most), Timeframe.W1)
    horizon = min(max(round(ahead / chosen.delta), 1), MOST_AHEAD)
    return AskedTime(chosen, horizon, ahead=True)


def _without_ahead(text: str) -> tuple[str, timedelta | None]:
    for pattern in _AHEAD:
        if match := pattern.search(text):
            times = _number((match[1] or "one").lower())
            return _cut(text, match), timedelta(minutes=times * _minutes(match[2].lower()))
    for pattern, days in _DAYS:
        if match := pattern.search(text):
            return _cut(text, match), timedelta(days=days)
    match = _THIS_WEEK.search(text)
    if match and _EXPECTED.search(text):
        return _cut(text, match), timedelta(days=7)
    return text, None


def _number(word: str) -> float:
    word = "couple" if "couple" in word else word
    return _NUMBERS[word] if word in _NUMBERS else float(word)


def _minutes(unit: str) -> int:
    return _MINUTES.get(unit[:2]) or _MINUTES[unit[0]]


def _without_lengths(text: str) -> tuple[str, Timeframe | None]:
    """Take out "200 day" of "200 day moving average", which means daily candles."""
    match = _LENGTH.search(text)
    return (
        (_cut(text, match), _OF_LENGTH[(match[2] or match[4]).lower()]) if match else (text, None)
    )


def _cut(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + _blank(match) + text[match.end() :]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
