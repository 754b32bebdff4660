"""Snapshots are used only where the log vouches for them, and may be lost at any time."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from storage.snapshots import SqliteSnapshots, fold_version, sources
from tests.fakes.made_file import LogFile, log_file, write_made
from trading.account import AccountState
from trading.ledger import fold

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[LogFile]:
    async with log_file(tmp_path / "conclave.db") as opened:
        yield opened


async def state_at(desk: LogFile, seq: int, account_id: str = "a") -> AccountState:
    return fold((await desk.log.read(account_id))[:seq])


async def test_a_saved_state_is_loaded_exactly(desk: LogFile) -> None:
    await write_made(desk.log, "a", 120)
    snapshots = SqliteSnapshots(desk.file)
    assert await snapshots.load("a") is None
    for seq in (40, 90):
        await snapshots.save(await state_at(desk, seq))
        assert await snapshots.load("a") == await state_at(desk, seq)
    assert await snapshots.load("b") is None


async def test_an_older_state_does_not_replace_a_newer_one(desk: LogFile) -> None:
    await write_made(desk.log, "a", 60)
    snapshots = SqliteSnapshots(desk.file)
    for seq in (50, 20):
        await snapshots.save(await state_at(desk, seq))
    loaded = await snapshots.load("a")
    assert loaded is not None
    assert loaded.seq == 50


@pytest.mark.parametrize(("seq", "last_hash"), [(50, "f" * 64), (61, None), (49, None)])
async def test_a_state_that_is_not_in_the_log_is_never_used(
    desk: LogFile, seq: int, last_hash: str | None
) -> None:
    await write_made(desk.log, "a", 60)
    snapshots = SqliteSnapshots(desk.file)
    state = await state_at(desk, 50)
    await snapshots.save(replace(state, seq=seq, last_hash=last_hash or state.last_hash))
    assert await snapshots.load("a") is None
    await snapshots.save(state)  # whatever seq the wrong one claimed
    assert await snapshots.load("a") == state


async def test_a_state_that_other_code_made_is_never_used(desk: LogFile) -> None:
    await write_made(desk.log, "a", 60)
    old, new = SqliteSnapshots(desk.file, "old"), SqliteSnapshots(desk.file, "new")
    await old.save(await state_at(desk, 50))
    assert await new.load("a") is None
    await new.save(await state_at(desk, 30))
    assert await old.load("a") is None
    assert await new.load("a") == await state_at(desk, 30)


async def test_an_image_that_is_damaged_costs_only_time(desk: LogFile) -> None:
    events = await write_made(desk.log, "a", 60)
    snapshots = SqliteSnapshots(desk.file)
    await snapshots.save(await state_at(desk, 50))
    await desk.file.run(lambda database: database.execute("UPDATE snapshots SET state = '{}'"))
    assert await desk.accounts(snapshots).load("a") == fold(events)


async def test_a_snapshot_that_the_next_event_can_not_follow_costs_only_time(
    desk: LogFile,
) -> None:
    events = await write_made(desk.log, "a", 120)
    snapshots = SqliteSnapshots(desk.file)
    state = await state_at(desk, 30)
    await snapshots.save(replace(state, orders={}, positions={}, proposals={}, cash=Decimal(1)))
    assert await desk.accounts(snapshots).load("a") == fold(events)


def test_the_version_is_of_all_code_that_a_state_depends_on() -> None:
    known = sources()
    assert {"trading.ledger", "trading.account", "trading.orders", "trading.events"} <= set(known)
    for name, source in known.items():
        assert source == (ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trading"):
                assert node.module in known, f"{name} imports {node.module}"
            if isinstance(node, ast.Import):
                assert not [one for one in node.names if one.name.startswith("trading")]
    assert fold_version() == fold_version()
