"""How fast a log is added up, and how fast a start with a million events is, with snapshots."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from benchmarks.made_log_file import write_accounts
from benchmarks.rows import Row
from desk.accounts import Accounts
from storage.account_log import SqliteAccountLog
from storage.snapshots import SqliteSnapshots
from storage.sqlite import SqliteFile
from tests.fakes.clock import FakeClock

ACCOUNTS, EVENTS = 1_000, 1_000
LONG = 20_000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return [_fold(Path(folder) / "long.db"), _start(Path(folder) / "wide.db")]


def _fold(path: Path) -> Row:
    (name,) = write_accounts(path, 1, LONG)
    taken = asyncio.run(_load([name], path, snapshots=False))
    return Row(
        "reading and adding up a log, per event",
        taken / LONG * 1e6,
        _plain(path) / LONG * 1e6,
        "us",
        "ratio >= 0.2",
        "json and floats that check nothing",
    )


def _start(path: Path) -> Row:
    names = write_accounts(path, ACCOUNTS, EVENTS)
    # The first start finds no snapshots, adds all up and writes them; the second one has them.
    whole, kept = (asyncio.run(_load(names, path, snapshots=True)) for _ in range(2))
    return Row(
        f"start with {ACCOUNTS * EVENTS:,} events, by snapshots",
        kept * 1000,
        whole * 1000,
        "ms",
        "ratio >= 5",
        "adding all up",
    )


async def _load(names: list[str], path: Path, *, snapshots: bool) -> float:
    """Return the seconds that a new process needs until it knows every account's state."""
    file = SqliteFile(path)
    await file.check()
    kept = SqliteSnapshots(file) if snapshots else None
    accounts = Accounts(
        SqliteAccountLog(file), FakeClock(), Decimal(10_000), "USDT", snapshots=kept
    )
    start = time.perf_counter()
    await accounts.refresh_changed()
    taken = time.perf_counter() - start
    assert [(await accounts.require(name)).account_id for name in names[:3]] == names[:3]
    await accounts.settle()
    await file.close()
    return taken


def _plain(path: Path) -> float:
    """Do the least that a ledger could: parse each row and add floats up in dicts."""
    cash: float = 0
    held: defaultdict[tuple[str, str], float] = defaultdict(float)
    orders: dict[str, object] = {}
    proposals: dict[str, object] = {}
    start = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        for kind, data in connection.execute("SELECT kind, data FROM events ORDER BY seq"):
            event = json.loads(data)
            if kind == "order_filled":
                fill = event["fill"]
                signed = float(fill["quantity"]) * (1 if fill["side"] == "buy" else -1)
                held[fill["strategy"], fill["symbol"]] += signed
                cash -= signed * float(fill["price"]) + float(fill["fee"])
            elif kind == "order_placed":
                orders[event["order"]["id"]] = event["order"]
            elif kind == "order_cancelled":
                orders.pop(event["order_id"])
            elif kind == "proposal_made":
                proposals[event["proposal"]["id"]] = event["proposal"]
    return time.perf_counter() - start
