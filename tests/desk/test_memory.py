from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from desk.lab import Lab
from desk.memory import Memory
from desk.weight import weight
from tests.trading.sample_candles import walk
from trading.backtest import backtest_strategy
from trading.candles import FloatArray
from trading.errors import BadArgument
from trading.strategies.sma_cross import SmaCross


@dataclass(frozen=True)
class Held:
    name: str
    one: FloatArray
    others: tuple[FloatArray, ...]


def test_weight_counts_each_array_once_and_a_view_as_what_it_keeps() -> None:
    array = np.zeros(1_000)
    assert weight(array) == weight(array[:10]) == weight([array, array[5:]]) == 8_000
    assert weight(Held("x", array, (array[1:], np.zeros(10)))) == 8_080
    assert weight({"a": array, "b": "text", "c": 7}) == 8_000


def test_weight_of_a_backtest_has_what_its_strategies_shared() -> None:
    result = backtest_strategy(walk(1_000), SmaCross())
    before = weight(result)
    result.candles.once("more", lambda: np.zeros(5_000))
    assert weight(result) == before + 40_000


def test_the_oldest_go_first_and_use_makes_young() -> None:
    memory = Memory(count=2)
    memory.put("a", 1)
    memory.put("b", 2)
    assert memory.get("a") == 1
    memory.put("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def test_what_is_kept_stays_within_the_bytes() -> None:
    memory = Memory(count=100, most=20_000)
    for key in range(5):
        memory.put(key, np.zeros(1_000))
    assert [memory.get(key) is not None for key in range(5)] == [False, False, False, True, True]
    memory.put(3, np.zeros(10))
    memory.put("huge", np.zeros(10_000))
    assert memory.get("huge") is None
    assert memory.get(3) is not None


async def test_work_that_would_end_the_program_is_an_error() -> None:
    lab = Lab()
    with pytest.raises(BadArgument, match="SystemExit"):
        await lab.run("key", lambda: sys.exit(3))
    lab.close()


async def test_equal_work_is_done_once_and_a_failure_again() -> None:
    lab, done = Lab(), 0

    def work() -> int:
        nonlocal done
        done += 1
        if done == 1:
            raise ValueError("the first time")
        return done

    with pytest.raises(ValueError, match="first"):
        await lab.run("key", work)
    answers = await asyncio.gather(*(lab.run("key", work) for _ in range(5)))
    assert answers == [2] * 5
    assert await lab.run("key", work) == 2
    lab.close()
