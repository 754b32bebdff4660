"""Why a peer's trades differ: its habits, and which of them explains each difference.

Every trade of the peer is walked through once more under its habits, and must end at the very
candle and price that the walk says; the fewest habits that lead there are the reason. A trade that
no habit explains stops the benchmark: its times would compare different jobs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from enum import StrEnum
from itertools import combinations
from math import isclose

from benchmarks.job import CASH, FEE, STOP, TARGET, Deal
from trading.candles import Candles, FloatArray

End = tuple[int, float] | None
"""The candle and price that a position is left at; None: it is open at the end."""

PRICE_ERROR = 1e-9


class Habit(StrEnum):
    BLIND_AT_ENTRY = "sees no stop or target in the entry candle"
    LEVELS_BEFORE_SIGNAL = "a stop or target goes before an exit at the candle's open"
    STOP_BEFORE_OPEN = "a stop goes before a target that the open has passed"
    FROM_SIGNAL_CLOSE = "levels are set from the signal's close, not from the fill"


Habits = tuple[Habit, ...]
VECTORBT = (Habit.BLIND_AT_ENTRY, Habit.LEVELS_BEFORE_SIGNAL, Habit.STOP_BEFORE_OPEN)
BACKTESTING = (Habit.STOP_BEFORE_OPEN, Habit.FROM_SIGNAL_CLOSE)


class Unexplained(Exception):
    """A peer's result differs and none of its known habits says why."""


def refuse_unequal(ours: list[Deal], theirs: list[Deal], error: float) -> None:
    """Raise Unexplained unless all trades are the same, quantities within a relative error."""
    if len(ours) != len(theirs):
        raise Unexplained(f"We have {len(ours)} trades, the peer has {len(theirs)}.")
    for our, their in zip(ours, theirs, strict=True):
        close = all(isclose(a, b, rel_tol=error) for a, b in zip(our[2:], their[2:], strict=True))
        if our[:2] != their[:2] or not close:
            raise Unexplained(f"{their} should be {our}.")


class Walk:
    """The candles and the signal, to walk single trades through."""

    def __init__(self, candles: Candles, wanted: FloatArray) -> None:
        columns = (candles.open, candles.high, candles.low, candles.close, wanted)
        self._open, self._high, self._low, self._close, self._wanted = (
            column.tolist() for column in columns
        )

    def entries(self) -> list[int]:
        """Return the candles at whose open a position may begin."""
        wanted = self._wanted
        return [i for i in range(2, len(wanted)) if wanted[i - 1] > wanted[i - 2]]

    def entry_price(self, entered: int) -> float:
        return float(self._open[entered])

    def end(self, entered: int, habits: Collection[Habit] = ()) -> End:
        """Walk from the entry to the exit that these habits lead to."""
        from_close = Habit.FROM_SIGNAL_CLOSE in habits
        base = self._close[entered - 1] if from_close else self._open[entered]
        stop, target = base * (1 - STOP), base * (1 + TARGET)
        levels_first = Habit.LEVELS_BEFORE_SIGNAL in habits
        for i in range(entered, len(self._open)):
            over = not self._wanted[i - 1]
            blind = i == entered and Habit.BLIND_AT_ENTRY in habits
            if over and not levels_first:
                return i, self._open[i]
            price = None if blind else self._touched(i, stop, target, habits)
            if price is not None:
                return i, price
            if over:
                return i, self._open[i]
        return None

    def _touched(
        self, i: int, stop: float, target: float, habits: Collection[Habit]
    ) -> float | None:
        opened = float(self._open[i])
        if opened <= stop:
            return opened
        if opened >= target and not (Habit.STOP_BEFORE_OPEN in habits and self._low[i] <= stop):
            return opened
        if self._low[i] <= stop:
            return stop
        return target if self._high[i] >= target else None


def explain(walk: Walk, ours: list[Deal], theirs: list[Deal], habits: Habits) -> Counter[str]:
    """Count the peer's trades that end otherwise than ours, by the reason.

    Errors: Unexplained for a trade of either that is not what its rules lead to.
    """
    counts: Counter[str] = Counter()
    our_ends, their_ends = _ends(walk, ours), _ends(walk, theirs)
    for entered in walk.entries():
        our, their = our_ends.get(entered), their_ends.get(entered)
        if not _same(our, walk.end(entered)):
            raise Unexplained(f"Ours, entered at {entered}, ends at {our}.")
        if not _same(their, walk.end(entered, habits)):
            raise Unexplained(f"The peer's, entered at {entered}, ends at {their}, ours at {our}.")
        if not _same(our, their):
            counts[_reason(walk, entered, their, habits)] += 1
    for deals in (ours, theirs):
        _refuse_other_quantities(deals)
    return counts


def _ends(walk: Walk, deals: list[Deal]) -> dict[int, tuple[int, float]]:
    entries = set(walk.entries())
    for deal in deals:
        price = walk.entry_price(deal.entered)
        if deal.entered not in entries or not isclose(deal.entry_price, price, rel_tol=PRICE_ERROR):
            raise Unexplained(f"{deal} begins where no signal lets it.")
    return {deal.entered: (deal.left, deal.exit_price) for deal in deals}


def _reason(walk: Walk, entered: int, end: End, habits: Habits) -> str:
    for some in _fewest_first(habits):
        if _same(end, walk.end(entered, some)):
            return " and ".join(some)
    raise Unexplained(f"The trade entered at {entered} has no reason.")


def _fewest_first(habits: Habits) -> Iterator[Habits]:
    for count in range(1, len(habits) + 1):
        yield from combinations(habits, count)


def _same(one: End, other: End) -> bool:
    if one is None or other is None:
        return one is other
    return one[0] == other[0] and isclose(one[1], other[1], rel_tol=PRICE_ERROR)


def _refuse_other_quantities(deals: list[Deal]) -> None:
    """Raise Unexplained unless each trade spends what the one before left."""
    cash = CASH
    for deal in deals:
        most = cash / (deal.entry_price * (1 + FEE))
        if not isclose(deal.quantity, most, rel_tol=PRICE_ERROR):
            raise Unexplained(f"{deal} should be of {most}.")
        cash = deal.quantity * deal.exit_price * (1 - FEE)
