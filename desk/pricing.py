"""Prices that the desk may act on: fresh quotes, marks, and what a market order fills at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from desk.errors import MarketError, MarketUnavailable
from desk.ports import Clock, Prices
from desk.rule_book import rule_book
from trading.account import AccountState
from trading.instrument import Instrument, Quote
from trading.orders import Side, sign
from trading.symbols import exchange_of

MAX_QUOTE_AGE = timedelta(seconds=30)  # to trade on
MAX_MARK_AGE = timedelta(minutes=15)  # to record equity at
QUOTE_TIMEOUT = 10.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mark:
    """A price to value a position at; `kind` says how good it is.

    "quote": seen now; "last": the last one seen, at `at`; "entry": none was ever seen, the
    position's average price stands in.
    """

    price: Decimal
    at: datetime
    kind: Literal["quote", "last", "entry"]


@dataclass(frozen=True)
class Ground:
    """What an order of one symbol is judged on: rules, fresh quote, a price per held symbol."""

    instrument: Instrument
    quote: Quote
    marks: Mapping[str, Decimal]

    def is_old(self, now: datetime) -> bool:
        """Tell whether its quote has become too old to trade on."""
        return now - self.quote.at > MAX_QUOTE_AGE


class Marks:
    """Fresh quotes of a market, and the last good ones for when there are none."""

    def __init__(self, market: Prices, clock: Clock, max_age: timedelta = MAX_QUOTE_AGE) -> None:
        self._market = market
        self._clock = clock
        self._max_age = max_age
        self._last: dict[str, Quote] = {}

    async def quote(self, symbol: str) -> Quote:
        """Return a quote fit to trade on.

        Raises MarketError when there is none, it is stale, or its prices make no sense.
        """
        try:
            async with asyncio.timeout(QUOTE_TIMEOUT):
                quote = await self._market.quote(symbol)
        except TimeoutError:
            source = exchange_of(symbol) or self._market.name
            raise MarketUnavailable(
                f"{source} gave no price of {symbol} within {QUOTE_TIMEOUT:.0f} s. "
                "Try again in a moment."
            ) from None
        _sound(quote, self._clock(), self._max_age)
        self._keep(quote)
        return quote

    def newest(self, quotes: Mapping[str, Quote]) -> dict[str, Quote]:
        """Put newer quotes in place of these where some were seen meanwhile."""
        now = self._clock()
        found = dict(quotes)
        for symbol, quote in quotes.items():
            last = self._last.get(symbol)
            if last is not None and quote.at < last.at <= now:
                found[symbol] = last
        return found

    def _keep(self, quote: Quote) -> None:
        last = self._last.get(quote.symbol)
        # An answer that was long under way is older than what came meanwhile; but a quote from
        # ahead of the clock is none to go by once the clock was put back.
        if last is None or last.at <= quote.at or last.at > self._clock():
            self._last[quote.symbol] = quote

    async def quotes(self, symbols: Iterable[str]) -> Mapping[str, Quote]:
        """Return fresh quotes by symbol; a symbol without one is left out."""
        names = sorted(set(symbols))
        found = await asyncio.gather(*(self._try(name) for name in names))
        return {quote.symbol: quote for quote in found if quote is not None}

    async def _try(self, symbol: str) -> Quote | None:
        try:
            return await self.quote(symbol)
        except MarketError:
            return None
        except Exception:
            logger.exception("the price of %s failed", symbol)  # The other symbols go on.
            return None

    def known(self, state: AccountState, fresh: Mapping[str, Quote]) -> dict[str, Mark]:
        """Return a mark for each symbol held: fresh, else the last seen, else the entry price."""
        marks: dict[str, Mark] = {}
        for (_, symbol), position in state.positions.items():
            if symbol in fresh:
                marks[symbol] = Mark(mark_price(fresh[symbol]), fresh[symbol].at, "quote")
            elif symbol in self._last:
                last = self._last[symbol]
                marks[symbol] = Mark(mark_price(last), last.at, "last")
            else:
                marks[symbol] = Mark(position.average_price, position.opened_at, "entry")
        return marks

    async def of(self, state: AccountState) -> dict[str, Mark]:
        """Ask for a fresh mark of every symbol held, with the fallbacks of `known`."""
        return self.known(state, await self.quotes(state.symbols))

    async def ground(self, state: AccountState, symbol: str) -> Ground:
        """Gather what an order of `symbol` is judged on; raises MarketError without its price."""
        instrument = await self._market.instrument(symbol)
        others = state.symbols - {symbol}
        quote, fresh = await asyncio.gather(self.quote(symbol), self.quotes(others))
        marks = prices(self.known(state, {**fresh, symbol: quote}))
        return Ground(instrument, quote, MappingProxyType({**marks, symbol: mark_price(quote)}))


def prices(marks: Mapping[str, Mark]) -> dict[str, Decimal]:
    """Strip marks to their prices."""
    return {symbol: mark.price for symbol, mark in marks.items()}


def complete(state: AccountState, marks: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Add the entry price for symbols that came into the account after the marks were taken."""
    entries = {symbol: held.average_price for (_, symbol), held in state.positions.items()}
    return {**entries, **marks}


def mark_price(quote: Quote) -> Decimal:
    """Return the last price, held between bid and ask: a trade long ago does not count."""
    return min(max(quote.last, quote.bid), quote.ask)


def market_price(side: Side, quote: Quote, slippage: Decimal, instrument: Instrument) -> Decimal:
    """Return what a market order fills at now."""
    matching = rule_book()
    touch = quote.ask if side == "buy" else quote.bid
    tick = instrument.tick
    price = matching.market_fill(sign(side), float(touch), float(slippage), float(tick))
    return Decimal(matching.to_decimal(price, tick))


def _sound(quote: Quote, now: datetime, max_age: timedelta) -> None:
    age = abs(now - quote.at)
    if age > max_age:
        raise MarketUnavailable(
            f"The newest price of {quote.symbol} is {age.total_seconds():.0f} s old; nothing is "
            f"traded on a price older than {max_age.total_seconds():.0f} s. "
            "Try again in a moment."
        )
    figures = (quote.bid, quote.ask, quote.last)
    if not all(figure.is_finite() and figure > 0 for figure in figures) or quote.bid > quote.ask:
        raise MarketUnavailable(
            f"The prices of {quote.symbol} make no sense (bid {quote.bid}, ask {quote.ask}, "
            f"last {quote.last}). Try again in a moment."
        )
