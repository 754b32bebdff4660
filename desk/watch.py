"""The scheduler's work: hold the market against what every account waits for."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from desk.accounts import Accounts, Decision
from desk.booking import Booking, Source
from desk.confirm import Confirm
from desk.coverage import Caught, Coverage
from desk.digest import gathered
from desk.errors import LogConflict, MarketError, StorageError, UnreadableLog
from desk.filling import expire
from desk.interests import Interests
from desk.messages import EXPIRED, ProposalExpiredNotice
from desk.moves import Moves
from desk.ports import Clock, MarketData, Series, Watermarks
from desk.pricing import MAX_MARK_AGE, MAX_QUOTE_AGE, Marks, mark_price
from desk.ringing import STALE_AFTER, feed_events, followed
from desk.telling import tell
from desk.terms import Terms
from desk.walk import Step, Walk, live_step, missed_steps
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import ProposalExpired
from trading.gauges import GaugeValue, indicators_of, moves_of
from trading.instrument import Quote
from trading.legal import IllegalEvent

if TYPE_CHECKING:
    from desk.gauges import Gauges

logger = logging.getLogger(__name__)
RETRY = timedelta(seconds=30)  # an account whose look failed is looked at again then
BACK = timedelta(seconds=100)
MOST_OWED = 10_000  # steps that are kept for an account whose log can't be used for a while
LOOK_SECONDS = 1.0
NOTHING = Caught({}, frozenset(), frozenset())


class Watch:
    """Ticks over the market; an account that fails, or a symbol without a price, stops no other.

    Accounts that nothing happens to cost nothing: an index says whom a price concerns. `every`:
    how often equity is recorded while something is held. `marks` may be shared with the portfolio
    view, which then knows the last price seen here.

    `tick` looks at everything, and asks for what it needs. `look` and `look_at_candles` look at
    one event of the market, at once and with what is known already. They may be called while a
    tick waits for an answer: only the accounts are looked at one after the other.
    """

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        confirm: Confirm,
        watermarks: Watermarks,
        clock: Clock,
        limits: Limits,
        terms: Terms,
        moves: Moves,
        gauges: Gauges,
        every: timedelta = timedelta(minutes=5),
        marks: Marks | None = None,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._confirm = confirm
        self._clock = clock
        self._marks = marks or Marks(market, clock)
        self._moves = moves
        self._gauges = gauges
        self._coverage = Coverage(market, watermarks, clock)
        self._interests = Interests(limits, self._marks, clock, every)
        self._source = Source(market.name, market.demo)
        self._walk = Walk(self._interests.instruments, terms, limits, every, self._source)
        self._round = asyncio.Lock()
        self._booking = asyncio.Lock()
        self._catching_up = False
        self._waiting: set[str] = set()
        self._symbols: frozenset[str] = frozenset()
        self._gauges_of: Mapping[str, list[str]] = {}
        self._failing: set[str] = set()
        self._started_at: datetime | None = None
        self._owed: dict[str, list[Step]] = {}
        self.newcomer = asyncio.Event()
        accounts.on_change(self._note)

    @property
    def series(self) -> frozenset[Series]:
        """The candles whose closes somebody waits for."""
        needed = indicators_of(self._interests.gauges)
        return frozenset((gauge.symbol, gauge.timeframe) for gauge in needed)

    async def tick(self) -> bool:
        """Look at the market once; a tick that starts while one runs does nothing (False)."""
        if self._round.locked():
            return False
        async with self._round:
            if self._started_at is None:
                await self._coverage.load()
                self._started_at = self._clock()
            await self._accounts.refresh_changed()
            try:
                await self._look_round()
            finally:
                self._catching_up = False
        if self._waiting:
            waiting, self._waiting = self._waiting, set()
            await self.look(waiting)
        return True

    async def look(self, symbols: Collection[str]) -> bool:
        """Look at symbols whose prices moved; tell whether that concerned anybody.

        Those that are not watched yet, or of which something was missed, are left to the next
        tick; a tick that catches up on candles looks at them when it is done.
        """
        if self._catching_up:
            self._waiting.update(symbols)
            return False
        known = self._interests.instruments
        watched = [name for name in symbols if name in known and self._coverage.watched(name)]
        try:
            # A price that moved is there at once; one that must be asked for is the tick's.
            async with asyncio.timeout(LOOK_SECONDS):
                quotes = await self._marks.quotes(watched)
        except TimeoutError:
            return False
        if not quotes:
            return False
        async with self._booking:
            if self._catching_up:
                self._waiting.update(symbols)
                return False
            quotes = self._marks.newest(quotes)
            self._coverage.saw(name for name in quotes if self._coverage.watched(name))
            gauges = [gauge for name in quotes for gauge in self._gauges_of.get(name, ())]
            now = self._clock()
            present = self._present(quotes, gauges, now)
            usable = [quotes[name] for name in sorted(quotes)]
            return await self._happened(live_step(usable, present, now), quotes)

    async def look_at_candles(self, series: Collection[Series]) -> bool:
        """Look at indicators of candles that closed; False: one of them is not to be had yet."""
        if self._started_at is None or self._catching_up:
            return False
        gauges = self._interests.gauges
        values = await self._gauges.due(self._clock(), gauges, only=series)
        if values:
            async with self._booking:
                await self._happened(Step(self._clock(), (), tuple(values), live=True), {})
        return not self._gauges.late(self._clock(), gauges, series)

    async def _happened(self, step: Step, quotes: Mapping[str, Quote]) -> bool:
        """Let a step happen to those whom it concerns; who failed before waits for a tick."""
        concerned = self._interests.concerned(step.moments, step.values) - self._failing
        for account_id in sorted(concerned):
            owed = self._owed.pop(account_id, [])
            await self._look(account_id, [*owed, step], quotes, NOTHING)
        return bool(concerned)

    def _note(self, state: AccountState) -> None:
        self._interests.note(state)
        if not followed(state) <= self._symbols:
            self.newcomer.set()

    async def _look_round(self) -> None:
        symbols = self._symbols = self._interests.symbols
        self._market.follow(symbols)
        await self._learn(symbols)
        self._coverage.forget(symbols)
        # Without a symbol's rules nothing of it can be filled: its prices wait, its candles too.
        known = symbols & self._interests.instruments.keys()
        quotes = await self._marks.quotes(known)
        # Until the accounts have been through what was missed, no later price may reach them.
        self._catching_up = not all(self._coverage.watched(name) for name in quotes)
        caught = await self._coverage.catch_up(quotes, await self._oldest(quotes))
        past, closed = await self._past(caught)
        async with self._booking:
            await self._book(symbols, self._marks.newest(quotes), caught, past, closed)

    async def _book(
        self,
        symbols: frozenset[str],
        quotes: Mapping[str, Quote],
        caught: Caught,
        past: Sequence[GaugeValue],
        closed: Sequence[GaugeValue],
    ) -> None:
        now = self._clock()
        present = [*closed, *self._present(quotes, self._interests.gauges, now)]
        usable = [quotes[name] for name in sorted(quotes.keys() - caught.held_back)]
        missed = missed_steps(chain(*caught.candles.values()), past)
        steps = [*missed, live_step(usable, present, now)]
        wanted = self._interests.due(now)
        for step in steps:
            wanted |= self._interests.concerned(step.moments, step.values)
        wanted |= self._fed(symbols, quotes, now)
        for account_id in sorted(wanted):
            owed = self._owed.pop(account_id, [])
            await self._look(account_id, [*owed, *steps], quotes, caught)
        await self._coverage.covered(quotes, caught, save=not self._owed)

    async def _look(
        self,
        account_id: str,
        steps: Sequence[Step],
        quotes: Mapping[str, Quote],
        caught: Caught,
    ) -> None:
        """Let the steps happen to an account; those of a log that can't be used now stay owed."""
        try:
            state = await self._accounts.require(account_id)
            symbols = followed(state)
            parts = [step.only(symbols) for step in steps]
            mine = [part for part in parts if part.moments or part.values or part.live]
            before = self._prices(state, quotes, caught)
            await self._confirm.settle(
                account_id, lambda booking: self._pass(booking, mine, before, quotes)
            )
            self._interests.note(await self._accounts.require(account_id))
            self._failing.discard(account_id)
        except Exception as error:
            self._failing.add(account_id)
            known = isinstance(error, StorageError | LogConflict)
            if known and not isinstance(error, UnreadableLog):
                # The file fails, not the account: what it misses now is made up for then.
                self._owed[account_id] = [step.past() for step in steps[-MOST_OWED:]]
            logger.exception("watching account %s failed", account_id)
            self._interests.later(account_id, self._clock() + RETRY)

    def _pass(
        self,
        booking: Booking,
        steps: list[Step],
        prices: Mapping[str, Decimal],
        quotes: Mapping[str, Quote],
    ) -> None:
        """Book everything that the time since the last look brings to one account."""
        now = self._clock()
        self._walk.through(booking, [_fresh(step, now) for step in steps], prices)
        expire(booking, now)
        _expire(booking, now, self._source)
        stale = booking.state.stale
        for symbol in sorted(followed(booking.state) | stale.keys()):
            seen = quotes[symbol].at if symbol in quotes else self._coverage.seen_at(symbol)
            # What was missing before a restart is missing until a price comes.
            seen = seen or stale.get(symbol)
            for event in feed_events(booking.state, symbol, seen or self._started_at or now, now):
                booking.note(event)
        begun = [one.since for step in steps if not step.live for one in step.moments]
        since = min(begun, default=now)
        # The candle in which the watch came back is no absence of its own.
        missed = now - since > BACK
        booking.messages[:] = gathered(booking, since, now, missed=missed)
        booking.join(Decision(None, *tell(booking.state, now, self._source)))

    def _prices(
        self, state: AccountState, quotes: Mapping[str, Quote], caught: Caught
    ) -> dict[str, Decimal]:
        """Return what was known before the first step; nothing of symbols that were missed."""
        now = self._clock()
        return {
            symbol: mark.price
            for symbol, mark in self._marks.known(state, quotes).items()
            if symbol not in caught.missed
            and mark.kind != "entry"
            and now - mark.at <= MAX_MARK_AGE
        }

    def _present(
        self, quotes: Mapping[str, Quote], gauges: Iterable[str], now: datetime
    ) -> list[GaugeValue]:
        """Return what moves show now that these quotes were seen."""
        for quote in quotes.values():
            self._moves.seen(quote.symbol, mark_price(quote), quote.at)
        moved = self._moves.values(gauges, now)
        return [GaugeValue(gauge, value, now) for gauge, value in moved.items()]

    async def _past(self, caught: Caught) -> tuple[list[GaugeValue], list[GaugeValue]]:
        """Return what moves and indicators showed while nobody watched, and of fresh candles."""
        now, gauges = self._clock(), self._interests.gauges
        await self._moves.prepare(gauges, now)
        by_symbol: defaultdict[str, list[str]] = defaultdict(list)
        for gauge in moves_of(gauges):
            by_symbol[gauge.symbol].append(str(gauge))
        self._gauges_of = by_symbol
        closed = await self._gauges.due(now, gauges, caught.since)
        if caught.since is None:
            return [], closed
        past: list[GaugeValue] = []
        for move in moves_of(gauges):
            try:
                past += await self._moves.past(move, caught.since, now)
            except MarketError as error:
                logger.warning("what %s did since %s is not known: %s", move, caught.since, error)
        return [*past, *closed], []

    async def _learn(self, symbols: Iterable[str]) -> None:
        """Ask for the trading rules of symbols that are new; then their accounts stand anew."""
        for symbol in sorted(set(symbols) - self._interests.instruments.keys()):
            try:
                self._interests.learn(await self._market.instrument(symbol))
            except MarketError as error:
                logger.info("the rules of %s can't be had now: %s", symbol, error)
                continue
            for state in await self._owners(symbol):
                self._interests.note(state)

    async def _oldest(self, quotes: Mapping[str, Quote]) -> dict[str, datetime]:
        """Return since when somebody waits for each symbol that is not covered yet."""
        found: dict[str, datetime] = {}
        for symbol in quotes:
            if self._coverage.seen_at(symbol) is None:
                since = [
                    moment
                    for state in await self._owners(symbol)
                    for moment in _interest(state, symbol)
                ]
                found[symbol] = min(since, default=self._clock())
        return found

    async def _owners(self, symbol: str) -> list[AccountState]:
        """Return the accounts that need a symbol; one that can't be read stops no other."""
        found = []
        for account_id in sorted(self._interests.owners(symbol)):
            try:
                found.append(await self._accounts.require(account_id))
            except (IllegalEvent, UnreadableLog):
                logger.exception("account %s can't be read; run verify", account_id)
        return found

    def _fed(self, symbols: Iterable[str], quotes: Mapping[str, Quote], now: datetime) -> set[str]:
        """Return the accounts that are to be told that prices are missing, or are back."""
        found: set[str] = set()
        for symbol in symbols:
            told = self._interests.without(symbol)
            if symbol in quotes:
                found |= told
            elif now - (self._coverage.seen_at(symbol) or self._started_at or now) > STALE_AFTER:
                found |= self._interests.owners(symbol) - told
        return found


def _fresh(step: Step, now: datetime) -> Step:
    """Leave quotes out that have grown too old to trade on while the look took its time."""
    if not step.live:
        return step
    young = (moment for moment in step.moments if now - moment.at <= MAX_QUOTE_AGE)
    return Step(step.at, tuple(young), step.values, live=True)


def _interest(state: AccountState, symbol: str) -> list[datetime]:
    """Return since when an account's orders, positions and alerts wait for a symbol."""
    orders = (order.placed_at for order in state.orders.values() if order.symbol == symbol)
    held = (position.opened_at for (_, name), position in state.positions.items() if name == symbol)
    armed = (one.alert.armed_at for one in state.alerts.values() if one.alert.symbol == symbol)
    return [*orders, *held, *armed]


def _expire(booking: Booking, now: datetime, source: Source) -> None:
    """Settle the proposals whose time is over, each with the notice that mends its card."""
    for old in list(booking.state.waiting.values()):
        if old.expires_at > now:
            continue
        booking.record(ProposalExpired(proposal_id=old.id), f"expire:{old.id}")
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
        booking.tell(EXPIRED, f"expired:{old.id}", notice.model_dump_json())
