"""All that a question's context needs, over the demo market at a fixed moment and one file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from desk.accounts import Accounts
from desk.facts import FactBook
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.preview import Preview
from desk.research import Research
from desk.snapshot import Snapshot
from desk.terms import Terms
from market.demo.market import DemoMarket
from market.demo.news import DemoNews
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tools.context import Context
from trading.backtest import Rules
from trading.bounds import Limits
from trading.strategies.catalogue import built_in

ANNE = "anne"


@dataclass(frozen=True)
class DemoDesk:
    """One account's desk; each context sees the market anew."""

    now: datetime
    market: DemoMarket
    preview: Preview
    portfolios: Portfolios
    lab: Lab

    def context(self) -> Context:
        news = DemoNews(self.market, lambda: self.now)
        snapshot = Snapshot(self.market, self.now, news)
        research = Research(snapshot, self.lab, Rules(), built_in())
        return Context(ANNE, research, self.preview, self.portfolios, FactBook())


@asynccontextmanager
async def demo_desk(folder: Path, now: datetime) -> AsyncIterator[DemoDesk]:
    """Open a desk whose clock stands still."""
    numbers = count(1)

    def clock() -> datetime:
        return now

    market, limits, lab = DemoMarket(clock), Limits(), Lab()
    file = SqliteFile(folder / "desk.db")
    log = SqliteAccountLog(file)
    accounts = Accounts(log, clock, Decimal(10_000), "USDT")
    await accounts.open(ANNE, 7)
    preview = Preview(market, accounts, clock, lambda: f"id{next(numbers)}", limits, Terms())
    try:
        yield DemoDesk(now, market, preview, Portfolios(market, accounts, log, clock, limits), lab)
    finally:
        lab.close()
        await market.close()
        await file.close()
