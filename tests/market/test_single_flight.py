"""One request per question, shared by all who ask meanwhile."""

import asyncio

import pytest

from desk.errors import MarketUnavailable
from market.asking.single_flight import SingleFlight


class Work:
    """Counts its runs; ends when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.runs += 1
        await self.go_on.wait()
        if self.error:
            raise self.error
        return self.runs


async def test_a_hundred_callers_share_one_run() -> None:
    flights, work = SingleFlight[int](), Work()
    callers = [asyncio.create_task(flights.run("key", work)) for _ in range(100)]
    await asyncio.sleep(0)
    work.go_on.set()
    assert await asyncio.gather(*callers) == [1] * 100
    assert work.runs == 1


async def test_other_keys_and_later_calls_run_anew() -> None:
    flights, work = SingleFlight[int](), Work()
    work.go_on.set()
    assert await flights.run("a", work) == 1
    assert await flights.run("a", work) == 2
    assert await flights.run("b", work) == 3


async def test_a_cancelled_caller_leaves_the_work_to_the_others() -> None:
    flights, work = SingleFlight[int](), Work()
    first, second = (asyncio.create_task(flights.run("key", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.go_on.set()
    assert await second == 1


async def test_an_error_reaches_everybody_and_is_forgotten() -> None:
    flights, work = SingleFlight[int](), Work()
    work.error = MarketUnavailable("no")
    callers = [asyncio.create_task(flights.run("key", work)) for _ in range(3)]
    await asyncio.sleep(0)
    work.go_on.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["no"] * 3
    work.error = None
    assert await flights.run("key", work) == 2


async def test_closing_tells_the_callers_that_there_will_be_no_answer() -> None:
    flights, work = SingleFlight[int](), Work()
    caller = asyncio.create_task(flights.run("key", work))
    await asyncio.sleep(0)
    await flights.close()
    with pytest.raises(MarketUnavailable, match="closed"):
        await caller
