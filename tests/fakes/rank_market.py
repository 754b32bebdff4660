"""A market of many coins with candles enough to rank them, and the tool over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np

from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.ranking import Ranking
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from tests.fakes.candle_files import MADE_START, made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe
from trading.strategies.catalogue import built_in

COUNT = 760
USUAL = ("BTC", "ETH", "SOL", "XRP", "ADA")


def hours(seed: int, count: int = COUNT) -> FloatArray:
    """Make the newest `count` of COUNT 1h candles."""
    return made_candles(count=COUNT, seed=seed, price=100.0 * seed)[-count:]


def like(table: FloatArray, power: float, seed: int, own: float = 0.002) -> FloatArray:
    """Make candles whose log returns are `power` times those of a table, and some of their own."""
    noise = own * np.random.default_rng(seed).standard_normal(len(table))
    close = 50.0 * np.exp(np.cumsum(power * np.diff(np.log(table[:, 4]), prepend=4.6) + noise))
    close /= close[0]
    return np.column_stack([table[:, 0], close, close, close, close, table[:, 5]])


@dataclass(frozen=True)
class RankDesk:
    """The tool `rank` on a market that tests change before they ask."""

    market: FakeMarket
    clock: FakeClock
    lab: Lab

    def lists(self, symbol: str, table: FloatArray, timeframe: Timeframe = Timeframe.H1) -> None:
        """List a symbol with these candles."""
        self.market.set(symbol, 100)
        self.market.set_candles(Candles.from_rows(symbol, timeframe, table))

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.market, self.clock())

    def context(self, strategy: str = "manual") -> Context:
        research = Research(self.snapshot, self.lab, Rules(), built_in())
        nobody = cast(Preview, None), cast(Portfolios, None)
        return Context("anne", research, *nobody, FactBook(), strategy)

    async def types(self, words: str) -> Result:
        """Answer what is typed after /rank."""
        tool = discover()["rank"]
        return await tool.call(self.context(), tool.parse(words.split()))

    async def ranking(self, words: str) -> Ranking:
        ranking = (await self.types(words)).ranking
        assert ranking is not None
        return ranking


@asynccontextmanager
async def rank_desk(
    bases: Sequence[str] = USUAL, quote: str = "USDT", *, demo: bool = False
) -> AsyncIterator[RankDesk]:
    """Open it with these coins."""
    clock = FakeClock(MADE_START + Timeframe.H1.delta * COUNT)
    desk = RankDesk(FakeMarket(clock, demo=demo), clock, Lab())
    for seed, base in enumerate(bases, 1):
        desk.lists(f"{base}/{quote}", hours(seed))
    yield desk
    desk.lab.close()
