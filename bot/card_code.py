"""Which code makes a verdict's card: a card of other code may look otherwise, and is no forgery."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.util import find_spec

MAKERS = ("agents.verdict", "bot.cards.answered", "bot.cards.verdict")
_IMPORTED = re.compile(
    r"^(?:from|import)\s+((?:bot|agents|tools|desk|trading)(?:\.\w+)+)", re.MULTILINE
)
SHOWN = 12


@cache
def card_code() -> str:
    """Return a short digest of the code that makes a card, with all that it imports.

    So nobody has to remember to raise a number when a word on the card changes.
    """
    digest = hashlib.sha256()
    for name, source in sorted(_sources().items()):
        digest.update(f"{name}\n{source}\n".encode())
    return digest.hexdigest()[:SHOWN]


def _sources() -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = set(MAKERS)
    while wanted:
        name = wanted.pop()
        found[name] = _source(name)
        wanted |= set(_IMPORTED.findall(found[name])) - found.keys()
    return found


def _source(name: str) -> str:
    spec = find_spec(name)
    read = getattr(spec.loader, "get_source", None) if spec else None
    # Without its source, as in a frozen program, its name has to do.
    return (read(name) if read else None) or ""
