"""How people say which way they mean, why not the other, and how much of an order."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

Side = Literal["long", "short", ""]

_LONG = re.compile(
    r"\b(?:long|buy|buying|bullish)\b|做多|多头|买|買|看涨", re.IGNORECASE | re.ASCII
)
_SHORT = re.compile(
    r"\b(?:short|shorting|sell|selling|bearish)\b|做空|空头|卖|賣|看跌", re.IGNORECASE | re.ASCII
)
_WHY_NOT = re.compile(
    r"\b(?:why|how come)\b[^.?!]{0,40}?(?:\bnot\b|\bno\b|n['’]t\b)"
    r"[^.?!]{0,30}?\b(?P<side>long|buy|short|sell)\b"
    r"|(?:为什么|为何|怎么|為什麼|為何)[^。？！?!]{0,24}?不[^。？！?!多空买卖]{0,6}?"
    r"(?P<sign>做多|做空|买|買|卖|賣)",
    re.IGNORECASE | re.ASCII,
)
_OF_SIZE = (
    r"(?:\s+of)?(?:\s+(?:the|that|this|my|your))?(?:\s+(?:usual|same))?"
    r"\s+(?:size|amount|position|order|it|that)\b"
)
_IN_CHINESE = "的?(?:通常)?的?(?:仓位|倉位)"
_PARTS = (
    (rf"\b(?:1/2|half){_OF_SIZE}|一半{_IN_CHINESE}|半仓|半倉", Decimal("0.5")),
    (rf"\b(?:1/3|an? third|one third){_OF_SIZE}|三分之一{_IN_CHINESE}", Decimal("0.3333")),
    (rf"\b(?:1/4|an? quarter|one quarter){_OF_SIZE}|四分之一{_IN_CHINESE}", Decimal("0.25")),
    (rf"\b(?:twice|double){_OF_SIZE}|(?:两倍|兩倍|双倍){_IN_CHINESE}", Decimal(2)),
)
_PART_PERCENT = re.compile(
    rf"(?<![\d.])(\d{{1,3}}(?:\.\d{{1,4}})?)\s?(?:%|percent){_OF_SIZE}"
    rf"|(?<![\d.])(\d{{1,3}}(?:\.\d{{1,4}})?)\s?%\s?{_IN_CHINESE}",
    re.IGNORECASE,
)
MOST_OF_USUAL = Decimal(10)


def side_asked(text: str) -> Side:
    """Tell which way a question leans; "" for neither or both."""
    long, short = _LONG.search(text), _SHORT.search(text)
    if bool(long) == bool(short):
        return ""
    return "long" if long else "short"


def why_not(text: str) -> Side:
    """Tell which side a question like "why not short?" wants to see refused; "" for none."""
    found = _WHY_NOT.search(text)
    return side_asked(found["side"] or found["sign"]) if found else ""


def share_asked(text: str) -> Decimal | None:
    """Read which part of the usual size is meant, as a fraction: "half the size" is 0.5."""
    for pattern, share in _PARTS:
        if re.search(pattern, text, re.IGNORECASE):
            return share
    found = _PART_PERCENT.search(text)
    share = Decimal(found[1] or found[2]) / 100 if found else Decimal(0)
    return share if 0 < share <= MOST_OF_USUAL else None
