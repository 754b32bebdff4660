"""The stop and the target that a question names: "stop 2 %, target 4 %", "with a 2% stop"."""

from __future__ import annotations

import re
from decimal import Decimal

_FIGURE = r"(\d{1,2}(?:\.\d{1,4})?)\s?(?:%|percent)"
_WORDS = {
    "stop": r"(?:\bstop(?:[\s-]?loss)?|止损)",
    "target": r"(?:\btarget|\btake[\s-]profit|\btp\b|止盈|目标)",
}
_PART = re.compile(rf"{_FIGURE}|({'|'.join(_WORDS.values())})", re.IGNORECASE)
# "2% stop": the figure stands right before its word.
_BEFORE = {
    name: re.compile(rf"{_FIGURE}\s?(?:的|trailing\s)?{word}", re.IGNORECASE)
    for name, word in _WORDS.items()
}
_AFTER = {
    name: re.compile(rf"{word}\D{{0,12}}?{_FIGURE}", re.IGNORECASE) for name, word in _WORDS.items()
}


def asked_exits(text: str) -> tuple[Decimal | None, Decimal | None]:
    """Return stop and target as fractions of the entry, None for what is not named.

    Figures stand before their words or after them; before, when the last of all is a word and
    each word can have a figure of its own.
    """
    words = [part[2] for part in _PART.finditer(text)]
    named = sum(word is not None for word in words)
    before = bool(words) and words[-1] is not None and 2 * named <= len(words)
    return _exit("stop", text, before=before), _exit("target", text, before=before)


def _exit(name: str, text: str, *, before: bool) -> Decimal | None:
    found = _BEFORE[name].search(text) if before else None
    found = found or _AFTER[name].search(text)
    return Decimal(found[1]) / 100 if found else None
