"""The scheduler's work: watch every account's exits, proposals and drawdown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from desk.accounts import Accounts, Decision
from desk.booking import Source
from desk.confirm import Confirm
from desk.marking import mark
from desk.messages import EXPIRED, ProposalExpiredNotice
from desk.missed import Missed
from desk.ports import Clock, Entry, MarketData, Message
from desk.pricing import MAX_MARK_AGE, Marks, complete, prices
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import ProposalExpired
from trading.instrument import Quote

logger = logging.getLogger(__name__)


class Watch:
    """Ticks over all accounts; one that fails, or one symbol without a price, stops no other.

    `every`: how often equity is recorded while something is held. `marks` may be shared with the
    portfolio view, which then knows the last price seen here.
    """

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        confirm: Confirm,
        clock: Clock,
        limits: Limits,
        every: timedelta = timedelta(minutes=5),
        marks: Marks | None = None,
    ) -> None:
        self._accounts = accounts
        self._confirm = confirm
        self._clock = clock
        self._limits = limits
        self._every = every
        self._marks = marks or Marks(market, clock)
        self._missed = Missed(market, confirm, clock)
        self._source = Source(market.name, market.demo)
        self._busy = asyncio.Lock()

    async def tick(self) -> None:
        """Look at every account once; a tick that starts while one runs does nothing."""
        if self._busy.locked():
            return
        async with self._busy:
            states = [state for state in await self._states() if _active(state)]
            quotes = await self._marks.quotes(_symbols(states))
            for state in states:
                try:
                    await self._look(state, quotes)
                except Exception:
                    logger.exception("watching account %s failed", state.account_id)

    async def _states(self) -> list[AccountState]:
        states = []
        for account_id in await self._accounts.ids():
            try:
                state = await self._accounts.load(account_id)
            except Exception:
                logger.exception("reading account %s failed", account_id)
                continue
            if state is not None:
                states.append(state)
        return states

    async def _look(self, state: AccountState, quotes: Mapping[str, Quote]) -> None:
        account_id, ready = state.account_id, quotes
        if state.orders:
            ready = await self._missed.replay(state, quotes)
            await self._confirm.trigger(account_id, ready)
            self._missed.watched(state, ready)
        if state.waiting:
            await self._accounts.change(account_id, self._expire)
        if len(ready) == len(quotes):
            # A recorded mark says that exits were watched until then: not while some are held back.
            await self._accounts.change(account_id, lambda now: self._mark(now, quotes))

    def _expire(self, state: AccountState) -> Decision[None]:
        return _expire(state, self._clock(), self._source)

    def _mark(self, state: AccountState, quotes: Mapping[str, Quote]) -> Decision[None]:
        now = self._clock()
        known = self._marks.known(state, quotes)
        if any(found.kind == "entry" or now - found.at > MAX_MARK_AGE for found in known.values()):
            # Equity at guessed prices could pause somebody, or hide what should.
            return Decision(None)
        marks = complete(state, prices(known))
        return mark(state, marks, now, self._limits, self._every, self._source)


def _active(state: AccountState) -> bool:
    return bool(state.positions or state.orders or state.waiting) or not state.marked


def _symbols(states: Iterable[AccountState]) -> set[str]:
    held = {symbol for state in states for symbol in state.symbols}
    return held | {order.symbol for state in states for order in state.orders.values()}


def _expire(state: AccountState, now: datetime, source: Source) -> Decision[None]:
    """Settle the proposals whose time is over, each with the notice that mends its card."""
    over = [proposal for proposal in state.waiting.values() if proposal.expires_at <= now]
    entries = [Entry(ProposalExpired(proposal_id=old.id), f"expire:{old.id}") for old in over]
    messages = []
    for old in over:
        notice = ProposalExpiredNotice(
            proposal_id=old.id,
            question_id=old.question_id,
            symbol=old.symbol,
            base=old.base,
            quote=old.quote,
            side=old.side,
            quantity=old.quantity,
            entry=old.entry,
            expired_at=old.expires_at,
            source=old.source,
            demo=source.demo,
        )
        messages.append(
            Message(f"expired:{old.id}", state.chat_id, EXPIRED, notice.model_dump_json())
        )
    return Decision(None, entries, messages)
