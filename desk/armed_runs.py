"""At a candle's close: run each armed strategy once, and propose what follows."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from desk.accounts import Accounts, Decision
from desk.armed_fills import ArmedFills
from desk.armed_orders import ArmedOrders, Offer
from desk.booking import Source
from desk.by_itself import lapsed, pending
from desk.closes_seen import ClosesSeen, seen_until
from desk.errors import MarketError
from desk.exposures import exposure_of, recent_candles, strategy_of
from desk.lab import Lab
from desk.messages import WATCH, WATCH_STALLED, WatchNotice, WatchStalledNotice
from desk.ports import Clock, Entry, MarketData, Message, Series
from desk.quiet import hushed
from desk.watches import position_of, waiting_of
from trading.account import AccountState
from trading.candles import Timeframe, from_ms, to_ms
from trading.errors import BadArgument, NotEnoughHistory
from trading.events import ProposalMade, ProposalRejected, WatchRan, WatchStalled
from trading.orders import Position, Proposal
from trading.scope import ACCOUNT
from trading.strategies.catalogue import Catalogue
from trading.watch_book import is_quiet
from trading.watches import Watch, WatchRecord, act

logger = logging.getLogger(__name__)
TRIES = 5
LONGEST = timedelta(hours=1)  # that a proposal waits for a tap
PATIENCE = timedelta(minutes=2)  # before it is told that a watch can't be run
ONE_MS = timedelta(milliseconds=1)
Place = tuple[str, str]  # account, watch
# A run was written down; it changed nothing; or the account changed meanwhile.
_Done = Literal["recorded", "quiet", "changed"]


class _Broken(Exception):
    """The strategy itself can't be run: trying again on the same candles changes nothing."""


@dataclass(frozen=True)
class _Signal:
    """What a watch's strategy said at a close."""

    close: datetime
    exposure: Decimal


class ArmedRuns:
    """Runs the watches of all accounts, one after the other, those that take longest last.

    What a run decides is one append: the run, what it proposes, and the message of it. The run's
    key names the watch and the close, so that no close is acted on twice, by however many
    processes. A run that changes nothing is not written into the log: its close is kept beside it,
    and running it once more after a kill in between comes to the same. A close that is not the
    newest any more is not acted on; it is told how many were missed. One watch that fails stops no
    other.
    """

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        orders: ArmedOrders,
        fills: ArmedFills,
        lab: Lab,
        catalogue: Catalogue,
        clock: Clock,
        seen: ClosesSeen,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._orders = orders
        self._fills = fills
        self._lab = lab
        self._catalogue = catalogue
        self._clock = clock
        self._seen = seen
        self._source = Source(market.name, market.demo)
        self._armed: dict[str, AccountState] = {}
        self._failing: dict[Place, datetime] = {}
        self._broken: dict[Place, datetime] = {}
        self._quiet: dict[Place, datetime] = {}
        self._running = asyncio.Lock()
        accounts.on_change(self._note)

    @property
    def series(self) -> frozenset[Series]:
        """The candles whose closes watches wait for."""
        return frozenset(
            (record.watch.symbol, record.watch.timeframe)
            for state in self._armed.values()
            for record in state.watches.values()
        )

    async def look(self) -> bool:
        """Run every watch whose candle has closed; False: one of them could not be run yet."""
        async with self._running:
            await self._accounts.refresh_changed()
            self._forget_ended()
            done = True
            for account_id, name in self._due():
                try:
                    done = await self._look_at((account_id, name)) and done
                except Exception:
                    logger.exception("watch %s of account %s failed", name, account_id)
            return done

    def _note(self, state: AccountState) -> None:
        if state.watches:
            self._armed[state.account_id] = state
        else:
            self._armed.pop(state.account_id, None)

    def _forget_ended(self) -> None:
        armed = {(name, one) for name, state in self._armed.items() for one in state.watches}
        for known in (self._failing, self._broken, self._quiet):
            for place in known.keys() - armed:
                del known[place]

    def _due(self) -> list[Place]:
        now = self._clock()
        found = [
            (self._warm_up(record), (account_id, record.watch.id))
            for account_id, state in self._armed.items()
            for record in state.watches.values()
            if self._has_closed((account_id, record.watch.id), record)
            or pending(state, record, now)
        ]
        return [place for _, place in sorted(found)]

    def _warm_up(self, record: WatchRecord) -> int:
        try:
            kind = self._catalogue.make(record.watch.strategy, record.watch.parameters)
        except BadArgument:
            return 0
        return kind.warm_up

    def _has_closed(self, place: Place, record: WatchRecord) -> bool:
        """Tell whether a candle has closed since the watch was run, by the clock."""
        newest = from_ms(record.watch.timeframe.last_close(to_ms(self._clock())))
        return newest > self._seen_until(place, record)

    def _seen_until(self, place: Place, record: WatchRecord) -> datetime:
        return max(record.seen_until, self._quiet.get(place, record.seen_until))

    async def _look_at(self, place: Place) -> bool:
        record = (await self._accounts.require(place[0])).watches.get(place[1])
        if record is None:
            return True
        if not self._has_closed(place, record):
            await self._fills.fill(*place)
            return True
        # The newest close goes first: what an older one proposed must not be filled after it.
        try:
            signal = await self._signal(place, record)
            for _ in range(TRIES if signal else 0):
                if signal and await self._decided(place, signal):
                    break
        except (MarketError, NotEnoughHistory) as error:
            return await self._hindered(place, str(error), PATIENCE)
        except _Broken as error:
            await self._hindered(place, str(error), timedelta())
            return True
        self._failing.pop(place, None)
        await self._fills.fill(*place)
        return True

    async def _signal(self, place: Place, record: WatchRecord) -> _Signal | None:
        """Return what the strategy says at the newest close; None: there is none to act on.

        Raises MarketError while the newest candle is not to be had, _Broken for a strategy that
        can't be run.
        """
        watch = record.watch
        try:
            strategy = strategy_of(self._catalogue, watch.strategy, watch.parameters)
        except BadArgument as error:
            raise _Broken(str(error)) from error
        now = self._clock()
        candles = await recent_candles(self._market, watch.symbol, watch.timeframe, now)
        close = candles.last_close_time
        if now - close >= watch.timeframe.delta:
            source = self._source.of(watch.symbol)
            raise NotEnoughHistory(
                f"{source} has given no {watch.timeframe} candle of {watch.symbol} since "
                f"{close:%d %b %H:%M} UTC."
            )
        # Exchanges close a day at an hour of their own, so the clock may have called too early.
        if close <= self._seen_until(place, record) or self._broken.get(place) == close:
            return None
        try:
            exposure = await exposure_of(
                self._lab, self._source.of(watch.symbol), candles, strategy
            )
        except Exception as error:
            # An operator's own strategy may raise anything.
            logger.exception("the strategy %s failed", watch.strategy)
            self._broken[place] = close
            raise _Broken(f"{strategy.title} failed ({type(error).__name__}).") from error
        return _Signal(close, exposure)

    async def _decided(self, place: Place, signal: _Signal) -> bool:
        """Record a run with what it proposes; False: the account changed, so decide again."""
        state = await self._accounts.require(place[0])
        record = state.watches.get(place[1])
        if record is None:
            return True
        until = await seen_until(self._seen, place[0], record)
        if until >= signal.close:
            self._quiet[place] = until
            return True
        position = position_of(state, record.watch)
        now = self._clock()
        late = pending(state, record, now)
        again = late is not None or lapsed(state, record, now)
        step = act(
            record,
            signal.exposure,
            position.quantity if position else Decimal(0),
            over=_newly_over(record, position, signal.close, again=again),
            again=again,
        )
        offer = Offer(step)
        if step != "stay":
            offer = await self._orders.offer(state, record.watch, signal.exposure, step)
        if not record.watch.auto:
            offer = _kept(offer, signal.close + record.watch.timeframe.delta)

        def decide(state: AccountState) -> Decision[_Done]:
            same = state.watches.get(place[1]) == record
            if not same or position_of(state, record.watch) != position:
                return Decision("changed")
            return self._ran(state, record, signal, offer, late, until)

        done = await self._accounts.change(place[0], decide)
        if done == "quiet":
            await self._seen.put(*place, signal.close)
            self._quiet[place] = signal.close
        return done != "changed"

    def _ran(
        self,
        state: AccountState,
        record: WatchRecord,
        signal: _Signal,
        offer: Offer,
        late: Proposal | None,
        until: datetime,
    ) -> Decision[_Done]:
        watch, proposal, position = record.watch, offer.proposal, position_of(state, record.watch)
        held = position.quantity if position else Decimal(0)
        key = f"watch:{watch.id}:{to_ms(signal.close)}"
        ran = WatchRan(
            watch_id=watch.id,
            close=signal.close,
            exposure=signal.exposure,
            act=offer.act,
            proposal_id=proposal.id if proposal else None,
            by_itself=watch.auto and proposal is not None,
            missed=_missed(watch, until, signal.close),
            held=held,
        )
        entries = [Entry(ran, key)]
        turned = offer.act != "stay" or signal.exposure != record.exposure
        # What an older signal proposed must not be confirmed any more.
        entries += [
            Entry(ProposalRejected(proposal_id=one.id, reason="replaced"), f"replace:{one.id}")
            for one in waiting_of(state, watch)
            if turned or (late is not None and one.id == late.id)
        ]
        if proposal is not None:
            entries.append(Entry(ProposalMade(proposal=proposal), f"propose:{proposal.id}"))
        notice = WatchNotice(
            watch=watch,
            close=signal.close,
            exposure=signal.exposure,
            held=held,
            proposal=proposal,
            by_itself=ran.by_itself,
            told=offer.told,
            missed=ran.missed,
            source=self._source.of(watch.symbol),
            demo=self._source.demo,
        )
        if not _worth_telling(state, notice):
            unchanged = len(entries) == 1 and is_quiet(record, ran)
            return Decision("quiet") if unchanged else Decision("recorded", entries)
        quiet, payload = hushed(state.settings, self._clock()), notice.model_dump_json()
        return Decision(
            "recorded", entries, [Message(key, state.chat_id, WATCH, payload, quiet=quiet)]
        )

    async def _hindered(self, place: Place, reason: str, patience: timedelta) -> bool:
        """Note that a watch can't be run; tell it once, when it has lasted. Return False."""
        now = self._clock()
        if now - self._failing.setdefault(place, now) < patience:
            return False

        def decide(state: AccountState) -> Decision[bool]:
            known = state.watches.get(place[1])
            if known is None or known.stalled is not None:
                return Decision(False)
            key = f"watch_stalled:{state.seq + 1}"
            notice = WatchStalledNotice(
                watch=known.watch,
                reason=reason,
                at=now,
                source=self._source.of(known.watch.symbol),
                demo=self._source.demo,
            )
            payload, quiet = notice.model_dump_json(), hushed(state.settings, now)
            event = WatchStalled(watch_id=place[1], reason=reason)
            message = Message(key, state.chat_id, WATCH_STALLED, payload, quiet=quiet)
            return Decision(False, [Entry(event, key)], [message])

        return await self._accounts.change(place[0], decide)


def _kept(offer: Offer, next_close: datetime) -> Offer:
    """Let a proposal wait for its tap until the next close, at most LONGEST, never less than usual.

    The tap prices it anew where the price has left its band.
    """
    made = offer.proposal
    if made is None:
        return offer
    over = max(made.expires_at, min(next_close, made.made_at + LONGEST))
    return replace(offer, proposal=made.model_copy(update={"expires_at": over}))


def _missed(watch: Watch, until: datetime, close: datetime) -> int:
    """Count the closes between the last run, or the arming, and this one."""
    return int((close - until - ONE_MS) // watch.timeframe.delta)


def _newly_over(
    record: WatchRecord, position: Position | None, close: datetime, *, again: bool
) -> bool:
    """Tell whether the holding period ends with this close, and did not with the last one run."""
    hold, frame = record.watch.hold, record.watch.timeframe
    if hold is None or position is None:
        return False
    ends = _opened(frame, position.opened_at) + hold * frame.delta
    before = record.ran_at is not None and record.ran_at >= ends
    return close >= ends and (again or not before)


def _opened(frame: Timeframe, moment: datetime) -> datetime:
    """Return when the candle of a moment opened."""
    return from_ms(frame.last_close(to_ms(moment)))


def _worth_telling(state: AccountState, notice: WatchNotice) -> bool:
    """Tell whether a run is told: a proposal that waits, a refusal, or what was missed.

    An order that fills by itself is told by its fill. That entries are paused was told then.
    """
    if notice.missed or (notice.proposal is not None and not notice.by_itself):
        return True
    paused = {ACCOUNT, notice.watch.scope} & state.paused.keys()
    return bool(notice.told) and not (paused and notice.proposal is None)
