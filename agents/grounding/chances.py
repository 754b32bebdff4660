"""Chances of the next move: the forecast alone gives one, and it is that of a rise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.grounding.quantities import families_of
from agents.grounding.said import Clause

OF_A_RISE = "Forecast ↑"
_FALL = (
    r"(?:drops?|falls?|declines?|decreases?|loss(?:es)?|los(?:e|ing)|lower|down(?:side)?|sell-?offs?|"
    r"correction|pull-?back|falling|dropping)"
)
_OF_A_FALL = re.compile(
    r"\b(?:chances?|odds|probabilit(?:y|ies)|likelihood)\b[^{}.;]{0,12}?\b(?:of|for|that|to)\b"
    rf"[^{{}}.;]{{0,24}}?\b{_FALL}\b"
    rf"|\bdown(?:side)? (?:chance|odds|probability)\b"
    r"|(?:下跌|跌|下行|亏损|走低|看空|看跌)[^，。；{}]{0,6}(?:概率|机率|几率|可能性?)"
    r"|(?:概率|机率|几率|可能性?)[^，。；{}]{0,4}(?:下跌|下行|走低)",
    re.IGNORECASE,
)
# Something else than where the next candle closes.
_OF_ANOTHER = re.compile(
    r"\b(?:chances?|odds|probabilit(?:y|ies)|likelihood)\b[^{}.;]{0,12}?\b(?:of|for|that|to)\b"
    r"[^{}.;]{0,24}?\b(?:target|stop|profit|liquidation)\b"
    r"|(?:止损|止盈|目标|盈利)[^，。；{}]{0,6}(?:概率|机率|几率|可能性)",
    re.IGNORECASE,
)
_LIKELY = r"\b(?:likely|probability|chances?|odds)\b"
_BEARS = rf"\b(?:{_FALL}|falls|bears?|bearish|red|short side)\b"
# "A decline is {f1} likely": no word of a rise stands beside it.
_LIKELY_FALL = re.compile(
    rf"{_LIKELY}[^.;:]{{0,40}}?{_BEARS}|{_BEARS}[^.;:]{{0,40}}?{_LIKELY}", re.IGNORECASE
)
_RISE = r"(?:rises?|rising|gains?|up(?:side)?|higher|increases?|rall(?:y|ies)|next (?:move|candle))"
_OF_A_MOVE = re.compile(
    r"\b(?:chances?|odds|probabilit(?:y|ies)|likelihood)\b[^{}.;]{0,12}?\b(?:of|for|that|to)\b"
    rf"[^{{}}.;]{{0,24}}?\b(?:{_RISE}|{_FALL})\b"
    r"|[涨升跌](?![^，。；{}]{0,2}幅)[^，。；{}]{0,6}(?:概率|机率|几率|可能性?)"
    r"|(?:概率|机率|几率|可能性?)(?:会|将|是|为|向)?(?:上涨|上升|走高|涨|下跌|下行|走低|跌)",
    re.IGNORECASE,
)
_BULLS = re.compile(rf"\b(?:{_RISE}|bulls?|bullish|green|above|long)\b|[涨升]", re.IGNORECASE)
# Shares of what has been, which say nothing of what comes next.
_RATES = frozenset({"win rate", "accuracy", "naive rate"})
_DENIED = re.compile(r"\b(?:no|not|against|rather than)\b[^{}]{0,12}$|[非不]$")


def false_chances(clause: Clause) -> Iterator[str]:
    """Say which chance of a rise is told as one of a fall, and which rate as a chance."""
    yield from _of_the_past(clause)
    found = _OF_A_FALL.search(clause.text) or _OF_ANOTHER.search(clause.text)
    if found is None and not _BULLS.search(clause.text):
        found = _LIKELY_FALL.search(clause.text)
    if found is None or _DENIED.search(clause.text[: found.start()]):
        return
    for one in clause.said:
        if one.fact.label == OF_A_RISE:
            yield (
                f"{{{one.fact.id}}} is the chance of a higher close, but the sentence says"
                f" '{found[0].strip()}'"
            )


def _of_the_past(clause: Clause) -> Iterator[str]:
    found = _OF_A_MOVE.search(clause.text)
    forecast = any(one.fact.label == OF_A_RISE for one in clause.said)
    if found is None or forecast or _DENIED.search(clause.text[: found.start()]):
        return
    for one in clause.said:
        if families_of(one.fact.label) & _RATES:
            yield f"{{{one.fact.id}}} is {one.fact.label}, no chance of the next move"
