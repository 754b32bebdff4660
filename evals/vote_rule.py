"""The vote rule: stopping early, and starting few, give the verdict of the full count."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from agents.vote import Ballot, Decided, Plan, VoteMode, decide
from benchmarks.rows import Row

VOTES = 20_000
EVERY_ORDER_UP_TO = 3
BALLOTS = (
    Ballot("long", "BTC/USDT"),
    Ballot("short", "BTC/USDT"),
    Ballot("flat", "BTC/USDT"),
    Ballot("none"),
    None,
)
# Which of the runs under way ends next, given their numbers.
Next = Callable[[Sequence[int]], int]


@dataclass(frozen=True)
class Counted:
    """A simulated vote: its result, how many runs were started, and how many of them ended."""

    result: Decided
    started: int
    ended: int


def simulate(would: Sequence[Ballot | None], plan: Plan, ends_next: Next) -> Counted:
    """Count a vote as the panel does, where run n would vote `would[n]`."""
    ballots: list[Ballot | None] = []
    started = plan.to_start([], 0)
    waiting = list(range(started))
    while (result := plan.result(ballots)) is None:
        number = ends_next(waiting)
        waiting.remove(number)
        ballots.append(would[number])
        more = plan.to_start(ballots, len(waiting))
        waiting += range(started, started + more)
        started += more
    return Counted(result, started, len(ballots))


def every_order(would: Sequence[Ballot | None], plan: Plan) -> Iterator[Counted]:
    """Count a vote once for every order in which its runs may end."""
    size = len(would)
    for picks in product(*(range(size - step) for step in range(size))):
        left = iter(picks)

        def ends_next(waiting: Sequence[int], left: Iterator[int] = left) -> int:
            return waiting[next(left) % len(waiting)]

        yield simulate(would, plan, ends_next)


async def rows() -> list[Row]:
    """Count made-up votes in both modes, and the small ones in every order of ending."""
    result = []
    for mode in VoteMode:
        chance = random.Random(7)
        same = spared = stopped = runs = 0
        for _ in range(VOTES):
            would = _vote(chance)
            counted = simulate(would, Plan(len(would), mode), chance.choice)
            same += _is_full_count(counted, would)
            spared += len(would) - counted.started
            stopped += counted.started - counted.ended
            runs += len(would)
        orders = [
            _is_full_count(counted, would)
            for size in range(1, EVERY_ORDER_UP_TO + 1, 2)
            for would in product(BALLOTS, repeat=size)
            for counted in every_order(would, Plan(size, mode))
        ]
        result += [
            Row(f"vote: {mode} equals the full count", same / VOTES, None, "share", "ours >= 1"),
            Row(
                f"vote: {mode} equals it in every order",
                sum(orders) / len(orders),
                None,
                "share",
                "ours >= 1",
                f"{len(orders)} orders of 1 and 3 runs",
            ),
            Row(f"vote: runs that {mode} never starts", spared / runs, None, "share", ""),
            Row(f"vote: runs that {mode} stops", stopped / runs, None, "share", ""),
        ]
    return result


def _vote(chance: random.Random) -> list[Ballot | None]:
    """Make up how runs would vote; most of the time they lean to something."""
    size = chance.choice((1, 3, 5, 7, 9))
    return chance.choices(BALLOTS, [chance.random() ** 3 for _ in BALLOTS], k=size)


def _is_full_count(counted: Counted, would: Sequence[Ballot | None]) -> bool:
    full = decide(would, len(would))
    return full is not None and counted.result.winner == full.winner
