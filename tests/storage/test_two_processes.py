"""Two real processes work on one file at the same time, and a third one watches them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from storage.audit import audit
from storage.snapshots import SqliteSnapshots
from tests.fakes.made_file import log_file
from trading.ledger import fold

ROOT = Path(__file__).parents[2]
STEPS = 60
NAMES = ("a", "b", "c")
WORK = """
import asyncio, random, sys
from pathlib import Path
from desk.accounts import Decision
from storage.snapshots import SqliteSnapshots
from tests.fakes.made_file import log_file, pause

async def main() -> None:
    chance = random.Random(sys.argv[2])
    async with log_file(Path(sys.argv[1])) as desk:
        accounts = desk.accounts(SqliteSnapshots(desk.file), every=5)
        await accounts.refresh_changed()
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(sys.argv[3])):
            name = chance.choice(sys.argv[4:])
            await accounts.change(name, lambda state: Decision(None, [pause(state)]))
        await accounts.settle()

asyncio.run(main())
"""


async def test_two_processes_append_what_a_third_one_learns(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    async with log_file(path) as desk:
        accounts = desk.accounts(SqliteSnapshots(desk.file), every=5)
        for name in NAMES:
            await accounts.open(name, 7)
        known = {}
        accounts.on_change(lambda state: known.update({state.account_id: state}))
        await accounts.refresh_changed()
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                WORK,
                str(path),
                str(number),
                str(STEPS),
                *NAMES,
                cwd=ROOT,
                stdin=PIPE,
                stdout=PIPE,
            )
            for number in range(2)
        ]
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        work = asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        while not work.done():
            await accounts.refresh_changed()
            assert not [one for one in audit(path) if one.findings]
        await work
        await accounts.refresh_changed()
        assert [process.returncode for process in processes] == [0, 0]
        assert sum(state.seq for state in known.values()) == len(NAMES) + 2 * STEPS
        for name in NAMES:
            assert known[name] == fold(await desk.log.read(name))
            kept = await SqliteSnapshots(desk.file).load(name)
            assert kept is not None
            assert known[name].seq - kept.seq < 5
    assert not [one for one in audit(path) if one.findings]
