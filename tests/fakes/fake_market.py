"""A market in memory whose prices tests set; it speaks desk.ports.MarketData."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.errors import MarketUnavailable, UnknownSymbol
from desk.ports import Clock
from trading.candles import Candles, Timeframe
from trading.instrument import Instrument, Quote, asset_class_of

SPREAD = Decimal("0.02")


def instrument_of(
    symbol: str, tick: str = "0.01", lot: str = "0.00001", min_notional: str = "5"
) -> Instrument:
    base, quote = symbol.split("/")
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
        self.down: set[str] = set()
        self.broken: set[str] = set()
        self.no_candles = False
        self.lag = timedelta()
        self.on_quote: Callable[[], None] = lambda: None
        self.quotes_asked: list[str] = []

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

    def set_quote(self, symbol: str, bid: str, ask: str, last: str) -> None:
        self._instruments.setdefault(symbol, instrument_of(symbol))
        self._prices[symbol] = (Decimal(bid), Decimal(ask), Decimal(last))

    def set_candles(self, candles: Candles) -> None:
        self._candles[candles.symbol, candles.timeframe] = candles

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

    async def warm(self) -> None:
        """Nothing to do ahead."""

    async def close(self) -> None:
        """Nothing is held open."""
