"""`kill -9` at named points and at random moments: nothing lost, nothing twice, the chain whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from storage.audit import audit
from tests.depth import DEEP, times
from tests.e2e.dying import unresolved
from tests.e2e.points import EVERY, FIRST_START, POINTS
from tests.e2e.stage import Kill, stage
from tests.e2e.story import Story

LONGEST_LIFE = 3.0
SEED = 519


def test_every_point_names_something_that_is_there() -> None:
    assert unresolved(EVERY) == []
    assert len(EVERY) >= 25


class TestKillsOfEvenPoints:
    async def test_nothing_is_lost_and_nothing_done_twice(self, tmp_path: Path) -> None:
        await _survived(tmp_path, [*map(Kill, FIRST_START), *_kills(0)])


class TestKillsOfOddPoints:
    async def test_nothing_is_lost_and_nothing_done_twice(self, tmp_path: Path) -> None:
        await _survived(tmp_path, _kills(1))


class TestKillsOfWholeProcesses:
    async def test_nothing_is_lost_and_nothing_done_twice(self, tmp_path: Path) -> None:
        dice = random.Random(SEED)
        kills = [Kill("loaded, no job started"), Kill("append after its commit", 3)]
        kills += [_any_time(dice, name) for name in dice.sample(sorted(POINTS), times(0, 10))]
        await _survived(tmp_path, kills, from_nothing=True)


def _kills(group: int) -> list[Kill]:
    """Return the ends of one group: its named points, and random moments between them."""
    dice = random.Random(SEED + group)
    names = list(POINTS)[group::2]
    if not DEEP:
        names = dice.sample(names, 6)
    named = [_any_time(dice, name) for name in names for _ in range(times(1, 4))]
    random_ones = [Kill(after=dice.uniform(0.02, LONGEST_LIFE)) for _ in range(times(2, 30))]
    kills = [*named, *random_ones]
    dice.shuffle(kills)
    return kills


def _any_time(dice: random.Random, name: str) -> Kill:
    return Kill(name, dice.randint(1, POINTS[name].most))


async def _survived(folder: Path, kills: Sequence[Kill], *, from_nothing: bool = False) -> None:
    """Let people go on with their stories until all the kills are done; then look at it all."""
    async with stage(folder) as world:
        told: list[Story] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(world.dies(kills, from_nothing=from_nothing))
            while not world.survives:
                told.append(Story(world))
                await told[-1].happens()
        assert world.deaths == len(kills)
        for story in told:
            await story.settled()
        assert "Traceback" not in world.births.logged, world.births.logged
        if not from_nothing:
            assert await world.command("verify") == 0, world.births.logged
    assert [one.findings for one in audit(folder / "conclave.db") if one.findings] == []
