"""Accounts start from snapshots, and learn what others wrote without reading everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from desk.accounts import Accounts, Decision
from desk.errors import StorageError
from storage.snapshots import SqliteSnapshots
from tests.fakes.made_file import LogFile, log_file, pause, write_made
from trading.account import AccountState
from trading.events import Recorded
from trading.ledger import fold


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[LogFile]:
    async with log_file(tmp_path / "conclave.db") as opened:
        yield opened


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[LogFile]:
    async with log_file(tmp_path / "conclave.db") as opened:
        yield opened


class Heard:
    """Counts what an onlooker was told, and how often an account's log was read whole."""

    def __init__(self, accounts: Accounts) -> None:
        self.states: list[AccountState] = []
        accounts.on_change(self.states.append)

    @property
    def seqs(self) -> list[tuple[str, int]]:
        return [(state.account_id, state.seq) for state in self.states]


async def add(accounts: Accounts, account_id: str) -> None:
    await accounts.change(account_id, lambda state: Decision(None, [pause(state)]))


async def kept_seq(desk: LogFile, account_id: str) -> int | None:
    state = await SqliteSnapshots(desk.file).load(account_id)
    return state.seq if state else None


async def test_a_snapshot_is_made_each_time_the_log_has_grown_enough(one: LogFile) -> None:
    await write_made(one.log, "a", 30)
    accounts = one.accounts(SqliteSnapshots(one.file), every=10)
    kept = []
    for _ in range(25):
        await accounts.load("a")
        await accounts.settle()
        kept.append(await kept_seq(one, "a"))
        await add(accounts, "a")
    assert kept == [30] * 10 + [40] * 10 + [50] * 5


async def test_a_start_reads_only_what_came_after_the_snapshot(one: LogFile) -> None:
    await write_made(one.log, "a", 90)
    first = one.accounts(SqliteSnapshots(one.file), every=50)
    await first.load("a")
    await first.settle()
    await add(first, "a")
    asked: list[int] = []
    read = one.log.read

    async def counted(account_id: str, after: int = 0) -> object:
        asked.append(after)
        return await read(account_id, after)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(one.log, "read", counted)
        second = one.accounts(SqliteSnapshots(one.file))
        loaded = await second.load("a")
    assert asked == [90]
    assert loaded == fold(await one.log.read("a"))


class BrokenSnapshots:
    """A store whose every use fails, as on a full disk."""

    async def load(self, account_id: str) -> AccountState | None:
        raise StorageError("the disk is full")

    async def save(self, state: AccountState) -> None:
        raise StorageError("the disk is full")


async def test_snapshots_that_fail_change_nothing(one: LogFile) -> None:
    events = await write_made(one.log, "a", 30)
    accounts = one.accounts(BrokenSnapshots(), every=5)
    assert await accounts.load("a") == fold(events)
    for _ in range(12):
        await add(accounts, "a")
    await accounts.settle()
    assert await accounts.load("a") == fold(await one.log.read("a"))


async def test_an_append_does_not_wait_for_its_snapshot(one: LogFile) -> None:
    await write_made(one.log, "a", 20)
    begun, go_on = asyncio.Event(), asyncio.Event()

    class SlowSnapshots(SqliteSnapshots):
        async def save(self, state: AccountState) -> None:
            begun.set()
            await go_on.wait()
            await super().save(state)

    accounts = one.accounts(SlowSnapshots(one.file), every=5)
    await accounts.load("a")
    await begun.wait()
    for _ in range(12):
        await add(accounts, "a")
    assert await kept_seq(one, "a") is None
    go_on.set()
    await accounts.settle()
    assert await kept_seq(one, "a") == 30


async def test_an_onlooker_is_told_each_new_state_once(one: LogFile, two: LogFile) -> None:
    await write_made(one.log, "a", 20)
    accounts, others = one.accounts(), two.accounts()
    heard = Heard(accounts)
    await accounts.load("a")
    await accounts.load("a")
    await add(accounts, "a")
    await add(others, "a")
    assert heard.seqs == [("a", 20), ("a", 21)]
    await accounts.load("a")
    assert heard.seqs == [("a", 20), ("a", 21), ("a", 22)]
    assert heard.states[-1] == fold(await one.log.read("a"))


async def test_an_onlooker_that_fails_does_not_spoil_the_append(one: LogFile) -> None:
    await write_made(one.log, "a", 20)
    accounts = one.accounts()

    def fail(state: AccountState) -> None:
        raise ValueError("index")

    accounts.on_change(fail)
    heard = Heard(accounts)
    await add(accounts, "a")
    assert heard.seqs == [("a", 20), ("a", 21)]


async def test_only_accounts_that_others_changed_are_read_again(one: LogFile, two: LogFile) -> None:
    for name in ("a", "b", "c", "demo-d"):
        await write_made(one.log, name, 10)
    accounts, others = one.accounts(), two.accounts()
    heard = Heard(accounts)
    await accounts.refresh_changed()
    assert heard.seqs == [("a", 10), ("b", 10), ("c", 10)]
    await accounts.refresh_changed()
    await add(accounts, "a")
    await add(others, "b")
    await others.open("e", 9)
    await accounts.refresh_changed()
    assert heard.seqs[3:] == [("a", 11), ("b", 11), ("e", 1)]
    await accounts.refresh_changed()
    assert len(heard.seqs) == 6


async def test_a_change_is_looked_for_again_when_the_look_failed(
    one: LogFile, two: LogFile
) -> None:
    await write_made(one.log, "a", 10)
    accounts = one.accounts()
    await accounts.refresh_changed()
    await add(two.accounts(), "a")

    async def fail() -> dict[str, int]:
        raise StorageError("busy")

    heard = Heard(accounts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(one.log, "heads", fail)
        with pytest.raises(StorageError):
            await accounts.refresh_changed()
    await accounts.refresh_changed()
    assert heard.seqs == [("a", 11)]


async def test_what_a_cancelled_caller_appended_is_found(one: LogFile) -> None:
    await write_made(one.log, "a", 10)
    accounts = one.accounts()
    await accounts.refresh_changed()
    heard = Heard(accounts)
    begun = asyncio.Event()
    append = one.log.append

    async def watched(*given: Any) -> Sequence[Recorded]:
        begun.set()
        return await append(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(one.log, "append", watched)
        while (await one.log.heads())["a"] == 10:
            task = asyncio.create_task(add(accounts, "a"))
            await begun.wait()
            begun.clear()
            await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await accounts.refresh_changed()
    assert heard.seqs[-1] == ("a", (await one.log.heads())["a"])


async def test_an_account_that_can_not_be_read_does_not_hide_the_others(
    one: LogFile, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b", "c"):
        await write_made(one.log, name, 10)
    await one.file.run(
        lambda database: database.executescript(
            "DROP TRIGGER events_stay; UPDATE events SET data = '{}' WHERE account_id = 'b'"
            " AND seq = 5"
        )
    )
    accounts = one.accounts()
    heard = Heard(accounts)
    await accounts.refresh_changed()
    assert heard.seqs == [("a", 10), ("c", 10)]
    assert "account b can't be read" in caplog.text


async def test_a_key_is_known_however_old(one: LogFile) -> None:
    events = await write_made(one.log, "a", 10)
    accounts = one.accounts()
    assert await accounts.has("a", events[0].key)
    assert not await accounts.has("a", "none")
    assert not await accounts.has("b", events[0].key)


async def test_states_that_find_no_room_are_read_again_and_told_once(
    one: LogFile, two: LogFile
) -> None:
    names = [f"a{number}" for number in range(12)]
    for name in names:
        await write_made(one.log, name, 60)
    size = len(fold(await one.log.read("a0")).proposals)
    accounts = one.accounts(SqliteSnapshots(one.file), every=20, room=3 * size)
    heard = Heard(accounts)
    await accounts.refresh_changed()
    await accounts.settle()
    assert heard.seqs == [(name, 60) for name in sorted(names)]
    for name in names:
        await add(accounts, name)
        assert await accounts.load(name) == fold(await one.log.read(name))
    assert heard.seqs[12:] == [(name, 61) for name in names]
    await add(two.accounts(), "a3")
    await accounts.refresh_changed()
    assert heard.seqs[24:] == [("a3", 62)]
