"""A market that is asked for nothing more: only candles that were had before can be had again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from desk.errors import MarketUnavailable
from desk.fear import Fear
from desk.ports import MarketData, Series, Told
from trading.candles import Candles, Timeframe
from trading.instrument import Instrument, Quote
from trading.outages import Stock


@dataclass(frozen=True)
class Held:
    """The candles that a request for `count` of them gave."""

    candles: Candles
    count: int


@dataclass
class Shelf:
    """The longest candles of each series that were asked for."""

    held: dict[Series, Held] = field(default_factory=dict)

    def put(self, candles: Candles, count: int) -> None:
        series = candles.symbol, candles.timeframe
        if series not in self.held or self.held[series].count < count:
            self.held[series] = Held(candles, count)

    def get(self, series: Series, count: int) -> Candles | None:
        """Return the newest `count` candles; None where so many were never asked for."""
        held = self.held.get(series)
        # Fewer than were asked for is all that there is.
        enough = held is not None and (count <= held.count or len(held.candles) < held.count)
        return held.candles.tail(count) if held is not None and enough else None


class SealedMarket:
    """Implements desk.ports.MarketData without a market: what was not held is unavailable."""

    def __init__(self, market: MarketData, shelf: Shelf) -> None:
        self.name = market.name
        self.demo = market.demo
        self.flow = "sealed"
        self._shelf = shelf

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        found = self._shelf.get((symbol, timeframe), count)
        if found is None:
            self._refuse(f"{count} {timeframe} candles of {symbol}")
        return found.closed_by(end)

    async def symbols(self) -> Sequence[str]:
        self._refuse("the list of symbols")

    async def instrument(self, symbol: str) -> Instrument:
        self._refuse(f"the rules of {symbol}")

    async def quote(self, symbol: str) -> Quote:
        self._refuse(f"a price of {symbol}")

    async def fear(self, symbol: str) -> Fear:
        self._refuse(f"the gauges of {symbol}")

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        self._refuse(f"older {timeframe} candles of {symbol}")

    async def moved(self) -> Collection[str]:
        self._refuse("prices as they happen")

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        self._refuse("candles as they close")

    def follow(self, symbols: Collection[str]) -> None:
        """Nothing is followed."""

    async def warm(self) -> None:
        """Nothing to do ahead."""

    async def close(self) -> None:
        """Nothing is held open."""

    def _refuse(self, what: str) -> NoReturn:
        raise MarketUnavailable(f"{what} was not among what was frozen with the question.")
