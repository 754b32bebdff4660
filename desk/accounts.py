"""Paper accounts: load one, and change it without a race."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from desk.errors import AlreadyRecorded, LogConflict
from desk.ports import AccountLog, Clock, Entry, Message
from trading.account import AccountState
from trading.errors import BadArgument
from trading.events import AccountOpened, Event, Recorded
from trading.ledger import fold

T = TypeVar("T")
TRIES = 25
DEMO = "demo-"


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What to append for a state, all or nothing, and what to answer once it is durable."""

    outcome: T
    entries: Sequence[Entry] = ()
    messages: Sequence[Message] = ()


class Accounts:
    """The accounts of one log; keeps each one's state and reads only what was added since.

    A person has one account on real prices and another on demo prices; `demo` says which of the
    two these are, so that made-up prices never touch what was bought at real ones.
    """

    def __init__(
        self,
        log: AccountLog,
        clock: Clock,
        opening_cash: Decimal,
        currency: str,
        *,
        demo: bool = False,
    ) -> None:
        self._log = log
        self._demo = demo
        self._clock = clock
        self._opening_cash = opening_cash
        self._currency = currency
        self._states: dict[str, AccountState] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

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

    def id_of(self, user_id: int) -> str:
        """Name a person's account."""
        return f"{DEMO}{user_id}" if self._demo else str(user_id)

    async def ids(self) -> Sequence[str]:
        """Return the ids of all accounts on these prices."""
        return [name for name in await self._log.accounts() if name.startswith(DEMO) == self._demo]

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

    async def _append(self, state: AccountState, decision: Decision[T]) -> None:
        now = self._clock()
        events = [entry.event for entry in decision.entries]
        # Fold first: what can't follow the state must never reach the log.
        after = fold(provisional(state, events, now), state) if events else state
        recorded = await self._log.append(
            state.account_id, state.seq, now, decision.entries, decision.messages
        )
        if recorded:
            after = replace(after, last_hash=recorded[-1].hash)
        self._states[state.account_id] = after

    async def _refresh(self, account_id: str) -> AccountState | None:
        state = self._states.get(account_id)
        added = await self._log.read(account_id, state.seq if state else 0)
        if added:
            state = fold(added, state)
            self._states[account_id] = state
        return state


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
