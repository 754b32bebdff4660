"""Prices that leap are not believed before they are seen twice: one absurd quote fills nothing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from trading.instrument import Quote

Way = Literal["live", "asked"]
LEAP = Decimal("1.2")
# Two sights of a leap agree within this factor.
AGREE = Decimal("1.05")
# What was believed longer ago says little of the price now, seconds.
MEMORY = 300.0
# The same way may show the same wrong price again at once, seconds.
APART = 1.0
MOST_SYMBOLS = 2_000


@dataclass(frozen=True)
class _Sight:
    quote: Quote
    seconds: float
    way: Way


class Leaps:
    """Remembers each symbol's newest believed quote, and the leap that waits for a second sight.

    A quote leaps when its bid, ask or last is over 1.2 times what it was, or under 1 / 1.2 of it,
    within five minutes. It is believed as soon as it is seen the other way too (live and asked
    for), or the same way a second later.
    """

    def __init__(self) -> None:
        self._believed: OrderedDict[str, _Sight] = OrderedDict()
        self._doubted: dict[str, _Sight] = {}

    def believes(self, quote: Quote, way: Way) -> bool:
        """Take in a quote; tell whether it may be used."""
        sight = _Sight(quote, asyncio.get_running_loop().time(), way)
        known = self._believed.get(quote.symbol)
        if known is None or sight.seconds - known.seconds > MEMORY or not _far(known, sight, LEAP):
            return self._believe(sight)
        doubted = self._doubted.get(quote.symbol)
        if doubted is not None and not _far(doubted, sight, AGREE):
            return _independent(doubted, sight) and self._believe(sight)
        self._doubted[quote.symbol] = sight
        return False

    def believed(self, symbol: str) -> Quote | None:
        """Return the newest quote that was believed."""
        known = self._believed.get(symbol)
        return known.quote if known else None

    def _believe(self, sight: _Sight) -> bool:
        symbol = sight.quote.symbol
        self._doubted.pop(symbol, None)
        self._believed[symbol] = sight
        self._believed.move_to_end(symbol)
        while len(self._believed) > MOST_SYMBOLS:
            forgotten, _ = self._believed.popitem(last=False)
            self._doubted.pop(forgotten, None)
        return True


def _independent(first: _Sight, second: _Sight) -> bool:
    return first.way != second.way or second.seconds - first.seconds >= APART


def _far(one: _Sight, other: _Sight, factor: Decimal) -> bool:
    pairs = (
        (one.quote.bid, other.quote.bid),
        (one.quote.ask, other.quote.ask),
        (one.quote.last, other.quote.last),
    )
    return any(max(a, b) > min(a, b) * factor for a, b in pairs)
