"""The fear gauges of one exchange: funding, open interest and the spot order book.

Funding and open interest belong to perpetual futures. Some exchanges list those beside their spot
markets; others keep them at an address of their own (`futures_id` in market/exchanges), which is
asked through a second connection. Request limits and bans count for each address there, so a pause
of the futures does not hold up prices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from desk.errors import MarketError, MarketUnavailable
from desk.fear import Book, Fear, Funding, InterestChange, Missing, OpenInterest
from desk.ports import Clock
from market.asking.fresh import MARKETS_SECONDS, ORDER_BOOK_SECONDS, SLOW_SECONDS
from market.asking.fresh_or_failed import FreshOrFailed
from market.connection.client import ExchangeClient
from market.connection.quirks import quirks_of
from market.fear.answers import (
    as_dict,
    positive,
    read_day_change,
    read_funding,
    read_interval,
    read_levels,
)
from market.fear.perpetuals import Perpetual, perpetual_of, perpetuals_by_base
from trading.candles import from_ms
from trading.instrument import Instrument
from trading.order_book import balance

T = TypeVar("T")

# A gauge that is late is left out, so that the others can be told.
PATIENCE = 6.0
# Exchanges cap what is paid at once at 4 % or less: beyond this it is an error in their data.
MOST_FUNDING = 0.10
HISTORY_HOURS = 26
METHODS = ("fetchFundingRate", "fetchOpenInterest", "fetchOpenInterestHistory")
OLDEST_BOOK = timedelta(seconds=60)
OLDEST_GAUGE = timedelta(hours=3)
AHEAD = timedelta(seconds=5)


@dataclass(frozen=True)
class _Paid:
    """A funding rate, and the contract's mark price where it came along."""

    funding: Funding
    price: float | None


class ExchangeFear:
    """Reads gauges, each kept while it is fresh.

    `spot` must have loaded its markets; `connect` opens the futures' own connection, at need.
    """

    def __init__(
        self, spot: ExchangeClient, clock: Clock, connect: Callable[[str], ExchangeClient]
    ) -> None:
        quirks = quirks_of(spot.name)
        self._spot = spot
        self._clock = clock
        self._connect = connect
        self._futures_id = quirks.futures_id
        self._levels = quirks.book_levels
        self._own_futures: ExchangeClient | None = None
        self._lists: FreshOrFailed[Mapping[str, Perpetual]] = FreshOrFailed(MARKETS_SECONDS)
        self._paid: FreshOrFailed[_Paid] = FreshOrFailed(SLOW_SECONDS)
        self._hours: FreshOrFailed[float | None] = FreshOrFailed(MARKETS_SECONDS)
        self._interests: FreshOrFailed[OpenInterest] = FreshOrFailed(SLOW_SECONDS)
        self._changes: FreshOrFailed[InterestChange] = FreshOrFailed(SLOW_SECONDS)
        self._books: FreshOrFailed[Book] = FreshOrFailed(ORDER_BOOK_SECONDS)

    async def of(self, instrument: Instrument) -> Fear:
        """Read all gauges of a spot market at once; each fails by itself, with the reason."""
        symbol = instrument.symbol
        funding, interest, change, book = await asyncio.gather(
            self._part("funding rate", symbol, self._funding_of(instrument)),
            self._part("open interest", symbol, self._interest_of(instrument)),
            self._part("history of open interest", symbol, self._change_of(instrument)),
            self._part("order book", symbol, self._book_of(symbol)),
        )
        return Fear(symbol, funding, interest, change, book)

    async def warm(self) -> None:
        """Learn ahead which coins have perpetuals; a failure is told when they are asked for."""
        if self._futures_id is not None:
            try:
                await self._perpetuals()
            except MarketError:
                return

    async def close(self) -> None:
        """Stop what is under way and close the futures' connection."""
        await asyncio.gather(
            self._lists.close(),
            self._paid.close(),
            self._hours.close(),
            self._interests.close(),
            self._changes.close(),
            self._books.close(),
        )
        if self._own_futures is not None:
            await self._own_futures.close()

    async def _part(self, what: str, symbol: str, read: Awaitable[T]) -> T | Missing:
        try:
            async with asyncio.timeout(PATIENCE):
                return await read
        except TimeoutError:
            return Missing(f"{self._spot.name} gave no {what} of {symbol} within {PATIENCE:g} s")
        except MarketError as error:
            return Missing(str(error).removesuffix("."))

    @property
    def _futures(self) -> ExchangeClient:
        if self._futures_id is None:
            return self._spot
        if self._own_futures is None:
            self._own_futures = self._connect(self._futures_id)
            self._own_futures.name = f"{self._spot.name} futures"
        return self._own_futures

    async def _perpetual(self, method: str, what: str, instrument: Instrument) -> Perpetual:
        """Return the coin's perpetual; MarketError without one, or where `method` is unknown."""
        name = self._spot.name
        if not any(self._futures.offers(one) for one in METHODS):
            raise MarketError(
                f"{name} has no funding rate and no open interest for {instrument.symbol}"
            )
        if not self._futures.offers(method):
            raise MarketError(f"{name} has no {what} for {instrument.symbol}")
        perpetual = perpetual_of(instrument.base, await self._perpetuals())
        if perpetual is None:
            raise MarketError(
                f"{name} has no perpetual future of {instrument.base}, so no funding rate and no"
                " open interest"
            )
        return perpetual

    async def _perpetuals(self) -> Mapping[str, Perpetual]:
        return await self._lists.get("perpetuals", self._ask_perpetuals)

    async def _ask_perpetuals(self) -> Mapping[str, Perpetual]:
        futures = self._futures
        known = futures.listed if futures is self._spot else await futures.markets()
        return perpetuals_by_base(known.values())

    async def _funding_of(self, instrument: Instrument) -> Funding:
        perpetual = await self._perpetual("fetchFundingRate", "funding rate", instrument)
        return (await self._paid_of(perpetual)).funding

    async def _paid_of(self, perpetual: Perpetual) -> _Paid:
        return await self._paid.get(perpetual.symbol, lambda: self._ask_funding(perpetual))

    async def _ask_funding(self, perpetual: Perpetual) -> _Paid:
        client, symbol = self._futures, perpetual.symbol
        stated = read_funding(await client.ask("fetch_funding_rate", symbol))
        if stated.rate is None:
            raise MarketUnavailable(f"{client.name} states no funding rate of {symbol} now")
        if abs(stated.rate) > MOST_FUNDING:
            raise MarketUnavailable(
                f"{client.name} states a funding rate of {stated.rate:.0%} for {symbol}, more"
                " than any exchange takes at once, so it is left out"
            )
        at = self._time(stated.at, OLDEST_GAUGE, "funding rate")
        hours = stated.hours or await self._hours_of(perpetual)
        coming = [time for ms in stated.paid_at if (time := self._ours(ms)) > at]
        funding = Funding(stated.rate, hours, min(coming, default=None), symbol, at, client.name)
        return _Paid(funding, stated.price)

    async def _hours_of(self, perpetual: Perpetual) -> float | None:
        if not self._futures.offers("fetchFundingRateHistory"):
            return None
        try:
            return await self._hours.get(perpetual.symbol, lambda: self._ask_hours(perpetual))
        except MarketError:
            return None

    async def _ask_hours(self, perpetual: Perpetual) -> float | None:
        method = "fetch_funding_rate_history"
        return read_interval(await self._futures.ask(method, perpetual.symbol, None, 2))

    async def _interest_of(self, instrument: Instrument) -> OpenInterest:
        perpetual = await self._perpetual("fetchOpenInterest", "open interest", instrument)
        return await self._interests.get(perpetual.symbol, lambda: self._ask_interest(perpetual))

    async def _ask_interest(self, perpetual: Perpetual) -> OpenInterest:
        client, symbol = self._futures, perpetual.symbol
        stated = as_dict(await client.ask("fetch_open_interest", symbol))
        at = self._time(positive(stated.get("timestamp")), OLDEST_GAUGE, "open interest")
        value = positive(stated.get("openInterestValue"))
        contracts = positive(stated.get("openInterestAmount"))
        if value is None and contracts is not None:
            price = (await self._paid_of(perpetual)).price
            value = None if price is None else contracts * perpetual.size * price
        if value is None:
            raise MarketUnavailable(f"{client.name} states no open interest of {symbol} now")
        return OpenInterest(value, perpetual.quote, symbol, at, client.name)

    async def _change_of(self, instrument: Instrument) -> InterestChange:
        method = "fetchOpenInterestHistory"
        perpetual = await self._perpetual(method, "history of open interest", instrument)
        return await self._changes.get(perpetual.symbol, lambda: self._ask_change(perpetual))

    async def _ask_change(self, perpetual: Perpetual) -> InterestChange:
        client, symbol = self._futures, perpetual.symbol
        method = "fetch_open_interest_history"
        change = read_day_change(await client.ask(method, symbol, "1h", None, HISTORY_HOURS))
        if change is None:
            raise MarketUnavailable(f"{client.name} has no open interest of {symbol} a day ago")
        at = self._time(change.at, OLDEST_GAUGE, "history of open interest")
        return InterestChange(change.fraction, change.in_coins, symbol, at, client.name)

    async def _book_of(self, symbol: str) -> Book:
        if not self._spot.offers("fetchOrderBook"):
            raise MarketError(f"{self._spot.name} has no order book for {symbol}")
        return await self._books.get(symbol, lambda: self._ask_book(symbol))

    async def _ask_book(self, symbol: str) -> Book:
        name = self._spot.name
        levels = () if self._levels is None else (self._levels,)
        stated = as_dict(await self._spot.ask("fetch_order_book", symbol, *levels))
        bids, asks = read_levels(stated.get("bids")), read_levels(stated.get("asks"))
        if not bids or not asks:
            nobody = "buys" if asks else "sells" if bids else "buys or sells"
            raise MarketUnavailable(f"{name}'s book of {symbol} is empty: nobody {nobody} there")
        best_bid, best_ask = bids[0][0], asks[0][0]
        if best_bid >= best_ask:
            raise MarketUnavailable(
                f"{name}'s book of {symbol} is crossed (bid {best_bid:.10g}, ask {best_ask:.10g})"
            )
        at = self._time(positive(stated.get("timestamp")), OLDEST_BOOK, "order book")
        found = balance(bids, asks)
        return Book(found.imbalance, found.spread, found.reach, at, name)

    def _time(self, ms: float | None, oldest: timedelta, what: str) -> datetime:
        """Return when a gauge was seen: the exchange's time, or that of receipt without one."""
        now = self._clock()
        at = now if ms is None else self._ours(ms)
        if at > now + AHEAD:
            return now  # A stamp from the future says that clocks differ, and nothing of age.
        if now - at > oldest:
            raise MarketUnavailable(
                f"{self._spot.name}'s newest {what} is of {at:%Y-%m-%d %H:%M} UTC, too old to use"
            )
        return min(at, now)

    def _ours(self, ms: float) -> datetime:
        return from_ms(self._spot.from_exchange_time(int(ms)))
