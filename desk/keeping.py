"""Snapshots of accounts: written beside the work, never waited for, never needed."""

from __future__ import annotations

import asyncio
import logging

from desk.ports import SnapshotStore
from trading.account import AccountState

logger = logging.getLogger(__name__)


class Keeping:
    """Writes a snapshot of an account each time its log has grown by `every` events.

    One is written after another, of several waiting states of an account only the newest. A
    failure is logged and has no other effect: the log holds everything.
    """

    def __init__(self, store: SnapshotStore, every: int) -> None:
        self._store = store
        self._every = every
        self._kept: dict[str, int] = {}
        self._waiting: dict[str, AccountState] = {}
        self._writer: asyncio.Task[None] | None = None

    async def load(self, account_id: str) -> AccountState | None:
        """Return the newest snapshot that can be used; None when there is none."""
        try:
            state = await self._store.load(account_id)
        except Exception:
            logger.exception("the snapshot of account %s can't be read", account_id)
            return None
        if state is not None:
            self._kept[account_id] = state.seq
        return state

    def keep(self, state: AccountState) -> None:
        """Have a snapshot written when it is time for one."""
        if state.seq - self._kept.get(state.account_id, 0) < self._every:
            return
        self._kept[state.account_id] = state.seq
        self._waiting[state.account_id] = state
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def settle(self) -> None:
        """Wait until all that is due is written."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            account_id = next(iter(self._waiting))
            try:
                await self._store.save(self._waiting.pop(account_id))
            except Exception as error:
                logger.warning("no snapshot of account %s was written: %s", account_id, error)
