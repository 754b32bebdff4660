"""Searches side by side: one at a time, shared, remembered, stopped when nobody waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from desk.lab import Lab
from desk.searching import WAITING, Searching, Stopped, Told, Unwanted, untold


class Work:
    """Work that goes on until it is let go or stopped; tells its name first."""

    def __init__(self, name: str = "work") -> None:
        self.name = name
        self.begun, self.let_go, self.ended = (threading.Event() for _ in range(3))
        self.runs = 0
        self.was_stopped = False

    def __call__(self, tell: Told, stopped: Stopped) -> str:
        self.runs += 1
        tell(f"{self.name} began")
        self.begun.set()
        try:
            while not self.let_go.wait(0.005):
                if stopped():
                    self.was_stopped = True
                    raise Unwanted
        finally:
            self.ended.set()
        return f"{self.name} done"


@pytest.fixture
async def searching() -> AsyncIterator[Searching]:
    made = Searching()
    yield made
    made.close()


async def holds(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


async def begun(
    searching: Searching, key: str, work: Work, told: Told = untold
) -> asyncio.Task[str]:
    task = asyncio.create_task(searching.run(key, work, told))
    await holds(work.begun)
    return task


async def test_equal_searches_run_once_and_all_hear_of_it(searching: Searching) -> None:
    work = Work()
    heard: tuple[list[str], list[str]] = ([], [])
    one = await begun(searching, "key", work, heard[0].append)
    other = asyncio.create_task(searching.run("key", work, heard[1].append))
    await asyncio.sleep(0)
    work.let_go.set()
    assert list(await asyncio.gather(one, other)) == ["work done", "work done"]
    assert work.runs == 1
    assert heard == (["work began"], ["work began"]), "who joins is told where it stands"
    assert await searching.run("key", work, untold) == "work done"
    assert work.runs == 1, "it is remembered"


async def test_search_ends_with_the_last_one_who_waits(searching: Searching) -> None:
    work = Work()
    one = await begun(searching, "key", work)
    other = asyncio.create_task(searching.run("key", work, untold))
    await asyncio.sleep(0)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    assert not work.ended.is_set()
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    await holds(work.ended)
    assert work.was_stopped


async def test_who_asks_after_it_was_stopped_gets_a_new_one(searching: Searching) -> None:
    stopped, again = Work(), Work("again")
    one = await begun(searching, "key", stopped)
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    again.let_go.set()
    assert await searching.run("key", again, untold) == "again done"


async def test_only_one_search_runs_and_others_are_told_to_wait(searching: Searching) -> None:
    first, second, heard = Work("first"), Work("second"), list[str]()
    one = await begun(searching, "1", first)
    other = asyncio.create_task(searching.run("2", second, heard.append))
    await asyncio.sleep(0.02)
    assert heard == [WAITING]
    assert not second.begun.is_set()
    second.let_go.set()
    first.let_go.set()
    assert await one == "first done"
    assert await other == "second done"
    assert heard == [WAITING, "second began"]


async def test_one_that_still_waits_for_its_turn_is_never_run(searching: Searching) -> None:
    first, second = Work("first"), Work("second")
    one = await begun(searching, "1", first)
    other = asyncio.create_task(searching.run("2", second, untold))
    await asyncio.sleep(0)
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    first.let_go.set()
    await one
    assert second.runs == 0


async def test_failure_is_told_to_all_and_not_remembered(searching: Searching) -> None:
    def broken(tell: Told, stopped: Stopped) -> str:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await searching.run("key", broken, untold)
    work = Work()
    work.let_go.set()
    assert await searching.run("key", work, untold) == "work done"


async def test_oldest_outcomes_are_forgotten() -> None:
    searching, runs = Searching(remember=2), list[int]()

    def numbered(number: int) -> Callable[[Told, Stopped], int]:
        def work(tell: Told, stopped: Stopped) -> int:
            runs.append(number)
            return number

        return work

    for number in (1, 2, 1, 3, 1, 2):
        assert await searching.run(number, numbered(number), untold) == number
    searching.close()
    assert runs == [1, 2, 3, 2]


async def test_closing_the_lab_stops_what_is_under_way() -> None:
    lab, work = Lab(), Work()
    task = await begun(lab.searching, "key", work)
    lab.close()
    await holds(work.ended)
    assert work.was_stopped
    with pytest.raises(Unwanted):
        await task


async def test_lab_goes_on_while_a_search_runs() -> None:
    lab, work = Lab(), Work()
    task = await begun(lab.searching, "key", work)
    assert await lab.run("backtest", lambda: 42) == 42
    work.let_go.set()
    assert await task == "work done"
    lab.close()
