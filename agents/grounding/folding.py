"""Texts with tricks taken out: unseen characters, and letters and digits in other shapes."""

from __future__ import annotations

import unicodedata
from functools import cache

JOINER = "\u200d"  # also holds an emoji together, so it stays beside symbols
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTXYaeopcyxijsABEZHIKMNOPTYXo",
)


def without_unseen(text: str) -> str:
    """Drop characters that show nothing but may join or turn figures: zero-width, bidi marks."""
    if text.isascii():
        return text
    return "".join(
        char
        for at, char in enumerate(text)
        if unicodedata.category(char) != "Cf" or (char == JOINER and _in_emoji(text, at))
    )


def fold(text: str) -> str:
    """Write full-width and look-alike characters as Latin ones; the length stays the same."""
    if text.isascii():
        return text
    return "".join(map(_plain, text)).translate(_LOOK_ALIKES)


@cache
def _plain(char: str) -> str:
    if char.isascii() or unicodedata.category(char) in ("No", "Nl"):
        return char
    written = unicodedata.normalize("NFKC", char)
    return written if len(written) == 1 else char


def _in_emoji(text: str, at: int) -> bool:
    beside = text[max(0, at - 2) : at] + text[at + 1 : at + 2]
    return any(unicodedata.category(char) == "So" for char in beside)
