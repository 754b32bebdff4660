"""Prices of a real exchange, any that ccxt knows; public endpoints only."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk.errors import MarketError, MarketUnavailable, UnknownSymbol
from desk.fear import Fear
from desk.ports import Clock, Series, Told
from market.asking.fresh import MARKETS_SECONDS, QUOTE_SECONDS, Fresh
from market.asking.leaps import Leaps
from market.asking.single_flight import SingleFlight
from market.candles.closes import closed
from market.candles.history import CandleHistory
from market.candles.store import CandleStore
from market.connection.client import ExchangeClient
from market.connection.empty_book import is_empty
from market.connection.instruments import positive, read_instrument, tradable
from market.connection.symbols_meant import Listed, listed, no_such
from market.fear.gauges import ExchangeFear
from market.live.feed import LiveFeed
from market.live.quotes import FUTURE_SECONDS, LiveQuotes
from market.live.wire import LiveWire, NoFeed
from trading.candles import Candles, Timeframe, from_ms
from trading.instrument import Instrument, Quote
from trading.outages import Stock

MARKETS_KEPT = MARKETS_SECONDS
MARKETS_RETRY = 300.0
STALE_SECONDS = 60
AHEAD_SECONDS = 5
# A live price is used for so long without a newer one; then the exchange is asked.
LIVE_SECONDS = 2.0
PROBE_SECONDS = 10
PROBED = ("BTC/USDT", "BTC/USD", "BTC/USDC", "BTC/EUR")


@dataclass(frozen=True)
class _Markets:
    instruments: Mapping[str, Instrument]
    listed: tuple[Listed, ...]
    halted: frozenset[str]
    until: float


class ExchangeMarket:
    """Implements desk.ports.MarketData on an exchange.

    `api_base` replaces scheme, host and port of each of ccxt's REST addresses, the path stays;
    `ws_base` those of its websocket addresses. With the first and without the second no websocket
    is opened.
    `timeout` (seconds) bounds a request; `memo` is how long a quote is shared among those who
    ask; `backoff` (seconds) precedes the first retry; `prefix` stands before the symbols that
    messages tell to write. An unknown exchange is a BadArgument.
    """

    def __init__(
        self,
        exchange_id: str,
        store: CandleStore,
        clock: Clock,
        *,
        api_base: str | None = None,
        ws_base: str | None = None,
        timeout: float = 10,
        memo: float = QUOTE_SECONDS,
        backoff: float = 0.25,
        prefix: str = "",
    ) -> None:
        self._client = ExchangeClient(exchange_id, clock, api_base, timeout, backoff)
        self._clock = clock
        self._prefix = prefix
        self._store = store
        client = self._client
        self._history = CandleHistory(client, store)
        self._fear = ExchangeFear(
            client,
            clock,
            lambda futures: ExchangeClient(futures, clock, api_base, timeout, backoff),
        )
        self._markets: _Markets | None = None
        self._quotes: Fresh[Quote] = Fresh(memo)
        self._leaps = Leaps()
        self._halted: Fresh[frozenset[str]] = Fresh(MARKETS_SECONDS)
        self._market_flights: SingleFlight[_Markets] = SingleFlight()

        wire = LiveWire(
            exchange_id,
            self._client.lend,
            ws_base=ws_base,
            moved=api_base is not None,
            timeout=timeout,
        )
        quotes = LiveQuotes(self._read_live, self._live_time, clock, LIVE_SECONDS)
        self._live = LiveFeed(wire, quotes, self._listed)

    @property
    def name(self) -> str:
        return self._client.name

    @property
    def demo(self) -> bool:
        return False

    async def check(self) -> str:
        """Prove that the exchange answers; return a line that says how fast.

        Raises MarketUnavailable.
        """
        started = _seconds()
        if not await self._client.sync_clock():
            await self._client.markets()
        line = f"{self._client.source} answers in {(_seconds() - started) * 1000:.0f} ms"
        skew = self._client.skew_seconds
        if skew:
            line += f"; its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
        return line

    async def symbols(self) -> Sequence[str]:
        """Return the active spot symbols in alphabetical order."""
        return sorted((await self._listed()).instruments)

    async def instrument(self, symbol: str) -> Instrument:
        markets = await self._listed()
        try:
            return markets.instruments[symbol]
        except KeyError:
            halted = markets.halted | await self._more_halted()
            told = no_such(self.name, symbol, markets.listed, halted, self._prefix)
            raise UnknownSymbol(told) from None

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        """Return up to `count` (at most 20,000) newest candles closed at `end` and by now.

        A timeframe that the exchange lacks is rolled up from a finer one.
        """
        self._client.candles_asked_for(timeframe)
        await self.instrument(symbol)
        return await self._history.newest(symbol, timeframe, end, count)

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        await self.instrument(symbol)
        return await self._history.backfill(symbol, timeframe, start, told)

    async def quote(self, symbol: str) -> Quote:
        live = self._live.quote(symbol)
        if live is not None and self._leaps.believes(live, "live"):
            return live
        return await self._quotes.get(symbol, lambda: self._ask_quote(symbol))

    async def fear(self, symbol: str) -> Fear:
        """Return the symbol's fear gauges, the slow ones at most ten minutes old."""
        return await self._fear.of(await self.instrument(symbol))

    def follow(self, symbols: Collection[str]) -> None:
        self._live.follow(symbols)

    async def moved(self) -> Collection[str]:
        return await self._live.moved()

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        return await closed(since, self._client.now_ms)

    @property
    def flow(self) -> str:
        return self._live.words

    async def check_live(self) -> str:
        """Try the live feed with one symbol; return a line that says how prices come in.

        Raises MarketUnavailable when there should be a feed and no price came.
        """
        symbols = await self.symbols()
        probe = next((name for name in PROBED if name in symbols), symbols[0])
        try:
            took = await self._live.probe(probe, PROBE_SECONDS)
        except NoFeed as error:
            return f"polled: {error}"
        return f"live prices of {self.name}: the first one, of {probe}, after {took * 1000:.0f} ms"

    async def warm(self) -> None:
        """Load the lists of markets ahead."""
        await self.symbols()
        await self._fear.warm()

    async def close(self) -> None:
        """Stop what is in flight, close the connections and the store."""
        await self._live.close()
        for flights in (self._market_flights, self._history, self._quotes, self._halted):
            await flights.close()
        await self._fear.close()
        await self._client.close()
        await self._store.close()

    def _read_live(self, symbol: str, ticker: Mapping[str, Any], now: datetime) -> Quote:
        return _read_quote(self._client, symbol, ticker, now)

    def _live_time(self, stamp: object) -> datetime | None:
        if not isinstance(stamp, int | float):
            return None
        return from_ms(self._client.from_exchange_time(int(stamp)))

    async def _ask_quote(self, symbol: str) -> Quote:
        await self.instrument(symbol)
        ticker = await self._client.ticker(symbol)
        quote = _read_quote(self._client, symbol, ticker, self._clock())
        known = self._leaps.believed(symbol)
        if not self._leaps.believes(quote, "asked") and known is not None:
            before, after = known.last.normalize(), quote.last.normalize()
            raise MarketUnavailable(
                f"{self.name}'s price of {symbol} leapt from {before:f} to {after:f}. It counts as"
                " soon as it is seen twice; try again in a moment."
            )
        return quote

    async def _more_halted(self) -> frozenset[str]:
        try:
            return await self._halted.get("halted", self._ask_halted)
        except MarketError:
            return frozenset()  # it is unknown, at any rate

    async def _ask_halted(self) -> frozenset[str]:
        return frozenset(str(market["symbol"]) for market in await self._client.halted())

    async def _listed(self) -> _Markets:
        held = self._markets
        if held is not None and held.until > _seconds():
            return held
        try:
            self._markets = await self._market_flights.run("markets", self._load)
        except MarketError:
            if held is None:
                raise
            # Yesterday's list is better than none; ask again soon.
            self._markets = replace(held, until=_seconds() + MARKETS_RETRY)
        return self._markets

    async def _load(self) -> _Markets:
        # Their clock decides which candle is closed, so it is compared as often.
        _, markets = await asyncio.gather(self._client.sync_clock(), self._client.markets())
        spot = [market for market in markets.values() if tradable(market)]
        if not spot:
            raise MarketUnavailable(f"{self.name} has no spot markets. Choose another exchange.")
        mode = self._client.precision_mode
        return _Markets(
            {market["symbol"]: read_instrument(market, mode) for market in spot},
            tuple(listed(market) for market in spot),
            frozenset(name for name, one in markets.items() if one.get("active") is False),
            _seconds() + MARKETS_KEPT,
        )


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _read_quote(
    client: ExchangeClient, symbol: str, ticker: Mapping[str, Any], now: datetime
) -> Quote:
    stated = [ticker.get(side) for side in ("bid", "ask", "last")]
    bid, ask, last = (positive(price) for price in stated)
    if any(price is not None and positive(price) is None for price in stated):
        raise MarketUnavailable(f"{client.name} quotes an impossible price of {symbol}: {stated}.")
    if is_empty(ticker):
        raise MarketUnavailable(
            f"Nobody bids or asks for {symbol} at {client.name}: it may be halted or delisted."
            " Try again later, or another symbol."
        )
    if last is None and bid is not None and ask is not None:
        last = (bid + ask) / Decimal(2)
    if last is None:
        raise MarketUnavailable(f"{client.name} has no price of {symbol} now. Try again later.")
    bid = bid or min(last, ask or last)
    ask = ask or max(last, bid)
    if bid > ask:
        raise MarketUnavailable(
            f"{client.name}'s book of {symbol} is crossed (bid {bid} over ask {ask}), so there is"
            " no honest price. Try again in a moment."
        )
    at = _quote_time(client, symbol, ticker.get("timestamp"), now)
    return Quote(symbol, bid, ask, last, at, client.name)


def _quote_time(client: ExchangeClient, symbol: str, stamp: object, now: datetime) -> datetime:
    """Return when the price was seen: the exchange's time, or the time of receipt without one.

    A stamp from the future says that clocks differ, and nothing of the price's age; one from far
    ahead is refused, as live ones are.
    """
    if not isinstance(stamp, int | float):
        return now
    at = from_ms(client.from_exchange_time(int(stamp)))
    age = (now - at).total_seconds()
    if age > STALE_SECONDS:
        raise MarketUnavailable(
            f"{client.name}'s newest price of {symbol} is {age:,.0f} s old (at most"
            f" {STALE_SECONDS} s are allowed). Try again later."
        )
    if age < -FUTURE_SECONDS:
        raise MarketUnavailable(
            f"{client.name}'s price of {symbol} is stamped {-age:,.0f} s ahead of this computer's"
            " clock, so its age is not known. Set the clock right, or choose another exchange."
        )
    return now if age < -AHEAD_SECONDS else min(at, now)
