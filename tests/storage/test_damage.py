"""A file that lost its end, or got a wrong byte, gives a prefix of what was written, or says so."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from desk.accounts import Accounts, Decision
from storage.audit import audit
from storage.snapshots import SqliteSnapshots
from tests.depth import times
from tests.fakes.made_file import log_file, pause
from trading.events import Recorded
from trading.ledger import fold


@dataclass(frozen=True)
class Written:
    """A folder with a database, and beside it the commits that are not in it yet.

    `acknowledged`: how long those were when account a had so many events.
    """

    folder: Path
    wal: bytes
    events: Sequence[Recorded]
    acknowledged: Sequence[tuple[int, int]]

    def copy(self, folder: Path, wal: bytes) -> Path:
        """Copy the folder with another write-ahead log."""
        shutil.copytree(self.folder, folder)
        (folder / "conclave.db-wal").write_bytes(wal)
        return folder / "conclave.db"


async def add(accounts: Accounts, name: str) -> None:
    await accounts.change(name, lambda state: Decision(None, [pause(state)]))


async def write(folder: Path, moved: int) -> Written:
    """Write two accounts with snapshots; the first `moved` steps get into the database itself."""
    working, kept = folder / "working", folder / "kept"
    wal = working / "conclave.db-wal"
    acknowledged = []
    async with log_file(working / "conclave.db") as desk:
        await desk.file.run(lambda database: database.execute("PRAGMA wal_autocheckpoint = 0"))
        accounts = desk.accounts(SqliteSnapshots(desk.file), every=15)
        for name in ("a", "b"):
            await accounts.open(name, 7)
        for step in range(60):
            for name in ("a", "b"):
                await add(accounts, name)
            await accounts.settle()
            if step < moved:
                await desk.file.run(
                    lambda database: database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                )
            else:
                acknowledged.append((wal.stat().st_size, step + 2))
        events = await desk.log.read("a")
        shutil.copytree(working, kept, ignore=shutil.ignore_patterns("*-shm"))
    return Written(kept, (kept / wal.name).read_bytes(), events, acknowledged)


async def recover(path: Path, was: Sequence[Recorded]) -> int:
    """Open the file as a start does and go on; return how many events of account a were left."""
    async with log_file(path) as desk:
        await desk.file.check()
        left = await desk.log.read("a")
        assert list(left) == list(was[: len(left)])
        assert (await desk.log.verify("a")).problem is None
        accounts = desk.accounts(SqliteSnapshots(desk.file), every=15)
        state = await accounts.open("a", 7)
        assert state == fold(left or await desk.log.read("a"))
        await add(accounts, "a")
        await accounts.settle()
    assert not [one for one in audit(path) if one.findings]
    return len(left)


@pytest.mark.parametrize("moved", [0, 20])
async def test_a_write_ahead_log_that_was_cut_off_gives_a_prefix(
    tmp_path: Path, moved: int
) -> None:
    whole = await write(tmp_path, moved)
    chance = random.Random(moved)
    size = len(whole.wal)
    ends = [0, size, *(chance.randrange(size) for _ in range(times(15, 400)))]
    for number, end in enumerate(ends):
        path = whole.copy(tmp_path / f"cut{number}", whole.wal[:end])
        left = await recover(path, whole.events)
        # What was acknowledged while its bytes are there is there.
        safe = [seq for length, seq in whole.acknowledged if length <= end]
        assert left >= max(safe, default=moved and moved + 1)


async def test_a_wrong_byte_in_the_write_ahead_log_gives_a_prefix(tmp_path: Path) -> None:
    whole = await write(tmp_path, 20)
    chance = random.Random(1)
    for number in range(times(10, 300)):
        wal = bytearray(whole.wal)
        place = chance.randrange(len(wal))
        wal[place] ^= chance.randrange(1, 256)
        path = whole.copy(tmp_path / f"wrong{number}", bytes(wal))
        left = await recover(path, whole.events)
        safe = [seq for length, seq in whole.acknowledged if length <= place]
        assert left >= max(safe, default=21)


async def test_a_write_ahead_log_of_another_file_changes_nothing(tmp_path: Path) -> None:
    whole = await write(tmp_path, 60)
    (tmp_path / "other").mkdir()
    other = await write(tmp_path / "other", 0)
    rubbish = random.Random(2).randbytes(50_000)
    for number, wal in enumerate((b"", rubbish, other.wal[:20])):
        path = whole.copy(tmp_path / f"other{number}", wal)
        assert await recover(path, whole.events) == len(whole.events)
