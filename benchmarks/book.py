"""How long a tap takes until its fill is on the disk, against one bare commit."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.rows import Row
from desk.outcomes import Filled
from tests.fakes.paper_desk import ANNE, paper_desk

TAPS = 60


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        taken = asyncio.run(_taps(Path(folder)))
        bare = _commits(Path(folder) / "bare.db")
    ordered = sorted(taken)
    return [
        Row(
            "tap to durable fill, median",
            statistics.median(taken),
            statistics.median(bare),
            "ms",
            "ratio >= 0.05",
            "a bare commit",
        ),
        Row(
            "tap to durable fill, p99",
            ordered[int(len(ordered) * 0.99)],
            sorted(bare)[int(len(bare) * 0.99)],
            "ms",
            "ratio >= 0.05",
            "a bare commit",
        ),
    ]


async def _taps(folder: Path) -> list[float]:
    taken = []
    async with paper_desk(folder) as desk:
        for _ in range(TAPS):
            proposal = await desk.propose(notional="6")
            start = time.perf_counter()
            filled = await desk.confirm.confirm(ANNE, proposal.id)
            taken.append((time.perf_counter() - start) * 1000)
            assert isinstance(filled, Filled), filled
            await desk.confirm.close(ANNE, filled.fill.id)
    return taken


def _commits(path: Path) -> list[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, data TEXT)")
    taken = []
    for _ in range(TAPS):
        start = time.perf_counter()
        connection.execute("INSERT INTO event (data) VALUES (?)", ("x" * 500,))
        taken.append((time.perf_counter() - start) * 1000)
    connection.close()
    return taken
