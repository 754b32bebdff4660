"""Several exchanges as one market: `BTC/USDT` on the default one, `kraken:BTC/USD` on another."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from desk.errors import MarketUnavailable, UnknownSymbol
from desk.fear import Fear
from desk.ports import MarketData, Series, Told
from market.connection.ids import DEMO, is_known, nearest_ids
from market.live.merged_moves import MergedMoves
from trading.candles import Candles, Timeframe
from trading.instrument import Instrument, Quote
from trading.outages import Stock
from trading.symbols import exchange_of, pair_of

MOST_OTHERS = 8
# Among the others, one that nobody has asked for so long makes room for a new one.
IDLE_SECONDS = 600.0


@dataclass
class _Other:
    """Another exchange: how many ask it now, and when the last one has ended (loop seconds)."""

    market: MarketData
    last: float
    asking: set[object] = field(default_factory=set)


class SeveralMarkets:
    """Implements desk.ports.MarketData by asking the exchange that a symbol names.

    `open_other` connects to an exchange by its ccxt id; it is called at the first use of each.
    What is returned carries the symbol as it was asked for. All exchanges are closed with this.
    The default one is also served by its own id (`kraken:BTC/USD`, held since another was the
    default); what people write is held to one name before it comes here.
    """

    def __init__(self, default: MarketData, open_other: Callable[[str], MarketData]) -> None:
        self._default = default
        self._open_other = open_other
        self._others: dict[str, _Other] = {}
        self._moves = MergedMoves()
        # The default exchange's followed pairs, by the symbols they were asked for as.
        self._own: Mapping[str, Collection[str]] = {}
        self._newly_open = asyncio.Event()
        self._over = False

    @property
    def name(self) -> str:
        """The default exchange's id."""
        return self._default.name

    @property
    def demo(self) -> bool:
        return self._default.demo

    async def symbols(self) -> Sequence[str]:
        """Return the default exchange's symbols."""
        return await self._default.symbols()

    async def instrument(self, symbol: str) -> Instrument:
        async with self._market_of(symbol) as market:
            found = await market.instrument(pair_of(symbol))
        return replace(found, symbol=symbol) if found.symbol != symbol else found

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        async with self._market_of(symbol) as market:
            found = await market.candles(pair_of(symbol), timeframe, end, count)
        return replace(found, symbol=symbol) if found.symbol != symbol else found

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        async with self._market_of(symbol) as market:
            stock = await market.backfill(pair_of(symbol), timeframe, start, told)
        return replace(stock, symbol=symbol)

    async def quote(self, symbol: str) -> Quote:
        async with self._market_of(symbol) as market:
            found = await market.quote(pair_of(symbol))
        return replace(found, symbol=symbol) if found.symbol != symbol else found

    async def fear(self, symbol: str) -> Fear:
        async with self._market_of(symbol) as market:
            fear = await market.fear(pair_of(symbol))
        return replace(fear, symbol=symbol)

    def follow(self, symbols: Collection[str]) -> None:
        """Divide the symbols; an exchange that is not open yet is followed the next time."""
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        own: defaultdict[str, set[str]] = defaultdict(set)
        for symbol in symbols:
            where, pair = self._where(symbol)
            if pair not in wanted[where]:
                wanted[where].append(pair)
            if not where:
                own[pair].add(symbol)
        self._own = own
        for name, market in self._open.items():
            market.follow(wanted[name])
            if wanted[name]:
                self._moves.add(_prefix(name), market)

    async def moved(self) -> Collection[str]:
        moved = await self._moves.moved()
        return {name for symbol in moved for name in self._own.get(symbol, (symbol,))}

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        """Wait at all that are open, also at an exchange that is opened meanwhile."""
        shares: defaultdict[str, dict[Series, datetime]] = defaultdict(dict)
        for (symbol, timeframe), at in since.items():
            where, pair = self._where(symbol)
            share = shares[where]
            share[pair, timeframe] = min(at, share.get((pair, timeframe), at))
        while not (told := await self._closed_first(shares)):
            pass
        return {
            (symbol, timeframe): close
            for (symbol, timeframe), at in since.items()
            if (close := told.get((*self._where(symbol), timeframe))) is not None and close > at
        }

    async def _closed_first(
        self, shares: Mapping[str, Mapping[Series, datetime]]
    ) -> dict[tuple[str, str, Timeframe], datetime]:
        """Return what closed first by exchange, pair, timeframe; nothing: one was opened."""
        opening = asyncio.ensure_future(self._newly_open.wait())
        waits = {
            asyncio.ensure_future(market.closed(shares.get(name, {}))): name
            for name, market in self._open.items()
        }
        try:
            await asyncio.wait({opening, *waits}, return_when=asyncio.FIRST_COMPLETED)
            return {
                (waits[wait], pair, timeframe): at
                for wait in waits
                if wait.done()
                for (pair, timeframe), at in wait.result().items()
            }
        finally:
            for task in (opening, *waits):
                task.cancel()

    @property
    def flow(self) -> str:
        others = (f"{name}: {one.market.flow}" for name, one in self._others.items())
        return "; ".join((self._default.flow, *others))

    @property
    def _open(self) -> dict[str, MarketData]:
        return {"": self._default, **{name: one.market for name, one in self._others.items()}}

    async def warm(self) -> None:
        await self._default.warm()

    async def close(self) -> None:
        self._over = True
        others = [other.market for other in self._others.values()]
        self._others.clear()
        await self._moves.close()
        closings = (market.close() for market in (self._default, *others))
        for outcome in await asyncio.gather(*closings, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    @contextlib.asynccontextmanager
    async def _market_of(self, symbol: str) -> AsyncIterator[MarketData]:
        """Give the symbol's exchange; it stays open meanwhile."""
        exchange, pair = self._where(symbol)
        if not exchange:
            yield self._default
            return
        other = self._others.get(exchange) or await self._opened(exchange, pair)
        mark = object()
        other.asking.add(mark)
        try:
            yield other.market
        finally:
            other.asking.discard(mark)
            other.last = _now()

    def _where(self, symbol: str) -> tuple[str, str]:
        """Return the exchange, "" for the default one by whichever name, and the pair."""
        exchange = exchange_of(symbol)
        return "" if exchange == self.name else exchange, pair_of(symbol)

    async def _opened(self, exchange: str, pair: str) -> _Other:
        if self._over:
            raise MarketUnavailable("The market connection was closed meanwhile.")
        if exchange == DEMO:
            raise UnknownSymbol(f"The demo market is not on now: write {pair}, of {self.name}.")
        if not is_known(exchange):
            near = nearest_ids(exchange)
            hint = f"Did you mean {' or '.join(f'{one}:{pair}' for one in near)}?" if near else ""
            raise UnknownSymbol(
                f"There is no exchange '{exchange}'. "
                + (hint or "Another exchange is named by its ccxt id, such as kraken:BTC/USD.")
            )
        left = self._room_for(exchange)
        other = self._others[exchange] = _Other(self._open_other(exchange), _now())
        self._newly_open.set()
        self._newly_open = asyncio.Event()
        if left is not None:
            await left.close()
        return other

    def _room_for(self, exchange: str) -> MarketData | None:
        """Take out an exchange that nobody asks, when there are too many."""
        if len(self._others) < MOST_OTHERS:
            return None
        idle = {
            name: other.last
            for name, other in self._others.items()
            if not other.asking and _now() - other.last > IDLE_SECONDS
        }
        if not idle:
            raise MarketUnavailable(
                f"{exchange} would be one exchange too many: beside {self.name},"
                f" {', '.join(self._others)} are in use ({MOST_OTHERS} at most)."
                f" Try again in {IDLE_SECONDS / 60:.0f} minutes, or name one of these."
            )
        name = min(idle, key=lambda name: idle[name])
        self._moves.drop(_prefix(name))
        return self._others.pop(name).market


def _prefix(exchange: str) -> str:
    return f"{exchange}:" if exchange else ""


def _now() -> float:
    return asyncio.get_running_loop().time()
