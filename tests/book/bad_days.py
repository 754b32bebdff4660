"""A desk that dies and sleeps and whose clock is wrong, over a market that goes on regardless."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import numpy as np
from telegram import Bot

from bot.delivery import Delivery
from desk.errors import MarketUnavailable
from storage.cards import SqliteCards
from storage.outbox import SqliteOutbox
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import SPREAD, FakeMarket
from tests.fakes.paper_desk import PaperDesk
from trading.bounds import Limits
from trading.candles import Candles, Timeframe, to_ms
from trading.instrument import Quote

STALE = timedelta(seconds=60)  # an exchange's stamp this old, by our clock, is no price
AHEAD = timedelta(seconds=5)  # and one this far ahead says that our clock is behind
WICK = 0.0001


class PathMarket(FakeMarket):
    """Follows paths by the true time, and stamps its quotes with it as far as the clock lets it.

    Stamps that don't fit the clock are treated as the exchange's adapter does.
    """

    def __init__(self, true: FakeClock, clock: FakeClock) -> None:
        super().__init__(clock)
        self._true = true
        self._paths: dict[str, Sequence[float]] = {}
        self._known: dict[tuple[str, Timeframe], Candles] = {}

    def goes(self, symbol: str, path: Sequence[float]) -> None:
        """Let a symbol have a price for each minute from START on."""
        self._paths[symbol] = path
        for timeframe in (Timeframe.M1, Timeframe.M5):
            self._known[symbol, timeframe] = _candles(symbol, path, timeframe)

    async def quote(self, symbol: str) -> Quote:
        now, seen = self._clock(), self._true()
        if now - seen > STALE:
            raise MarketUnavailable(f"the price of {symbol} is too old")
        minute = (seen - START) // timedelta(minutes=1)
        last = Decimal(repr(round(self._paths[symbol][minute], 2)))
        at = now if seen - now > AHEAD else min(seen, now)
        return Quote(symbol, last - SPREAD / 2, last + SPREAD / 2, last, at, self.name)

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        known = self._known[symbol, timeframe]
        closed = (to_ms(min(end, self._true())) - to_ms(START)) // timeframe.ms
        return known[max(0, closed - count) : closed]


class World:
    """What stays while desks come and go: the file, the market, the time and our idea of it."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.true = FakeClock()
        self.clock = FakeClock()
        self.market = PathMarket(self.true, self.clock)
        self._path = folder / "conclave.db"
        self._limits = limits

    def passes(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Let time pass."""
        self.true.move(seconds=seconds, minutes=minutes)
        self.clock.move(seconds=seconds, minutes=minutes)

    def puts_clock(self, *, ahead: float) -> None:
        """Let our clock show so many seconds more than the true time."""
        self.clock.now = self.true.now + timedelta(seconds=ahead)

    def life(self, bot: Bot) -> Life:
        """Start a desk, as a new process would."""
        desk = PaperDesk(self._path, self.market, self.clock, self._limits, snapshots=True)
        return Life(desk, bot)


class Life:
    """One process: a desk and what delivers its messages."""

    def __init__(self, desk: PaperDesk, bot: Bot) -> None:
        self.desk = desk
        self._delivery = Delivery(
            bot, SqliteOutbox(desk.file), SqliteCards(desk.file), desk.clock, sole=True
        )

    async def tick(self) -> None:
        await self.desk.watch.tick()

    async def deliver(self) -> None:
        await self._delivery.deliver()

    async def dies_in_a_tick(self, chance: Random) -> None:
        """Begin a look at the market and let it go no further than somewhere in its middle."""
        look = asyncio.create_task(self.desk.watch.tick())
        for _ in range(chance.randint(1, 60)):
            await asyncio.sleep(0)
        look.cancel()
        with suppress(asyncio.CancelledError):
            await look

    async def ends(self) -> None:
        """Drop everything; what the file's thread had begun is done or not, as after a kill."""
        await self.desk.file.close()


def _candles(symbol: str, path: Sequence[float], timeframe: Timeframe) -> Candles:
    each = timeframe.ms // Timeframe.M1.ms
    whole = len(path) // each
    parts = np.round(np.array(path[: whole * each]), 2).reshape(whole, each)
    opened = to_ms(START) + timeframe.ms * np.arange(whole)
    low, high = parts.min(axis=1) * (1 - WICK), parts.max(axis=1) * (1 + WICK)
    columns = (opened, parts[:, 0], high, low, parts[:, -1], np.ones(whole))
    return Candles.from_rows(symbol, timeframe, np.column_stack(columns))
