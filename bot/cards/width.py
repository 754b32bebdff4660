"""How wide a text is on a screen with a fixed pitch: a Chinese sign takes two columns."""

from __future__ import annotations

from unicodedata import east_asian_width

DOUBLE = frozenset("WF")


def width_of(text: str) -> int:
    """Count the columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in DOUBLE else 1 for sign in text)


def fitting(text: str, columns: int) -> int:
    """Return how many of a text's first signs fit into so many columns."""
    if text.isascii():
        return min(len(text), columns)
    taken = 0
    for count, sign in enumerate(text):
        taken += 2 if east_asian_width(sign) in DOUBLE else 1
        if taken > columns:
            return count
    return len(text)


def left(text: str, columns: int) -> str:
    """Fill a text up with spaces behind it."""
    return text + " " * (columns - width_of(text))


def right(text: str, columns: int) -> str:
    """Fill a text up with spaces before it."""
    return " " * (columns - width_of(text)) + text


def shortened(text: str, columns: int) -> str:
    """Cut a text that is too wide, with a sign that says so."""
    if width_of(text) <= columns:
        return text
    return f"{text[: fitting(text, columns - 1)]}…"
