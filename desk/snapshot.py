"""A frozen view of the market: everybody who shares it sees the same prices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.errors import MarketUnavailable
from desk.fear import Fear
from desk.news import News
from desk.once import Once
from desk.ports import MarketData, NewsSource
from desk.sealed import SealedMarket, Shelf
from trading.candles import Candles, Timeframe
from trading.errors import BadArgument, NotEnoughHistory
from trading.instrument import Instrument, Quote
from trading.symbols import sources_of

# A quote asked for at once after pinning carries the exchange's time of a moment later.
QUOTE_TOLERANCE = timedelta(seconds=2)
FINEST_FIRST = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1)


class Snapshot:
    """The market of `as_of`: only candles closed by then, and one quote per symbol.

    A quote that can only be had later than `as_of` is replaced by the close of the newest
    finished candle, so a slow run never sees a later price than a fast one.
    """

    def __init__(self, market: MarketData, as_of: datetime, news: NewsSource | None = None) -> None:
        self._market = market
        self._news = news
        self._once = Once()
        self._shelf = Shelf()
        self.as_of = as_of

    @property
    def name(self) -> str:
        """The market's name: the default exchange's id."""
        return self._market.name

    def source_of(self, *symbols: str) -> str:
        """Name the exchanges that these symbols' figures come from."""
        return sources_of(symbols, self.name)

    @property
    def demo(self) -> bool:
        return self._market.demo

    async def instrument(self, symbol: str) -> Instrument:
        return await self._once.do(("instrument", symbol), lambda: self._market.instrument(symbol))

    async def symbols(self) -> Sequence[str]:
        """Return all symbols that the market lists."""
        return await self._once.do(("symbols",), lambda: self._market.symbols())

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Candles:
        """Return up to `count` newest closed candles; NotEnoughHistory when there are none."""
        candles = await self._once.do(
            ("candles", symbol, timeframe, count),
            lambda: self._market.candles(symbol, timeframe, self.as_of, count),
        )
        self._shelf.put(candles, count)
        candles = candles.closed_by(self.as_of)
        if not len(candles):
            raise NotEnoughHistory(
                f"{self.source_of(symbol)} has no closed {timeframe} candle of {symbol} before "
                f"{self.as_of:%Y-%m-%d %H:%M} UTC. Try another timeframe."
            )
        return candles

    def seal(self) -> None:
        """Ask the market for nothing more: who comes later has what was frozen until now."""
        self._market, self._news = SealedMarket(self._market, self._shelf), None

    async def freeze(self, symbol: str) -> None:
        """Freeze now what is only known now: price, gauges and news, for whoever asks later.

        What can't be had is told to who asks for it, not here.
        """
        await asyncio.gather(
            self.quote(symbol), self.fear(symbol), self.news(), return_exceptions=True
        )

    async def quote(self, symbol: str) -> Quote:
        """Return the symbol's price at `as_of`, frozen at the first call."""
        return await self._once.do(("quote", symbol), lambda: self._freeze_quote(symbol))

    async def fear(self, symbol: str) -> Fear:
        """Return the symbol's fear gauges, frozen at the first call; later ones are left out."""
        return await self._once.do(("fear", symbol), lambda: self._freeze_fear(symbol))

    async def _freeze_fear(self, symbol: str) -> Fear:
        return (await self._market.fear(symbol)).seen_by(self.as_of + QUOTE_TOLERANCE)

    async def news(self) -> News:
        """Return what was published and seen at `as_of`; without sources news is off."""
        return await self._once.do("news", self._freeze_news)

    async def _freeze_news(self) -> News:
        if self._news is None:
            return News((), self.as_of)
        return (await self._news.latest()).known_by(self.as_of)

    async def _freeze_quote(self, symbol: str) -> Quote:
        try:
            quote = await self._market.quote(symbol)
        except MarketUnavailable:
            quote = None
        if quote is not None and abs(quote.at - self.as_of) <= QUOTE_TOLERANCE:
            return quote
        return await self._last_close(symbol)

    async def _last_close(self, symbol: str) -> Quote:
        for timeframe in FINEST_FIRST:
            try:
                candles = await self.candles(symbol, timeframe, 2)
            except (BadArgument, NotEnoughHistory):
                continue
            if self.as_of - candles.last_close_time <= 2 * timeframe.delta:
                price = Decimal(str(candles.close[-1]))
                source = f"{self.source_of(symbol)} {timeframe} close"
                return Quote(symbol, price, price, price, candles.last_close_time, source)
        raise MarketUnavailable(
            f"{self.source_of(symbol)} has no price of {symbol} near "
            f"{self.as_of:%Y-%m-%d %H:%M} UTC. Try again in a minute, or another symbol."
        )
