"""The forecast gives the chance of a rise: who calls it one of a fall says the opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    r"|(?:下跌|跌|下行|亏损|走低)[^，。；{}]{0,6}(?:概率|机率|可能性)"
    r"|(?:概率|机率|可能性)[^，。；{}]{0,4}(?:下跌|下行|走低)",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|against|rather than)\b[^{}]{0,12}$|[非不]$")


def of_a_fall(clause: Clause) -> Iterator[str]:
    """Say which chance of a rise is told as one of a fall."""
    found = _OF_A_FALL.search(clause.text)
    if found is None or _DENIED.search(clause.text[: found.start()]):
        return
    for one in clause.said:
        if one.fact.label == OF_A_RISE:
            yield (
                f"{{{one.fact.id}}} is the chance of a higher close, but the sentence says"
                f" '{found[0].strip()}'"
            )
