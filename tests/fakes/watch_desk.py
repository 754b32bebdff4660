"""A paper desk with armed strategies, and candles that close when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import numpy as np

from desk.armed_fills import ArmedFills
from desk.armed_orders import ArmedOrders
from desk.armed_runs import ArmedRuns
from desk.booking import Source
from desk.lab import Lab
from desk.messages import WATCH, WATCH_STALLED, WatchNotice, WatchStalledNotice
from desk.outcomes import Refused
from desk.pricing import Marks
from desk.terms import Terms
from desk.watches import WatchDraft, Watches
from storage.closes_seen import SqliteClosesSeen
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, CHAT, PaperDesk
from trading.bounds import Limits
from trading.candles import Candles, FloatArray, Timeframe, to_ms
from trading.events import WatchRan
from trading.strategies.base import Parameters
from trading.strategies.catalogue import Catalogue, built_in
from trading.watches import Watch, WatchRecord

H1 = Timeframe.H1


class WatchDesk(PaperDesk):
    """One process's desk with its watches; `catalogue` may hold strategies of a test's own."""

    def __init__(
        self,
        path: Path,
        market: FakeMarket,
        clock: FakeClock,
        limits: Limits | None = None,
        terms: Terms | None = None,
        own: Sequence[type[Parameters]] = (),
    ) -> None:
        super().__init__(path, market, clock, limits, terms)
        limits, terms = limits or Limits(), terms or Terms()
        marks = Marks(market, clock)
        self.catalogue: Catalogue = built_in().with_own(own)
        self.lab = Lab()
        self.seen = SqliteClosesSeen(self.file)
        self.watches = Watches(self.accounts, clock, marks, limits, self.seen)
        self.armed = ArmedRuns(
            market,
            self.accounts,
            ArmedOrders(self.preview, marks, terms),
            ArmedFills(self.accounts, self.confirm, clock, Source(market.name, market.demo)),
            self.lab,
            self.catalogue,
            clock,
            self.seen,
        )

    async def arm(self, draft: WatchDraft, *, auto: bool = False, card: str = "card") -> Watch:
        armed = await self.watches.arm(ANNE, draft, auto=auto, card=card)
        assert not isinstance(armed, Refused), armed
        return armed

    async def record(self, name: str = "w1") -> WatchRecord:
        return (await self.state()).watches[name]

    async def runs(self) -> list[WatchRan]:
        found = [one.event for one in await self.log.read(ANNE)]
        return [event for event in found if isinstance(event, WatchRan)]

    async def notices(self) -> list[WatchNotice]:
        waiting = await self.waiting(WATCH)
        return [WatchNotice.model_validate_json(one.payload) for one in waiting]

    async def stalls(self) -> list[WatchStalledNotice]:
        waiting = await self.waiting(WATCH_STALLED)
        return [WatchStalledNotice.model_validate_json(one.payload) for one in waiting]

    async def close(self) -> None:
        await self.file.close()
        self.lab.close()


class Tape:
    """Candles of one symbol that close one by one; the price then is the next one's open."""

    def __init__(self, desk: PaperDesk, table: FloatArray, timeframe: Timeframe = H1) -> None:
        self.market, self.clock, self.timeframe = desk.market, desk.clock, timeframe
        first = to_ms(desk.clock()) // timeframe.ms * timeframe.ms
        self.table = table.copy()
        self.table[:, 0] = first + np.arange(len(table)) * float(timeframe.ms)
        self.shown = 0
        self.low_first = True

    @property
    def candles(self) -> Candles:
        return Candles.from_rows(BTC, self.timeframe, self.table[: self.shown])

    def _minutes(self) -> Candles:
        """Make the last candle of minutes; what hurts the position that is held comes first."""
        time, opening, high, low, closing, _ = self.table[self.shown - 1]
        first, second = (low, high) if self.low_first else (high, low)
        minutes = self.timeframe.ms // 60_000
        turns = np.array([0.0, 1.0, 2.0, 3.0]) * minutes / 3
        path = np.interp(np.arange(minutes + 1.0), turns, [opening, first, second, closing])
        both = np.column_stack([path[:-1], path[1:]])
        column = [time + np.arange(minutes) * 60_000.0, path[:-1], both.max(1), both.min(1)]
        table = np.column_stack([*column, path[1:], np.ones(minutes)])
        return Candles.from_rows(BTC, Timeframe.M1, table)

    def goes_on(self, count: int = 1, *, late: float = 0.0) -> None:
        """Let candles close; the clock stands at the close of the last, `late` seconds on."""
        self.shown += count
        candles = self.candles
        self.market.set_candles(candles)
        self.clock.now = candles.last_close_time
        self.clock.move(seconds=late)
        if self.timeframe is not Timeframe.M1:
            self.market.set_candles(self._minutes())
        following = min(self.shown, len(self.table) - 1)
        self.market.set(BTC, Decimal(str(self.table[following, 1])))


def draft(
    strategy: str = "ema_cross",
    parameters: dict[str, str] | None = None,
    *,
    size: str = "0.02",
    stop: str | None = None,
    target: str | None = None,
    hold: int | None = None,
    short: bool = False,
    drawdown: str | None = None,
    timeframe: Timeframe = H1,
) -> WatchDraft:
    """Make a draft on BTC; without a stop or target where none is named."""
    return WatchDraft(
        symbol=BTC,
        timeframe=timeframe,
        strategy=strategy,
        parameters={"fast": "2", "slow": "3"} if parameters is None else parameters,
        size=Decimal(size),
        stop=Decimal(stop) if stop else None,
        target=Decimal(target) if target else None,
        trail=None,
        hold=hold,
        short=short,
        drawdown=Decimal(drawdown) if drawdown else None,
    )


def rows(closes: Sequence[float]) -> FloatArray:
    """Make candles that open at the close before."""
    closing = np.asarray(closes, np.float64)
    opening = np.concatenate([closing[:1], closing[:-1]])
    high, low = np.maximum(opening, closing), np.minimum(opening, closing)
    return np.column_stack([np.zeros_like(closing), opening, high, low, closing, closing * 0 + 1])


@asynccontextmanager
async def watch_desk(
    folder: Path,
    limits: Limits | None = None,
    terms: Terms | None = None,
    own: Sequence[type[Parameters]] = (),
    market: FakeMarket | None = None,
    clock: FakeClock | None = None,
) -> AsyncIterator[WatchDesk]:
    """Open a desk with anne's account and BTC at 27000."""
    clock = clock or FakeClock()
    if market is None:
        market = FakeMarket(clock)
        market.set(BTC, 27_000)
    desk = WatchDesk(folder / "conclave.db", market, clock, limits, terms, own)
    try:
        await desk.accounts.open(ANNE, CHAT)
        yield desk
    finally:
        await desk.close()
