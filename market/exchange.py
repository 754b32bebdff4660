"""Prices of a real exchange, any that ccxt knows; public endpoints only."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk.errors import MarketError, MarketUnavailable, UnknownSymbol
from desk.ports import Clock
from market.candle_feed import CandleFeed, opened_by
from market.candle_store import CandleStore
from market.exchange_client import ExchangeClient
from market.instruments import positive, read_instrument, tradable
from market.single_flight import SingleFlight
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms
from trading.instrument import Instrument, Quote

MOST_CANDLES = 20_000
MARKETS_KEPT = 4 * 3600.0
MARKETS_RETRY = 300.0
STALE_SECONDS = 60
AHEAD_SECONDS = 5


@dataclass(frozen=True)
class _Markets:
    instruments: Mapping[str, Instrument]
    ids: Mapping[str, str]
    until: float


class ExchangeMarket:
    """Implements desk.ports.MarketData on an exchange.

    `api_base` replaces scheme, host and port of each of ccxt's addresses, the path stays.
    `timeout` (seconds) bounds a request; `memo` is how long a quote is shared among those who
    ask; `backoff` (seconds) precedes the first retry. An unknown exchange is a BadArgument.
    """

    def __init__(
        self,
        exchange_id: str,
        store: CandleStore,
        clock: Clock,
        *,
        api_base: str | None = None,
        timeout: float = 10,
        memo: float = 1.0,
        backoff: float = 0.25,
    ) -> None:
        self._client = ExchangeClient(exchange_id, clock, api_base, timeout, backoff)
        self._clock = clock
        self._memo = memo
        self._store = store
        client = self._client
        self._feed = CandleFeed(
            store, client.source, client.page, client.candle_rows, client.now_ms
        )
        self._markets: _Markets | None = None
        self._quotes: dict[str, tuple[float, Quote]] = {}
        self._market_flights: SingleFlight[_Markets] = SingleFlight()
        self._candle_flights: SingleFlight[FloatArray] = SingleFlight()
        self._quote_flights: SingleFlight[Quote] = SingleFlight()

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
            raise UnknownSymbol(_no_such(self.name, symbol, markets)) from None

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        """Return up to `count` (at most 20,000) newest candles closed at `end` and by now."""
        self._client.check_timeframe(timeframe)
        await self.instrument(symbol)
        count = max(1, min(count, MOST_CANDLES))
        newest = opened_by(timeframe, min(to_ms(end), self._client.now_ms()))
        table = await self._candle_flights.run(
            (symbol, timeframe, newest, count),
            lambda: self._feed.newest(symbol, timeframe, newest, count),
        )
        return Candles.from_rows(symbol, timeframe, table)

    async def quote(self, symbol: str) -> Quote:
        held = self._quotes.get(symbol)
        if held is not None and held[0] > _seconds():
            return held[1]
        await self.instrument(symbol)
        return await self._quote_flights.run(symbol, lambda: self._ask_quote(symbol))

    async def warm(self) -> None:
        """Load the list of markets ahead."""
        await self.symbols()

    async def close(self) -> None:
        """Stop what is in flight, close the connections and the store."""
        for flights in (self._market_flights, self._candle_flights, self._quote_flights):
            await flights.close()
        await self._client.close()
        await self._store.close()

    async def _ask_quote(self, symbol: str) -> Quote:
        ticker = await self._client.ticker(symbol)
        quote = _read_quote(self._client, symbol, ticker, self._clock())
        self._quotes[symbol] = (_seconds() + self._memo, quote)
        return quote

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
            self._markets = _Markets(held.instruments, held.ids, _seconds() + MARKETS_RETRY)
        return self._markets

    async def _load(self) -> _Markets:
        # Their clock decides which candle is closed, so it is compared as often.
        _, markets = await asyncio.gather(self._client.sync_clock(), self._client.markets())
        spot = [market for market in markets.values() if tradable(market)]
        if not spot:
            raise MarketUnavailable(f"{self.name} has no spot markets. Choose another EXCHANGE.")
        mode = self._client.precision_mode
        return _Markets(
            {market["symbol"]: read_instrument(market, mode) for market in spot},
            {str(market["id"]): market["symbol"] for market in spot},
            _seconds() + MARKETS_KEPT,
        )


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _no_such(name: str, symbol: str, markets: _Markets) -> str:
    wanted = symbol.upper()
    near = difflib.get_close_matches(wanted, markets.instruments, 3, 0.6)
    exact = markets.ids.get(wanted.replace("/", ""))
    if exact is not None:
        near = [exact, *(other for other in near if other != exact)][:3]
    hint = f"Did you mean {', '.join(near)}?" if near else "Symbols look like BTC/USDT."
    return f"{name} lists no '{symbol}'. {hint}"


def _read_quote(
    client: ExchangeClient, symbol: str, ticker: Mapping[str, Any], now: datetime
) -> Quote:
    stated = [ticker.get(side) for side in ("bid", "ask", "last")]
    bid, ask, last = (positive(price) for price in stated)
    if any(price is not None and positive(price) is None for price in stated):
        raise MarketUnavailable(f"{client.name} quotes an impossible price of {symbol}: {stated}.")
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

    A stamp from the future says that clocks differ, and nothing of the price's age.
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
    return now if age < -AHEAD_SECONDS else min(at, now)
