"""The compiled fill rules, loaded when they are first needed."""

from __future__ import annotations

from types import ModuleType


def rule_book() -> ModuleType:
    """Return trading.matching.

    Compiled code takes half a second to load, and the bot must be polling before that; the start
    loads it in the background with trading.matching.warm().
    """
    from trading import matching

    return matching
