"""The backtest tool over made-up candles: type what a person would, get the tool's result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np

from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from desk.study import Study
from tests.fakes.candle_files import MADE_START, made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tools.context import Context
from tools.registry import Tool, discover
from trading.backtest import Rules
from trading.candles import Candles, Timeframe
from trading.strategies.catalogue import built_in

COUNT = 1_500
SYMBOLS = ("BTC/USDT", "ETH/USDT", "ADA/USDT")


@dataclass(frozen=True)
class TrialDesk:
    """Hourly and daily candles of three symbols."""

    research: Research

    @property
    def tool(self) -> Tool:
        return discover()["backtest"]

    @property
    def context(self) -> Context:
        return Context(
            "anne", self.research, cast(Preview, None), cast(Portfolios, None), FactBook()
        )

    async def types(self, words: str) -> Result:
        """Answer what is typed after /backtest."""
        return await self.tool.call(self.context, self.tool.parse(words.split()))

    async def study(self, words: str) -> Study:
        study = (await self.types(words)).study
        assert study is not None
        return study


@asynccontextmanager
async def trial_desk(
    *, demo: bool = False, count: int = COUNT, missing: int = 0
) -> AsyncIterator[TrialDesk]:
    """Open it; `missing` candles are absent early on."""
    clock = FakeClock(MADE_START + Timeframe.D1.delta * (count + 1))
    market, lab = FakeMarket(clock, demo=demo), Lab()
    for seed, symbol in enumerate(SYMBOLS, 1):
        market.set(symbol, 100)
        for timeframe in (Timeframe.H1, Timeframe.D1):
            table = made_candles(timeframe, count, seed=seed, price=100.0 * seed)
            table = np.delete(table, range(40, 40 + missing), axis=0)
            market.set_candles(Candles.from_rows(symbol, timeframe, table))
    yield TrialDesk(Research(Snapshot(market, clock()), lab, Rules(), built_in()))
    lab.close()
