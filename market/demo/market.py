"""The demo market: made-up prices that look and move like real ones, for a start without keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from desk.errors import MarketError, UnknownSymbol
from desk.fear import Fear
from desk.ports import Clock, Series, Told
from market.candles.closes import closed
from market.connection.symbols_meant import Listed, nearest
from market.demo.fear import demo_fear
from market.demo.world import COINS, DAY, HOUR, WORLD_START, Bars, Coin, DemoWorld, as_floats
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.instrument import Instrument, Quote
from trading.outages import Stock
from trading.symbols import pair_of

T = TypeVar("T")

MOST_CANDLES = 20_000
# An end may lie ahead of the clock by as much as two readings of it differ.
AHEAD = timedelta(seconds=60)
HALF_SPREAD = 0.00005


class DemoMarket:
    """Implements desk.ports.MarketData with a world drawn from `seed`.

    The same seed gives the same history at every start, and the present goes on from it: a quote
    lies on the path that its candle will hold. Times before 2025 and after the clock are a
    MarketError.
    """

    name = "demo"
    demo = True

    def __init__(self, clock: Clock, seed: int = 7) -> None:
        self._clock = clock
        self._coins = {coin.symbol: coin for coin in COINS}
        self._world = DemoWorld(seed)
        # Drawing a coin's history takes half a second, once; never in the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="demo-market")

    async def check(self) -> str:
        """Say that there is nothing to connect to."""
        return "demo market: made-up prices, no connection needed"

    async def warm(self) -> None:
        """Draw every coin's history ahead, coin by coin: a question waits for one at most."""
        for symbol in self._coins:
            await self.quote(symbol)

    async def symbols(self) -> Sequence[str]:
        return sorted(self._coins)

    async def instrument(self, symbol: str) -> Instrument:
        return self._coin(symbol).instrument

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        """Return up to `count` (at most 20,000) newest candles closed at `end` and by now."""
        coin = self._coin(symbol)
        now = self._now()
        if end > now + AHEAD:
            raise MarketError(
                f"The demo market ends now, {now:%Y-%m-%d %H:%M} UTC; {end:%Y-%m-%d %H:%M} is yet"
                " to come. Ask for an earlier time."
            )
        if to_ms(end) < WORLD_START:
            raise MarketError(_too_early(end))
        count = max(1, min(count, MOST_CANDLES))
        until = to_ms(min(end, now))
        return await self._run(lambda: self._closed(coin, timeframe, until, count))

    async def backfill(
        self, symbol: str, timeframe: Timeframe, start: datetime, told: Told
    ) -> Stock:
        """Say what there is since `start`: it is made when it is asked for and lacks nothing."""
        newest = await self.candles(symbol, timeframe, self._now(), 1)
        since = max(WORLD_START, to_ms(start))
        first = since + (timeframe.phase - since) % timeframe.ms
        count = (int(newest.time[-1]) - first) // timeframe.ms + 1 if len(newest) else 0
        if count <= 0:
            return Stock(symbol, timeframe, 0, None, None)
        return Stock(symbol, timeframe, count, from_ms(first), newest.last_close_time)

    async def quote(self, symbol: str) -> Quote:
        """Return the price of this moment; the spread is one basis point, two ticks at least."""
        coin = self._coin(symbol)
        now = self._now()
        last = await self._run(lambda: self._world.price(symbol, to_ms(now)))
        half = _half_spread(last)
        bid, price, ask = (
            Decimal(ticks).scaleb(-coin.places) for ticks in (last - half, last, last + half)
        )
        return Quote(symbol, max(bid, coin.instrument.tick), ask, price, now, self.name)

    async def fear(self, symbol: str) -> Fear:
        """Return made-up gauges that fit the prices."""
        coin, moment = self._coin(symbol), to_ms(self._now())

        def price(at: int) -> int:
            return self._world.price(symbol, at)

        def made() -> Fear:
            last = price(moment)
            return demo_fear(coin, price, moment, 2 * _half_spread(last) / last)

        return await self._run(made)

    def follow(self, symbols: Collection[str]) -> None:
        """Nothing to do: a price costs nothing to ask for."""

    async def moved(self) -> Collection[str]:
        """Wait for ever: made-up prices have no events."""
        await asyncio.Event().wait()
        return ()

    async def closed(self, since: Mapping[Series, datetime]) -> Mapping[Series, datetime]:
        return await closed(since, lambda: to_ms(self._clock()), settled_ms=0)

    @property
    def flow(self) -> str:
        return "made up on demand"

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _closed(self, coin: Coin, timeframe: Timeframe, until: int, count: int) -> Candles:
        """Return the newest candles that closed at `until` (ms) or before."""
        step = timeframe.ms
        stop = timeframe.last_close(until)
        first_open = WORLD_START + (timeframe.phase - WORLD_START) % step
        start = max(first_open, stop - count * step)
        bars = self._bars(coin.symbol, timeframe, start, stop)
        prices = (bars.open, bars.high, bars.low, bars.close)
        opened, high, low, closed = (as_floats(ticks, coin.places) for ticks in prices)
        volume = as_floats(bars.volume, coin.lot_places)
        return Candles(coin.symbol, timeframe, bars.time, opened, high, low, closed, volume)

    def _bars(self, symbol: str, timeframe: Timeframe, start: int, stop: int) -> Bars:
        """Return the bars that open at `start` or later and close at `stop` or before."""
        # At least a day, so that "nothing yet" needs no special way.
        first = (start - WORLD_START) // DAY
        last = max(first, (stop - 1 - WORLD_START) // DAY)
        finest = min(timeframe.ms, HOUR)
        if finest == HOUR:
            bars = self._world.hours(symbol, first, last)
        else:
            bars = self._world.minutes(symbol, first, last, finest)
        # Cut before joining: a candle must not be made of what comes after `stop`.
        bars = bars[bars.time.searchsorted(start) : max(0, bars.time.searchsorted(stop))]
        if timeframe.ms == finest or not len(bars):
            return bars
        return bars.joined(timeframe.ms, timeframe.phase)

    def _coin(self, symbol: str) -> Coin:
        try:
            return self._coins[symbol]
        except KeyError:
            raise UnknownSymbol(self._no_such(symbol)) from None

    def _no_such(self, symbol: str) -> str:
        pair = pair_of(symbol)
        near = nearest(pair, [Listed(name) for name in self._coins])
        if pair != symbol:
            alone = f": write {pair} alone" if pair in self._coins else ""
            return (
                f"The demo market is one made-up exchange{alone}. Real exchanges can be asked with"
                " EXCHANGE set to one."
            )
        if near:
            return f"The demo market has no '{symbol}'. Did you mean {', '.join(near)}?"
        return f"The demo market has no '{symbol}'. It has {', '.join(self._coins)}."

    def _now(self) -> datetime:
        now = self._clock()
        if to_ms(now) < WORLD_START:
            raise MarketError(_too_early(now))
        return now

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _half_spread(ticks: int) -> int:
    return max(1, round(ticks * HALF_SPREAD))


def _too_early(moment: datetime) -> str:
    return (
        f"The demo market begins on {from_ms(WORLD_START):%Y-%m-%d}; it has no prices of"
        f" {moment:%Y-%m-%d}. Ask for a later time, or connect an exchange."
    )
