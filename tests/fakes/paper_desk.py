"""The whole money path over a real SQLite file, with a settable market and clock."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from desk.accounts import Accounts
from desk.confirm import Confirm
from desk.gauges import Gauges
from desk.messages import MEANWHILE, Meanwhile
from desk.moves import Moves
from desk.outcomes import Filled, Placed
from desk.portfolio import Portfolios
from desk.ports import Outgoing
from desk.preview import Preview
from desk.pricing import Marks
from desk.protect import Protect
from desk.snapshot import Snapshot
from desk.terms import Terms
from desk.watch import Watch
from storage.account_log import SqliteAccountLog
from storage.outbox import SqliteOutbox
from storage.snapshots import SqliteSnapshots
from storage.sqlite import SqliteFile
from storage.watermarks import SqliteWatermarks
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.account import AccountState
from trading.bounds import Limits
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side

BTC = "BTC/USDT"
ETH = "ETH/USDT"
ANNE = "anne"
CHAT = 7
_names = itertools.count(1)


def new_id() -> str:
    """Return an id that no other desk of the test run gives out."""
    return f"id{next(_names)}"


class PaperDesk:
    """One process's desk; several of them may share a file, a market and a clock."""

    def __init__(
        self,
        path: Path,
        market: FakeMarket,
        clock: FakeClock,
        limits: Limits | None = None,
        terms: Terms | None = None,
        *,
        snapshots: bool = False,
    ) -> None:
        limits, terms = limits or Limits(), terms or Terms()
        self.market = market
        self.clock = clock
        self.file = SqliteFile(path)
        self.log = SqliteAccountLog(self.file)
        kept = SqliteSnapshots(self.file) if snapshots else None
        self.accounts = Accounts(self.log, clock, Decimal(10_000), "USDT", snapshots=kept)
        self.preview = Preview(
            market,
            self.accounts,
            clock,
            new_id,
            limits,
            terms,
            compared=lambda: Snapshot(market, clock()),
        )
        self.confirm = Confirm(market, self.accounts, self.preview, clock, new_id, limits, terms)
        marks = Marks(market, clock)
        self.watch = Watch(
            market,
            self.accounts,
            self.confirm,
            SqliteWatermarks(self.file, market.name),
            clock,
            limits,
            terms,
            Moves(market),
            Gauges(market),
            timedelta(minutes=5),
            marks,
        )
        self.protect = Protect(market, self.accounts, clock, marks, limits)
        self.portfolios = Portfolios(market, self.accounts, self.log, clock, limits, marks)

    async def state(self, account_id: str = ANNE) -> AccountState:
        return await self.accounts.require(account_id)

    async def propose(
        self,
        side: Side = "buy",
        symbol: str = BTC,
        notional: str | None = "150",
        *,
        strategy: str = "manual",
        stop: str | None = None,
        target: str | None = None,
    ) -> Proposal:
        """Price and offer an order that must pass."""
        draft = Draft(
            symbol=symbol,
            side=side,
            strategy=strategy,
            notional=Decimal(notional) if notional else None,
            stop_fraction=Decimal(stop) if stop else None,
            target_fraction=Decimal(target) if target else None,
        )
        made = await self.preview.price(ANNE, draft)
        assert not isinstance(made, Denied), made
        offered = await self.preview.offer(made)
        assert isinstance(offered, Proposal), offered
        return offered

    async def buy(
        self,
        side: Side = "buy",
        symbol: str = BTC,
        notional: str | None = "150",
        *,
        strategy: str = "manual",
        stop: str | None = None,
        target: str | None = None,
    ) -> Filled:
        """Propose and confirm an order that must fill."""
        proposal = await self.propose(
            side, symbol, notional, strategy=strategy, stop=stop, target=target
        )
        outcome = await self.confirm.confirm(ANNE, proposal.id)
        assert isinstance(outcome, Filled), outcome
        return outcome

    async def wait_at(
        self, price: str, side: Side = "buy", symbol: str = BTC, until: datetime | None = None
    ) -> str:
        """Put a limit order into the book; return its id."""
        draft = Draft(
            symbol=symbol,
            side=side,
            strategy="manual",
            kind="limit",
            price=Decimal(price),
            notional=Decimal(100),
            until=until,
        )
        made = await self.preview.price(ANNE, draft)
        assert not isinstance(made, Denied), made
        await self.preview.offer(made)
        outcome = await self.confirm.confirm(ANNE, made.id)
        assert isinstance(outcome, Placed), outcome
        return outcome.order.id

    async def waiting(self, kind: str | None = None) -> list[Outgoing]:
        """Return the outbox's waiting messages (of a kind)."""
        due = await SqliteOutbox(self.file).due(self.clock(), limit=10_000)
        return [message for message in due if kind is None or message.kind == kind]

    async def told(self, kind: str) -> list[str]:
        """Return the payloads of a kind that wait, those inside a digest too, oldest first."""
        found = []
        for message in await self.waiting():
            if message.kind == kind:
                found.append(message.payload)
            elif message.kind == MEANWHILE:
                parts = Meanwhile.model_validate_json(message.payload).parts
                found += [part.model_dump_json() for part in parts if part.kind == kind]
        return found

    async def events(self, kind: str | None = None, account_id: str = ANNE) -> list[str]:
        """Return the kinds of the events in the log (only one kind)."""
        kinds = [recorded.event.kind for recorded in await self.log.read(account_id)]
        return [found for found in kinds if kind is None or found == kind]


@asynccontextmanager
async def paper_desk(
    folder: Path,
    limits: Limits | None = None,
    terms: Terms | None = None,
    market: FakeMarket | None = None,
    clock: FakeClock | None = None,
) -> AsyncIterator[PaperDesk]:
    """Open a desk with anne's account and BTC at 27000, ETH at 1800."""
    clock = clock or FakeClock()
    if market is None:
        market = FakeMarket(clock)
        market.set(BTC, 27_000)
        market.set(ETH, 1_800)
    desk = PaperDesk(folder / "conclave.db", market, clock, limits, terms)
    try:
        await desk.accounts.open(ANNE, CHAT)
        yield desk
    finally:
        await desk.file.close()
