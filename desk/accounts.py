"""Paper accounts: load one, and change it without a race."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from desk.errors import AlreadyRecorded, LogConflict, UnreadableLog
from desk.keeping import Keeping
from desk.ports import AccountLog, Clock, Entry, Message, SnapshotStore
from desk.remembered import Remembered
from trading.account import AccountState
from trading.errors import BadArgument
from trading.events import AccountOpened, Event, Recorded
from trading.ledger import fold
from trading.legal import IllegalEvent

T = TypeVar("T")
TRIES = 25
DEMO = "demo-"
SNAPSHOT_EVERY = 200  # events: adding up so many takes a few milliseconds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What to append for a state, all or nothing, and what to answer once it is durable."""

    outcome: T
    entries: Sequence[Entry] = ()
    messages: Sequence[Message] = ()


class Accounts:
    """The accounts of one log; keeps each one's state and reads only what was added since.

    A person has one account on real prices and another on demo prices; `demo` says which of the
    two these are, so that made-up prices never touch what was bought at real ones. With
    `snapshots` a first look at an account adds up only what came after its newest snapshot; one
    is made each time the log has grown by `snapshot_every` events.
    """

    def __init__(
        self,
        log: AccountLog,
        clock: Clock,
        opening_cash: Decimal,
        currency: str,
        *,
        demo: bool = False,
        snapshots: SnapshotStore | None = None,
        snapshot_every: int = SNAPSHOT_EVERY,
        remembered: Remembered | None = None,
    ) -> None:
        self._log = log
        self._demo = demo
        self._clock = clock
        self._opening_cash = opening_cash
        self._currency = currency
        self._keeping = Keeping(snapshots, snapshot_every) if snapshots else None
        self._states = remembered or Remembered()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._watchers: list[Callable[[AccountState], None]] = []
        self._doubtful: set[str] = set()
        self._refreshing = asyncio.Lock()
        self._elsewhere = False

    async def open(self, account_id: str, chat_id: int) -> AccountState:
        """Open the account with the opening cash; one that is open already is left as it is."""
        state = await self.load(account_id)
        if state is None:
            opened = AccountOpened(
                cash=self._opening_cash, currency=self._currency, chat_id=chat_id
            )
            # Another process may have opened it a moment ago.
            with contextlib.suppress(LogConflict, AlreadyRecorded):
                await self._log.append(account_id, 0, self._clock(), [Entry(opened, "open")])
            state = await self.require(account_id)
        return state

    async def load(self, account_id: str) -> AccountState | None:
        """Return the account's present state; None when it was never opened."""
        async with self._locks[account_id]:
            return await self._refresh(account_id)

    async def require(self, account_id: str) -> AccountState:
        """Return the account's present state; raises BadArgument when it was never opened."""
        state = await self.load(account_id)
        if state is None:
            raise BadArgument("You have no paper account yet. Send /start to open one.")
        return state

    async def has(self, account_id: str, key: str) -> bool:
        """Tell whether the account's log holds an event with this key, however old it is."""
        return await self._log.has(account_id, key)

    def id_of(self, user_id: int) -> str:
        """Name a person's account."""
        return f"{DEMO}{user_id}" if self._demo else str(user_id)

    async def ids(self) -> Sequence[str]:
        """Return the ids of all accounts on these prices."""
        return [name for name in await self._log.accounts() if self._is_ours(name)]

    def on_change(self, callback: Callable[[AccountState], None]) -> None:
        """Have `callback` called, at once, with each state that becomes known from now on."""
        self._watchers.append(callback)

    async def refresh_changed(self) -> None:
        """Read what other processes added to any account, or what a cancelled caller did.

        Costs one look at the file when nobody else has written; the first call reads all accounts
        that are not known yet. One whose log can't be read is passed over, and logged.
        """
        async with self._refreshing:
            self._elsewhere = await self._log.changed_elsewhere() or self._elsewhere
            behind = set(self._doubtful)
            if self._elsewhere:
                heads = await self._log.heads()
                behind |= {name for name, seq in heads.items() if seq > self._states.seq(name)}
            for account_id in sorted(filter(self._is_ours, behind)):
                try:
                    await self.load(account_id)
                except (IllegalEvent, UnreadableLog):
                    logger.exception("account %s can't be read; run verify", account_id)
            self._elsewhere = False

    async def change(self, account_id: str, decide: Callable[[AccountState], Decision[T]]) -> T:
        """Read, decide, append; when another process was faster, read and decide again.

        `decide` is pure and may run several times; only the last decision counts, and it was
        made on exactly the state that it was appended to. Raises BadArgument for an account
        that was never opened, IllegalEvent when the decision can't follow the state (nothing
        is appended then), LogConflict when others were faster 25 times in a row.
        """
        async with self._locks[account_id]:
            for _ in range(TRIES):
                state = await self._refresh(account_id)
                if state is None:
                    raise BadArgument("You have no paper account yet. Send /start to open one.")
                decision = decide(state)
                if not decision.entries and not decision.messages:
                    return decision.outcome
                try:
                    await self._append(state, decision)
                except (LogConflict, AlreadyRecorded):
                    continue
                return decision.outcome
        raise LogConflict("The account is being changed from many sides. Try again in a moment.")

    async def settle(self) -> None:
        """Wait for the snapshots that are being written."""
        if self._keeping:
            await self._keeping.settle()

    async def _append(self, state: AccountState, decision: Decision[T]) -> None:
        now = self._clock()
        events = [entry.event for entry in decision.entries]
        # Fold first: what can't follow the state must never reach the log.
        after = fold(provisional(state, events, now), state) if events else state
        # An append that is cut short here may still be made: who asks next reads it.
        self._doubtful.add(state.account_id)
        recorded = await self._log.append(
            state.account_id, state.seq, now, decision.entries, decision.messages
        )
        self._doubtful.discard(state.account_id)
        if recorded:
            self._know(replace(after, last_hash=recorded[-1].hash))

    async def _refresh(self, account_id: str) -> AccountState | None:
        before = self._states.get(account_id)
        state = before
        if before is None and self._keeping:
            state = await self._keeping.load(account_id)
        added = await self._log.read(account_id, state.seq if state else 0)
        if added:
            state = await self._add(account_id, added, state, trusted=before is not None)
        self._doubtful.discard(account_id)
        if state is not None and state is not before:
            self._know(state)
        return state

    async def _add(
        self,
        account_id: str,
        added: Sequence[Recorded],
        state: AccountState | None,
        *,
        trusted: bool,
    ) -> AccountState:
        try:
            return fold(added, state)
        except IllegalEvent:
            if state is None or trusted:
                raise
            logger.warning("a snapshot of account %s does not fit its log", account_id)
        return fold(await self._log.read(account_id))

    def _know(self, state: AccountState) -> None:
        is_news = self._states.put(state)
        if self._keeping:
            self._keeping.keep(state)
        for callback in self._watchers if is_news else ():
            try:
                callback(state)
            except Exception:
                # What was appended stands: its answer must not be lost for an onlooker's fault.
                logger.exception("a change of account %s could not be told", state.account_id)

    def _is_ours(self, account_id: str) -> bool:
        return account_id.startswith(DEMO) == self._demo


def provisional(state: AccountState, events: Sequence[Event], at: datetime) -> list[Recorded]:
    """Number events as the log would after `state`, to fold them before they are stored."""
    return [
        Recorded(
            account_id=state.account_id,
            seq=state.seq + place,
            key="",
            at=at,
            event=event,
            hash="",
        )
        for place, event in enumerate(events, start=1)
    ]
