"""Closes at which a watch changes nothing: run once, not in the log, through kills too."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, CHAT
from tests.fakes.watch_desk import Tape, WatchDesk, draft, rows, watch_desk
from trading.candles import Timeframe
from trading.events import ProposalWithdrawn

M1 = Timeframe.M1
FLAT = [100.0] * 40
RISES = [100.0, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110]


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


async def _closes(desk: WatchDesk, tape: Tape, count: int = 1) -> None:
    for _ in range(count):
        tape.goes_on(late=1)
        await desk.armed.look()


async def _last_run(desk: WatchDesk) -> datetime | None:
    (view,) = await desk.watches.view(ANNE)
    return view.last_run


async def test_minutes_without_a_change_write_one_run_to_the_log(tmp_path: Path) -> None:
    async with watch_desk(tmp_path) as desk:
        tape = Tape(desk, rows(FLAT), M1)
        await desk.arm(draft(timeframe=M1))
        await _closes(desk, tape)
        seq = (await desk.state()).seq
        await _closes(desk, tape, 30)
        assert len(await desk.runs()) == 1
        assert (await desk.state()).seq == seq
        assert await _last_run(desk) == tape.candles.last_close_time
        assert await desk.notices() == []


async def test_close_that_changed_nothing_is_not_run_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watch_desk(tmp_path) as desk:
        tape = Tape(desk, rows(RISES), M1)
        await desk.arm(draft(timeframe=M1), auto=True)
        await _closes(desk, tape, 6)
        other = WatchDesk(tmp_path / "conclave.db", desk.market, desk.clock)
        try:
            offers: list[str] = []
            monkeypatch.setattr("desk.armed_runs.act", lambda *_, **__: offers.append("asked"))
            assert await other.armed.look()
            assert offers == []
        finally:
            await other.close()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("auto", [False, True])
async def test_kill_around_a_quiet_close_changes_nothing_and_tells_nothing_as_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auto: bool, after: bool
) -> None:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, 100)
    path = tmp_path / "conclave.db"
    desk = WatchDesk(path, market, clock)
    await desk.accounts.open(ANNE, CHAT)
    tape = Tape(desk, rows(RISES), M1)
    await desk.arm(draft(timeframe=M1), auto=auto)
    for _ in range(len(RISES) - 1):
        put = desk.seen.put

        async def killed(account_id: str, watch_id: str, close: datetime) -> NoReturn:
            if after:
                await put(account_id, watch_id, close)  # noqa: B023 - called in this round only
            raise Killed

        tape.goes_on(late=1)
        with monkeypatch.context() as patch:
            patch.setattr(desk.seen, "put", killed)
            try:
                await desk.armed.look()
            except Killed:
                desk.lab.close()
                await desk.file.close()
                desk = WatchDesk(path, market, clock)
        assert await desk.armed.look()
    runs, notices = await desk.runs(), await desk.notices()
    fills = len((await desk.state()).positions)
    last = await _last_run(desk)
    await desk.close()
    assert [(run.act, run.missed) for run in runs] == [("stay", 0), ("enter", 0)]
    assert (len(notices), fills) == ((0, 1) if auto else (1, 0))
    assert last == tape.candles.last_close_time


async def test_closes_missed_after_quiet_ones_are_counted_from_the_last_one_run(
    tmp_path: Path,
) -> None:
    async with watch_desk(tmp_path) as desk:
        tape = Tape(desk, rows(FLAT), M1)
        await desk.arm(draft(timeframe=M1))
        await _closes(desk, tape, 10)
        tape.goes_on(4, late=1)
        other = WatchDesk(tmp_path / "conclave.db", desk.market, desk.clock)
        try:
            await other.armed.look()
            (notice,) = await other.notices()
        finally:
            await other.close()
        assert notice.missed == 3


async def test_lost_memory_of_quiet_closes_never_repeats_an_order(tmp_path: Path) -> None:
    async with watch_desk(tmp_path) as desk:
        tape = Tape(desk, rows(RISES), M1)
        await desk.arm(draft(timeframe=M1), auto=True)
        await _closes(desk, tape, 6)

        def forget(database: object) -> None:
            database.conn.execute("DELETE FROM closes_seen")  # type: ignore[attr-defined]
            database.conn.commit()  # type: ignore[attr-defined]

        await desk.file.run(forget)
        others = [WatchDesk(tmp_path / "conclave.db", desk.market, desk.clock) for _ in range(2)]
        try:
            await asyncio.gather(*(other.armed.look() for other in others))
            await _closes(others[0], tape, 2)
        finally:
            for other in others:
                await other.close()
        assert len((await desk.state()).positions) == 1
        assert [run.act for run in await desk.runs() if run.act != "stay"] == ["enter"]


async def test_older_close_never_replaces_a_newer_one(tmp_path: Path) -> None:
    async with watch_desk(tmp_path) as desk:
        first = desk.clock()
        desk.clock.move(minutes=1)
        for close in (desk.clock(), first):
            await desk.seen.put(ANNE, "w1", close)
        assert await desk.seen.last(ANNE, "w1") == desk.clock()
        assert await desk.seen.last(ANNE, "w2") is None


async def test_log_says_why_a_proposal_was_taken_back(tmp_path: Path) -> None:
    async with watch_desk(tmp_path) as desk:
        tape = Tape(desk, rows(RISES))
        await desk.arm(draft())
        await _closes(desk, tape, 3)
        assert (await desk.state()).waiting
        await desk.watches.end(ANNE, "w1")
        events = [one.event for one in await desk.log.read(ANNE)]
        (gone,) = [event for event in events if isinstance(event, ProposalWithdrawn)]
        assert gone.reason == "ended"
        refused = await desk.confirm.confirm(ANNE, gone.proposal_id)
        assert getattr(refused, "code", "") == "withdrawn"
        assert (await desk.state()).cash == Decimal(10_000)
