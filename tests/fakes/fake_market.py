"""A market in memory whose prices tests set; it speaks desk.ports.MarketData."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.errors import MarketUnavailable, UnknownSymbol
from desk.fear import Fear, Missing
from desk.ports import Clock, Series, Told
from trading.candles import Candles, Timeframe, to_ms
from trading.instrument import Instrument, Quote, asset_class_of
from trading.outages import Stock, stock_of
from trading.symbols import base_of, quote_of

SPREAD = Decimal("0.02")


def instrument_of(
    symbol: str, tick: str = "0.01", lot: str = "0.00001", min_notional: str = "5"
) -> Instrument:
    base, quote = base_of(symbol), quote_of(symbol)
    return Instrument(
        symbol,
        base,
        quote,
        Decimal(tick),
        Decimal(lot),
        Decimal(min_notional),
        asset_class_of(base),
    )


class FakeMarket:
    """Settable prices: `set("BTC/USDT", 27000)` quotes bid and ask two ticks apart around it.

    `down` names symbols that give no quote, `broken` ones that fail as no market should; `lag`
    makes quotes that old; `on_quote` is called before each; `no_candles` makes candles fail (those
    that were not set are empty).
    """

    def __init__(self, clock: Clock, *, demo: bool = False) -> None:
        self._clock = clock
        self._demo = demo
        self._instruments: dict[str, Instrument] = {}
        self._prices: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
        self._candles: dict[tuple[str, Timeframe], Candles] = {}
        self._fears: dict[str, Fear] = {}
        self.down: set[str] = set()
        self.broken: set[str] = set()
        self.no_candles = False
        self.lag = timedelta()
        self.on_quote: Callable[[], None] = lambda: None
        self.quotes_asked: list[str] = []
        self.followed: frozenset[str] = frozenset()
        self._moved: set[str] = set()
        self._closed: dict[Series, datetime] = {}
        self._news = asyncio.Event()
        self._shut = asyncio.Event()

    @property
    def name(self) -> str:
        return "demo" if self._demo else "fake"

    @property
    def demo(self) -> bool:
        return self._demo

    def add(self, instrument: Instrument) -> None:
        self._instruments[instrument.symbol] = instrument

    def set(self, symbol: str, price: Decimal | int | str) -> None:
        """Set a symbol's last price, bid and ask around it."""
        last = Decimal(price)
        self._instruments.setdefault(symbol, instrument_of(symbol))
        self._prices[symbol] = (last - SPREAD / 2, last + SPREAD / 2, last)
        self._moves(symbol)

    def set_quote(self, symbol: str, bid: str, ask: str, last: str) -> None:
        self._instruments.setdefault(symbol, instrument_of(symbol))
        self._prices[symbol] = (Decimal(bid), Decimal(ask), Decimal(last))
        self._moves(symbol)

    def set_candles(self, candles: Candles) -> None:
        self._candles[candles.symbol, candles.timeframe] = candles
        if len(candles):
            self._closed[candles.symbol, candles.timeframe] = candles.last_close_time
            self._shut.set()

    def _moves(self, symbol: str) -> None:
        if symbol in self.followed:
            self._moved.add(symbol)
            self._news.set()

    def set_fear(self, fear: Fear) -> None:
        self._instruments.setdefault(fear.symbol, instrument_of(fear.symbol))
        self._fears[fear.symbol] = fear

    async def symbols(self) -> Sequence[str]:
        return sorted(self._instruments)

    async def instrument(self, symbol: str) -> Instrument:
        try:
            return self._instruments[symbol]
        except KeyError:
            raise UnknownSymbol(f"{symbol} is not listed.") from None

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        if self.no_candles:
            raise MarketUnavailable(f"no {timeframe} candles of {symbol}")
        known = self._candles.get((symbol, timeframe), Candles.from_rows(symbol, timeframe, []))
        return known.closed_by(end).tail(count)

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        candles = await self.candles(symbol, timeframe, self._clock(), 10**9)
        return stock_of(candles[int(candles.time.searchsorted(to_ms(start))) :])

    async def quote(self, symbol: str) -> Quote:
        self.quotes_asked.append(symbol)
        self.on_quote()
        if symbol in self.broken:
            raise ZeroDivisionError(symbol)
        if symbol in self.down:
            raise MarketUnavailable(f"no price of {symbol}")
        if symbol not in self._prices:
            raise UnknownSymbol(f"{symbol} is not listed.")
        bid, ask, last = self._prices[symbol]
        return Quote(symbol, bid, ask, last, self._clock() - self.lag, self.name)

    async def fear(self, symbol: str) -> Fear:
        """Return what was set; otherwise every gauge is missing."""
        await self.instrument(symbol)
        none = Missing(f"{self.name} has no gauges of {symbol}")
        return self._fears.get(symbol, Fear(symbol, none, none, none, none))

    def follow(self, symbols: Collection[str]) -> None:
        self.followed = frozenset(symbols)

    async def moved(self) -> Collection[str]:
        """Wait for `set` or `set_quote` of a followed symbol."""
        while not self._moved:
            self._news.clear()
            await self._news.wait()
        moved, self._moved = self._moved, set()
        return moved

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        """Wait for `set_candles` with a newer candle."""
        while True:
            done = {one: at for one, at in self._closed.items() if at > since.get(one, at)}
            if done:
                return done
            self._shut.clear()
            await self._shut.wait()

    @property
    def flow(self) -> str:
        return "set by a test"

    async def warm(self) -> None:
        """Nothing to do ahead."""

    async def close(self) -> None:
        """Nothing is held open."""
