"""The vote rule: stopping early, and starting few, give the verdict of the full count.

The order is the median of the majority's runs that had ended, so where they differ it may be
another than that of the full count; it never leaves what they said.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from agents.answer import OrderIdea
from agents.order_median import MedianOrder, median_order
from agents.vote import Ballot, Decided, Plan, VoteMode, decide, majority_of
from benchmarks.rows import Row

VOTES = 20_000
EVERY_ORDER_UP_TO = 3
NONE = Ballot("none")
BALLOTS = (
    Ballot("long", "BTC/USDT"),
    Ballot("short", "BTC/USDT"),
    Ballot("flat", "BTC/USDT"),
    NONE,
    None,
)
# What runs propose, some of them without a stop or a target.
IDEAS = tuple(
    OrderIdea(size=Decimal(size), stop=stop and Decimal(stop), target=target and Decimal(target))
    for size, stop, target in product(
        ("0.25", "0.5", "1"), (None, "0.02", "0.03", "0.05"), (None, "0.04", "0.1")
    )
)
# Which of the runs under way ends next, given their numbers.
Next = Callable[[Sequence[int]], int]


@dataclass(frozen=True)
class Counted:
    """A simulated vote: its result, how many runs were started, and which of them ended."""

    result: Decided
    started: int
    numbers: tuple[int, ...]

    @property
    def ended(self) -> int:
        return len(self.numbers)


def simulate(would: Sequence[Ballot | None], plan: Plan, ends_next: Next) -> Counted:
    """Count a vote as the panel does, where run n would vote `would[n]`."""
    ballots: list[Ballot | None] = []
    numbers: list[int] = []
    started = plan.to_start([], 0)
    waiting = list(range(started))
    while (result := plan.result(ballots)) is None:
        number = ends_next(waiting)
        waiting.remove(number)
        ballots.append(would[number])
        numbers.append(number)
        more = plan.to_start(ballots, len(waiting))
        waiting += range(started, started + more)
        started += more
    return Counted(result, started, tuple(numbers))


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
    return [*_winners(), *_orders(), *_informing()]


def _winners() -> list[Row]:
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


def _orders() -> list[Row]:
    """Compare the orders of votes that stop early with those of the full count."""
    result = []
    for mode in VoteMode:
        chance = random.Random(13)
        within = same = ordered = 0
        for _ in range(VOTES):
            would = _vote(chance)
            ideas = [chance.choice(IDEAS) for _ in would]
            counted = simulate(would, Plan(len(would), mode), chance.choice)
            winner = counted.result.winner
            if winner is None or winner.stance not in ("long", "short"):
                continue
            full = [idea for idea, ballot in zip(ideas, would, strict=True) if ballot == winner]
            early = [ideas[number] for number in counted.numbers if would[number] == winner]
            drafted = median_order(early)
            ordered += 1
            within += is_within(drafted, full)
            same += _levels(drafted) == _levels(median_order(full))
        note = f"{ordered} orders"
        result += [
            Row(
                f"vote: {mode} orders within the majority's",
                within / ordered,
                None,
                "share",
                "ours >= 1",
                note,
            ),
            Row(
                f"vote: {mode} orders as of the full count", same / ordered, None, "share", "", note
            ),
        ]
    return result


def _informing() -> list[Row]:
    """Count questions for information: the first answer is none, or all of them are counted."""
    result = []
    for mode in VoteMode:
        chance = random.Random(17)
        right = 0
        for _ in range(VOTES):
            would = _vote(chance)
            counted = simulate(would, Plan(len(would), mode, informs=True), chance.choice)
            right += _informs_rightly(counted, would)
        name = f"vote: {mode} informs by its first none or the full count"
        result.append(Row(name, right / VOTES, None, "share", "ours >= 1"))
    return result


def is_within(drafted: MedianOrder, said: Sequence[OrderIdea]) -> bool:
    """Tell whether each part of an order lies between the least and the most that runs said.

    A part may be missing only where a run left it out.
    """
    parts = (
        (drafted.size, [idea.size for idea in said]),
        (drafted.stop, [idea.stop for idea in said]),
        (drafted.target, [idea.target for idea in said]),
    )
    return all(_between(value, given) for value, given in parts)


def _between(value: Decimal | None, said: Sequence[Decimal | None]) -> bool:
    given = [one for one in said if one is not None]
    if value is None:
        return len(given) < len(said)
    return bool(given) and min(given) <= value <= max(given)


def _levels(order: MedianOrder) -> tuple[Decimal | None, ...]:
    return order.size, order.stop, order.target


def _informs_rightly(counted: Counted, would: Sequence[Ballot | None]) -> bool:
    """Tell whether a lone none ended it while a majority was possible, else the full count."""
    first = next((number for number, ballot in enumerate(would) if ballot is not None), None)
    possible = first is not None and len(would) - first >= majority_of(len(would))
    if possible and first is not None and would[first] == NONE:
        return counted.result.winner == NONE and counted.started == first + 1
    return _is_full_count(counted, would)


def _vote(chance: random.Random) -> list[Ballot | None]:
    """Make up how runs would vote; most of the time they lean to something."""
    size = chance.choice((1, 3, 5, 7, 9))
    return chance.choices(BALLOTS, [chance.random() ** 3 for _ in BALLOTS], k=size)


def _is_full_count(counted: Counted, would: Sequence[Ballot | None]) -> bool:
    full = decide(would, len(would))
    return full is not None and counted.result.winner == full.winner
