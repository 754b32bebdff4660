"""The same is not asked for again while it is fresh, and never twice at once."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.errors import MarketUnavailable
from market.asking.fresh import Fresh
from tests.depth import times


class Source:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.hold: asyncio.Event | None = None
        self.fails = False

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        if self.hold is not None:
            await self.hold.wait()
        if self.fails:
            raise MarketUnavailable("not now")
        return number


async def test_a_fresh_answer_is_used_again_and_an_old_one_is_not() -> None:
    source, long, none = Source(), Fresh[int](600), Fresh[int](0)
    assert [await long.get("a", source) for _ in range(3)] == [1, 1, 1]
    assert [await none.get("a", source) for _ in range(2)] == [2, 3]


async def test_each_key_has_its_own_answer() -> None:
    source, fresh = Source(), Fresh[int](600)
    assert [await fresh.get(key, source) for key in "aba"] == [1, 2, 1]


async def test_many_who_ask_at_once_share_one_request() -> None:
    source, fresh = Source(), Fresh[int](0)
    source.hold = asyncio.Event()
    asking = [asyncio.create_task(fresh.get("a", source)) for _ in range(20)]
    await asyncio.sleep(0)
    source.hold.set()
    assert await asyncio.gather(*asking) == [1] * 20


async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    source, fresh = Source(), Fresh[int](600)
    source.fails = True
    asked = (fresh.get("a", source) for _ in range(5))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(outcome, MarketUnavailable) for outcome in outcomes)
    source.fails = False
    assert await fresh.get("a", source) == 2


async def test_an_error_leaves_no_old_answer_behind() -> None:
    source, fresh = Source(), Fresh[int](0)
    await fresh.get("a", source)
    source.fails = True
    with pytest.raises(MarketUnavailable):
        await fresh.get("a", source)


async def test_forgetting_makes_the_next_one_ask() -> None:
    source, fresh = Source(), Fresh[int](600)
    await fresh.get("a", source)
    fresh.forget("a")
    fresh.forget("never asked for")
    assert await fresh.get("a", source) == 2


async def test_the_one_who_leaves_takes_the_answer_from_nobody() -> None:
    source, fresh = Source(), Fresh[int](600)
    source.hold = asyncio.Event()
    first, second = (asyncio.create_task(fresh.get("a", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.hold.set()
    assert await second == 1
    assert await fresh.get("a", source) == 1


async def test_closing_ends_what_is_under_way() -> None:
    source, fresh = Source(), Fresh[int](600)
    source.hold = asyncio.Event()
    asking = asyncio.create_task(fresh.get("a", source))
    await asyncio.sleep(0)
    await fresh.close()
    with pytest.raises(MarketUnavailable, match="closed"):
        await asking


@settings(max_examples=times(30, 500), deadline=None)
@given(keys=st.lists(st.integers(0, 9), max_size=40), most=st.integers(1, 5))
def test_no_more_answers_are_kept_than_told(keys: list[int], most: int) -> None:
    async def ask() -> None:
        fresh, asked, kept = Fresh[int](600, most), Source(), dict[int, int]()
        for key in keys:
            value = await fresh.get(key, asked)
            if key in kept:
                assert value == kept[key]
            else:
                kept[key] = value
            # The oldest answer goes first, whoever uses it.
            while len(kept) > most:
                del kept[next(iter(kept))]
        assert asked.asked >= len(set(keys))

    asyncio.run(ask())
