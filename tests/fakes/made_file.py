"""A file with made-up accounts in it, written as the log itself writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from desk.accounts import Accounts
from desk.ports import Entry, SnapshotStore
from desk.remembered import ROOM, Remembered
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tests.fakes.made_account import made_log
from trading.account import AccountState
from trading.events import Recorded, TradingPaused

AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class LogFile:
    """A file, its log, and how to make accounts over it."""

    file: SqliteFile
    log: SqliteAccountLog

    def accounts(
        self, snapshots: SnapshotStore | None = None, every: int = 200, room: int = ROOM
    ) -> Accounts:
        return Accounts(
            self.log,
            lambda: AT,
            Decimal(10_000),
            "USDT",
            snapshots=snapshots,
            snapshot_every=every,
            remembered=Remembered(room),
        )


@asynccontextmanager
async def log_file(path: Path) -> AsyncIterator[LogFile]:
    """Open a file; several of them on one path are what several processes have."""
    file = SqliteFile(path)
    try:
        yield LogFile(file, SqliteAccountLog(file))
    finally:
        await file.close()


async def write_made(
    log: SqliteAccountLog, account_id: str, count: int, seed: int = 1
) -> Sequence[Recorded]:
    """Write a made-up log of `count` events, a few at a time."""
    made = made_log(count, seed, account_id)
    for start in range(0, count, 25):
        part = made[start : start + 25]
        entries = [Entry(one.event, one.key) for one in part]
        await log.append(account_id, start, part[0].at, entries)
    return await log.read(account_id)


def pause(state: AccountState) -> Entry:
    """Return an event that can always follow."""
    return Entry(TradingPaused(scope="account", reason="x"), f"pause:{state.seq}")
