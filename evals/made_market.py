"""A made-up market that knows its own future, and a desk of the real parts over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from desk.facts import FactBook
from desk.fear import Book, Fear, Funding, InterestChange, OpenInterest
from desk.lab import Lab
from desk.pinned import Pin
from desk.terms import Terms
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.fixed_news import FixedNews
from tests.fakes.paper_desk import ANNE, CHAT, PaperDesk, new_id
from tools.context import Context
from trading.backtest import Rules
from trading.bounds import Limits
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms
from trading.instrument import Instrument, Quote
from trading.strategies.catalogue import built_in

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
# In the middle of a candle of every timeframe: the open one belongs to the future.
NOW = datetime(2026, 3, 1, 14, 7, 30, tzinfo=UTC)
LATER = timedelta(minutes=10)
PAST, FUTURE = 900, 30


class KnowingMarket(FakeMarket):
    """Gives away all that it has, whatever moment it is asked for, and counts who asks what.

    A real exchange does the same to who waits: its newest candle is open, its quote is of now.
    """

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.asked: Counter[str] = Counter()

    async def symbols(self) -> Sequence[str]:
        self.asked["symbols"] += 1
        return await super().symbols()

    async def instrument(self, symbol: str) -> Instrument:
        self.asked[f"instrument {symbol}"] += 1
        return await super().instrument(symbol)

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        self.asked[f"candles {symbol} {timeframe}"] += 1
        none = Candles.from_rows(symbol, timeframe, [])
        return self._candles.get((symbol, timeframe), none).tail(count + FUTURE)

    async def quote(self, symbol: str) -> Quote:
        self.asked[f"quote {symbol}"] += 1
        return await super().quote(symbol)

    async def fear(self, symbol: str) -> Fear:
        self.asked[f"fear {symbol}"] += 1
        return await super().fear(symbol)


@dataclass(frozen=True)
class World:
    """What a made-up market is made of: two of the same past differ after NOW alone.

    `late`: quotes and gauges come only 10 minutes after NOW.
    """

    past: int = 1
    future: int = 1
    late: bool = False

    def market(self) -> KnowingMarket:
        """Make the market, with the quotes of NOW."""
        market = KnowingMarket(FakeClock(NOW))
        for number, symbol in enumerate(SYMBOLS):
            market.set(symbol, Decimal(100 + 10 * number))
            market.set_fear(_gauges(symbol, NOW, 0))
            for timeframe in Timeframe:
                market.set_candles(
                    Candles.from_rows(symbol, timeframe, self._table(timeframe, number))
                )
        return market

    def goes_on(self, market: KnowingMarket) -> None:
        """Let the market's quotes and gauges be of later, if they are `late`."""
        if not self.late:
            return
        market.lag = -LATER
        for number, symbol in enumerate(SYMBOLS):
            market.set(symbol, Decimal(100 + 10 * number + self.future))
            market.set_fear(_gauges(symbol, NOW + LATER, self.future))

    def news(self) -> FixedNews:
        """Headlines of before and after NOW; the later ones differ."""
        news = FixedNews(FakeClock(NOW))
        news.say(f"Bitcoin rallies to a record of the {self.past}", hours=2)
        news.say("Ethereum falls after a hack", hours=5)
        news.say(f"Bitcoin crashes {self.future} times", hours=-0.2)
        return news

    def _table(self, timeframe: Timeframe, number: int) -> FloatArray:
        opened = to_ms(NOW) // timeframe.ms * timeframe.ms
        start = from_ms(opened - PAST * timeframe.ms)
        known = made_candles(
            timeframe, PAST, start=start, seed=100 * self.past + number, price=100.0
        )
        later = made_candles(
            timeframe, FUTURE, start=from_ms(opened), seed=977 * self.future + number, price=150.0
        )
        return np.vstack([known, later])


@asynccontextmanager
async def desk_of(world: World, lab: Lab) -> AsyncIterator[tuple[KnowingMarket, Context]]:
    """Open the real desk over a made-up market, with an account that holds ETH, pinned at NOW."""
    market, clock = world.market(), FakeClock(NOW)
    with TemporaryDirectory() as folder:
        paper = PaperDesk(Path(folder) / "desk.db", market, clock)
        try:
            await paper.accounts.open(ANNE, CHAT)
            await paper.buy(symbol=SYMBOLS[1])
            world.goes_on(market)
            pin = Pin(
                market,
                paper.accounts,
                paper.log,
                clock,
                new_id,
                Limits(),
                Terms(),
                Rules(),
                lab,
                built_in(),
                news=world.news(),
            )
            pinned = pin.now()
            market.asked.clear()
            yield (
                market,
                Context(
                    ANNE,
                    pinned.research,
                    pinned.preview,
                    pinned.portfolios,
                    FactBook(),
                    "analyst",
                ),
            )
        finally:
            await paper.file.close()


def _gauges(symbol: str, at: datetime, number: int) -> Fear:
    perpetual = f"{symbol}:USDT"
    return Fear(
        symbol,
        Funding(0.0001 * (1 + number), 8.0, None, perpetual, at, "fake"),
        OpenInterest(1e9 + number, "USDT", perpetual, at, "fake"),
        InterestChange(0.01 * number, True, perpetual, at, "fake"),
        Book(0.1 + number / 100, 0.0001, 0.01, at, "fake"),
    )
