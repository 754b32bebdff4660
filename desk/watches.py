"""A person's watches: armed, changed, paused and ended; each change is an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from desk.accounts import Accounts, Decision, T
from desk.by_itself import waits_by_itself
from desk.closes_seen import ClosesSeen, seen_until
from desk.outcomes import Refused
from desk.ports import Clock, Entry
from desk.pricing import Mark, Marks, complete, prices
from desk.protect import peak_after
from trading.account import AccountState, scopes
from trading.bounds import Limits
from trading.candles import Timeframe, from_ms, to_ms
from trading.drawdown import drawdown
from trading.errors import BadArgument
from trading.events import (
    Event,
    ProposalWithdrawn,
    TradingPaused,
    TradingResumed,
    WatchArmed,
    WatchChanged,
    WatchEnded,
)
from trading.measure import percent
from trading.orders import Position, Proposal
from trading.scope import strategy_scope
from trading.watches import Watch, WatchRecord, watch_id

MOST_WATCHES = 20
NOT_YOURS = "This is not one of your watches, or it has ended. /watches lists them."
BY_HAND = "you paused it"


@dataclass(frozen=True)
class WatchDraft:
    """A watch that nobody has armed yet; the fields are those of trading.watches.Watch."""

    symbol: str
    timeframe: Timeframe
    strategy: str
    parameters: Mapping[str, str]
    size: Decimal
    stop: Decimal | None
    target: Decimal | None
    trail: Decimal | None
    hold: int | None
    short: bool
    drawdown: Decimal | None


@dataclass(frozen=True)
class WatchView:
    """A watch at this moment, money in quote units; `mark` None: it holds nothing.

    `equity` is the opening cash and its own profit; `fall` its drawdown, `limit` what it may be.
    `paused`: why it enters nothing; `last_run` None: never yet; `next_close`: when it is run next.
    """

    record: WatchRecord
    position: Position | None
    mark: Mark | None
    equity: Decimal
    profit: Decimal
    fall: Decimal
    limit: Decimal
    paused: str | None
    last_run: datetime | None
    next_close: datetime


class Watches:
    """Arms and ends watches; what they do at a close is decided by desk.armed_runs."""

    def __init__(
        self, accounts: Accounts, clock: Clock, marks: Marks, limits: Limits, seen: ClosesSeen
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._marks = marks
        self._limits = limits
        self._seen = seen

    def refuse_unfit(self, state: AccountState, draft: WatchDraft) -> None:
        """Raise BadArgument for a watch that this account can't have."""
        if len(state.watches) >= MOST_WATCHES:
            raise BadArgument(
                f"{MOST_WATCHES} watches are the most. /watches shows them, /unwatch ends one."
            )
        same = next((one for one in state.watches.values() if _is_same(one.watch, draft)), None)
        if same is not None:
            raise BadArgument(
                f"{same.watch.id} does exactly this already. /watches shows it, "
                f"/unwatch {same.watch.id} ends it."
            )
        bounds = state.limits or self._limits
        most = bounds.drawdown(strategy_scope(draft.strategy))
        if draft.drawdown is not None and draft.drawdown > most:
            raise BadArgument(
                f"drawdown={percent(draft.drawdown)} is looser than your limit for a strategy, "
                f"{percent(most)}: choose less, or leave it out."
            )

    async def arm(
        self, account_id: str, draft: WatchDraft, *, auto: bool, card: str
    ) -> Watch | Refused:
        """Arm a watch; of each card (its id) one is armed, however often it is tapped.

        Raises BadArgument where the account can't have it.
        """
        key = f"watch-arm:{card}"

        def decide(state: AccountState) -> Decision[Watch | Refused]:
            known = (one.watch for one in state.watches.values() if one.watch.card == card)
            if (there := next(known, None)) is not None:
                return Decision(there)
            self.refuse_unfit(state, draft)
            watch = Watch(
                id=watch_id(state.watches_armed + 1),
                card=card,
                auto=auto,
                armed_at=self._clock(),
                **{**vars(draft), "parameters": dict(draft.parameters)},
            )
            return Decision(watch, [Entry(WatchArmed(watch=watch), key)])

        state = await self._accounts.require(account_id)
        there = any(one.watch.card == card for one in state.watches.values())
        if not there and await self._accounts.has(account_id, key):
            return Refused(
                "This watch was armed before, and has ended. /watch begins anew.", "closed"
            )
        return await self._accounts.change(account_id, decide)

    async def entrust(self, account_id: str, name: str, *, auto: bool) -> Watch | Refused:
        """Let a watch fill what it proposes by itself from now on, or ask for each.

        What was to fill by itself is withdrawn in the same step; the next close asks for it.
        """

        def decide(state: AccountState, known: WatchRecord) -> Decision[Watch | Refused]:
            if known.watch.auto == auto:
                return Decision(known.watch)
            event = WatchChanged(watch_id=name, auto=auto)
            changed = known.watch.model_copy(update={"auto": auto})
            entries = _numbered(state, event)
            sent = waits_by_itself(state, known)
            if sent is not None and not auto:
                entries.insert(0, _withdrawn(sent, "disarmed"))
            return Decision(changed, entries)

        return await self._change(account_id, name, decide)

    async def pause(self, account_id: str, name: str) -> Watch | Refused:
        """Refuse the entries of a watch; it goes on to leave what it holds."""

        def decide(state: AccountState, known: WatchRecord) -> Decision[Watch | Refused]:
            if known.watch.scope in state.paused:
                return Decision(known.watch)
            event = TradingPaused(scope=known.watch.scope, reason=BY_HAND)
            return Decision(known.watch, _numbered(state, event))

        return await self._change(account_id, name, decide)

    async def resume(self, account_id: str, name: str) -> Watch | Refused:
        """Take entries of a watch again; after its drawdown limit the drawdown starts anew."""
        marks = prices(await self._marks.of(await self._accounts.require(account_id)))

        def decide(state: AccountState, known: WatchRecord) -> Decision[Watch | Refused]:
            scope = known.watch.scope
            if scope not in state.paused:
                return Decision(known.watch)
            worth = scopes(state, complete(state, marks))
            event = TradingResumed(scope=scope, peak=peak_after(state, scope, worth))
            return Decision(known.watch, _numbered(state, event))

        return await self._change(account_id, name, decide)

    async def end(self, account_id: str, name: str) -> Watch | Refused:
        """End a watch; what it proposed is withdrawn, what it holds stays with its exits."""

        def decide(state: AccountState, known: WatchRecord) -> Decision[Watch | Refused]:
            entries = [_withdrawn(one, "ended") for one in waiting_of(state, known.watch)]
            ended = Entry(WatchEnded(watch_id=name), f"watch-end:{name}")
            return Decision(known.watch, [*entries, ended])

        return await self._change(account_id, name, decide)

    async def view(self, account_id: str) -> tuple[WatchView, ...]:
        """Show every watch at the present prices, or the last known."""
        state = await self._accounts.require(account_id)
        marks = await self._marks.of(state)
        worth = scopes(state, complete(state, prices(marks)))
        limits, now = state.bounds(self._limits), to_ms(self._clock())
        runs = {
            name: await seen_until(self._seen, account_id, record)
            for name, record in state.watches.items()
            if record.ran_at is not None
        }
        return tuple(
            _viewed(state, record, marks, worth, limits, runs.get(name), now)
            for name, record in state.watches.items()
        )

    async def _change(
        self,
        account_id: str,
        name: str,
        decide: Callable[[AccountState, WatchRecord], Decision[T | Refused]],
    ) -> T | Refused:
        def decided(state: AccountState) -> Decision[T | Refused]:
            known = state.watches.get(name)
            return decide(state, known) if known else Decision(Refused(NOT_YOURS, "not_yours"))

        return await self._accounts.change(account_id, decided)


def waiting_of(state: AccountState, watch: Watch) -> list[Proposal]:
    """Return what is proposed for a watch and waits for a tap."""
    return [one for one in state.waiting.values() if one.strategy == watch.name]


def position_of(state: AccountState, watch: Watch) -> Position | None:
    """Return what a watch holds."""
    return state.positions.get((watch.name, watch.symbol))


def _viewed(
    state: AccountState,
    record: WatchRecord,
    marks: Mapping[str, Mark],
    worth: Mapping[str, Decimal],
    limits: Limits,
    last_run: datetime | None,
    now: int,
) -> WatchView:
    watch = record.watch
    scope, position = watch.scope, position_of(state, watch)
    equity = worth.get(scope, state.opening_cash)
    frame = watch.timeframe
    return WatchView(
        record,
        position,
        marks[watch.symbol] if position else None,
        equity,
        equity - state.opening_cash,
        drawdown(max(state.peak(scope), equity), equity),
        limits.drawdown(scope),
        state.paused.get(scope),
        last_run,
        from_ms(frame.last_close(now) + frame.ms),
    )


def _is_same(watch: Watch, draft: WatchDraft) -> bool:
    wanted = (draft.symbol, draft.timeframe, draft.strategy, dict(draft.parameters))
    return (watch.symbol, watch.timeframe, watch.strategy, watch.parameters) == wanted


def _withdrawn(proposal: Proposal, reason: Literal["disarmed", "ended"]) -> Entry:
    event = ProposalWithdrawn(proposal_id=proposal.id, reason=reason)
    return Entry(event, f"withdraw:{proposal.id}")


def _numbered(state: AccountState, event: Event) -> list[Entry]:
    """Name an event by its place in the log."""
    return [Entry(event, f"{event.kind}:{state.seq + 1}")]
