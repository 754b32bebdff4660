"""The desk at one moment: research, prices and portfolio on the same frozen market."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.accounts import Accounts
from desk.headlines import Headlines
from desk.history import Histories
from desk.lab import Lab
from desk.portfolio import Portfolios
from desk.ports import AccountLog, Clock, MarketData, NewId, NewsSource
from desk.preview import Preview
from desk.pricing import Marks
from desk.research import Research
from desk.snapshot import Snapshot
from desk.terms import Terms
from trading.backtest import Rules
from trading.bounds import Limits
from trading.strategies.catalogue import Catalogue

# Within a snapshot an old price is no danger: nothing is filled on it.
FROZEN_AGE = timedelta(hours=2)


@dataclass(frozen=True)
class Pinned:
    """What may be known at the snapshot's moment; the preview's prices are frozen with it."""

    research: Research
    preview: Preview
    portfolios: Portfolios


@dataclass(frozen=True)
class Pin:
    """Freezes the market of a moment for one question or command."""

    market: MarketData
    accounts: Accounts
    log: AccountLog
    clock: Clock
    new_id: NewId
    limits: Limits
    terms: Terms
    rules: Rules
    lab: Lab
    catalogue: Catalogue
    histories: Histories | None = None
    news: NewsSource | None = None
    headlines: Headlines | None = None

    def now(self) -> Pinned:
        """Pin this moment."""
        snapshot = Snapshot(self.market, self.clock(), self.news)

        def moment() -> datetime:
            return snapshot.as_of

        marks = Marks(snapshot, moment, FROZEN_AGE)
        return Pinned(
            Research(snapshot, self.lab, self.rules, self.catalogue, self.headlines),
            Preview(
                snapshot,
                self.accounts,
                moment,
                self.new_id,
                self.limits,
                self.terms,
                marks,
                frozen=True,
                compared=lambda: snapshot,
            ),
            Portfolios(
                snapshot, self.accounts, self.log, moment, self.limits, marks, self.histories
            ),
        )
