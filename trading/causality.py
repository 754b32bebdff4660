"""Does a strategy know only the past? Examine its signals as a doubter does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trading.candles import Candles, FloatArray, IntArray, from_ms
from trading.contract import (
    COLUMNS,
    TOLERANCE,
    Broken,
    breaches,
    copied,
    signals_of,
    unsteady,
    warm_up_of,
)
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy, Parameters

CUTS = 5  # moments after which the future is made up
FACTOR = 3.0  # that made-up prices are multiplied with or divided by
OFFSETS = (0.02, 0.05, 0.11, 0.23, 0.37)  # shares of the candles that a later start leaves out
UNSETTLED = 0.9  # signals that still differ after this share of the candles never settle
LEAST_CALLS = 8
GOLDEN = 0.6180339887498949
LEAST_CANDLES = 20
FRESH = 24  # prefixes that are looked at before the strategy has seen what follows
VIEWS = 16  # that are looked at with what follows still in memory
Means = Literal["cut", "view", "scaled", "shuffled"]
PLAINEST_FIRST: Sequence[Means] = ("cut", "view", "scaled", "shuffled")


@dataclass(frozen=True)
class Betrayal:
    """A candle whose signal depends on candles after it.

    `told` is its signal with all candles there, `known` the one when candles from number `seen`
    on are left out ("cut"), only hidden ("view": a slice, whose memory still holds them) or made up
    ("scaled", "shuffled"). Of two symbols the one that differs.
    """

    index: int
    at: datetime
    told: float
    known: float
    seen: int
    means: Means


@dataclass(frozen=True)
class Settling:
    """Whether the signal depends on where the data begins.

    `after` so many candles the signals of all tried starts are those of the whole; None: they
    stay different. `share` is the fraction of candles after the warm-up that differ.
    """

    starts: int
    after: int | None
    share: float


@dataclass(frozen=True)
class Findings:
    """What an examination found.

    `prefixes` are those looked at; `every`: there are no others. `tampered` futures were made up.
    `betrayal` is the earliest candle whose signal is another one in some prefix, or, where no
    prefix shows one, with a made-up future; None: no look-ahead shows. `first`: there is none
    before it. `settling` None: too few candles for it, or too much else is wrong.
    `active` is the fraction of candles with a signal other than 0. `faults` say in sentences what
    else is wrong; where the examination broke off, the last of them is why.
    """

    strategy: Parameters
    candles: int
    prefixes: int = 0
    every: bool = False
    tampered: int = 0
    betrayal: Betrayal | None = None
    first: bool = False
    settling: Settling | None = None
    active: float = 0.0
    faults: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True when nothing was found that makes its backtests worthless."""
        return self.betrayal is None and not self.faults


def examine(
    strategy: Parameters, *candles: Candles, calls: int | None = None, brief: bool = False
) -> Findings:
    """Examine a strategy on one series of candles, or on two with the same times for a pair.

    Its contract (one figure a candle, in range, zero in the warm-up, the same again, candles
    untouched); the signals of every prefix against those of the whole; made-up futures, which
    must leave the past alone; and later starts of the data. With `calls` only as many prefixes as
    that: spread evenly, then closer around the first that differs. `brief`: the future is made up
    once, and the start of the data is not moved.

    Some prefixes come first, the longer the later: code that keeps what it was shown has then not
    been shown what follows. Each is a copy, behind which nothing can be seen; some are looked at
    as slices of the whole, too.

    Errors: BadArgument for under 20 candles, the wrong number of series, or different times.
    """
    _refuse(strategy, candles)
    count = len(candles[0])
    limit = count + 1 if calls is None else max(calls, LEAST_CALLS)
    used = [copied(one) for one in candles]
    try:
        warm_up = warm_up_of(strategy)
        early = _early(strategy, candles, min(FRESH, limit // 3))
        told = signals_of(strategy, used)
        # What is not the same twice can't be compared with anything.
        if faults := tuple(unsteady(strategy, candles, used, told)):
            return Findings(strategy, count, faults=faults)
    except Broken as broken:
        return Findings(strategy, count, faults=(str(broken),))
    # Its copies: what it may do to them only later must not reach the candles of others.
    look = _Look(strategy, used, told)
    look.at_prefixes(limit, early)
    look.at_views(VIEWS if calls is None else min(VIEWS, 1 + limit // 8))
    look.at_made_up_futures(1 if brief else CUTS)
    # A made-up future shows what a signal would be: of use where no prefix shows that it is so.
    every = len(look.prefixes) == count + 1
    betrayal = min(look.betrayals, key=_plainest, default=None)
    return Findings(
        strategy,
        count,
        prefixes=len(look.prefixes),
        every=every,
        tampered=look.made_up,
        betrayal=betrayal,
        first=betrayal is not None
        and (betrayal.index == 0 or (every and betrayal.means == PLAINEST_FIRST[0])),
        settling=None if brief else look.at_later_starts(warm_up),
        active=float(np.mean(np.any(told != 0.0, axis=0))),
        faults=(*breaches(warm_up, told), *look.fault),
    )


def _early(
    strategy: Parameters, candles: Sequence[Candles], count: int
) -> Mapping[int, FloatArray | Broken]:
    """Ask for the signals of some prefixes, the longer the later; all of the longer half."""
    half = len(candles[0]) / 2
    lengths = {int(half * (1.0 + place * GOLDEN % 1.0)) for place in range(1, count + 1)}
    found: dict[int, FloatArray | Broken] = {}
    for length in sorted(lengths):
        try:
            found[length] = signals_of(strategy, [copied(one, slice(length)) for one in candles])
        except Broken as broken:
            found[length] = broken
    return found


class _Look:
    """The signals of the whole, and what other views of the same candles give."""

    def __init__(self, strategy: Parameters, candles: Sequence[Candles], told: FloatArray) -> None:
        self._strategy = strategy
        self._candles = candles
        self._told = told
        self._count = len(candles[0])
        self.prefixes: set[int] = set()
        self.betrayals: list[Betrayal] = []
        self.made_up = 0
        self._faults: list[tuple[int, str]] = []

    @property
    def fault(self) -> tuple[str, ...]:
        """What broke, on the fewest candles that broke it; nothing when nothing did."""
        return (min(self._faults)[1],) if self._faults else ()

    def at_prefixes(self, calls: int, early: Mapping[int, FloatArray | Broken]) -> None:
        """Look at every prefix, or at as many as `calls` allow; `early` were asked for before.

        Then half of them are spread, those among them where the signal changes, because there it
        betrays most; the rest goes to before the first that differs, or in between when none does.
        """
        for length, known in early.items():
            self.prefixes.add(length)
            self._note(known, length, "cut")
        if calls > self._count:
            for length in range(self._count + 1):
                self._betrays(length)
            return
        if self.betrayals:
            self._close_in(0, min(one.seen for one in self.betrayals), calls)
            return
        for lengths in (self._spread(calls // 2), self._spread(calls)):
            low = 0
            for length in lengths:
                if len(self.prefixes) >= calls:
                    return
                if self._betrays(length):
                    self._close_in(low, length, calls)
                    return
                low = length

    def _spread(self, calls: int) -> list[int]:
        """Return lengths in their order: evenly, but in step with no day or week (golden section),
        and ending with a candle that has another signal than the one before it."""
        places = np.arange(1, calls // 2) * GOLDEN % 1.0
        steps = np.any(np.diff(self._told, axis=1, prepend=0.0) != 0.0, axis=0)
        changes = 1 + np.flatnonzero(steps)
        some = np.linspace(0, max(len(changes) - 1, 0), calls // 2).astype(int)
        chosen = changes[np.unique(some)] if len(changes) else changes
        lengths: list[int] = np.union1d((places * self._count).astype(int), chosen).tolist()
        return lengths

    def _close_in(self, low: int, high: int, calls: int) -> None:
        """Look for an earlier difference than the one that the prefix of length `high` shows."""
        while len(self.prefixes) < calls:
            earliest = 1 + min(one.index for one in self.betrayals)
            if earliest in self.prefixes:
                break
            high = earliest if self._betrays(earliest) else high
        low = max((length for length in self.prefixes if length < high), default=low)
        while high - low > 1 and len(self.prefixes) < calls:
            middle = (low + high) // 2
            low, high = (low, middle) if self._betrays(middle) else (middle, high)
        while high > 0 and len(self.prefixes) < calls:
            high -= 1
            self._betrays(high)

    def _betrays(self, length: int) -> bool:
        if length in self.prefixes:
            return any(one.seen == length for one in self.betrayals)
        self.prefixes.add(length)
        return self._compare(self._copied(slice(length)), length, "cut")

    def at_views(self, count: int) -> None:
        """Look at some prefixes as a search gets them: slices of what is longer."""
        for place in range(1, count + 1):
            length = int(place * GOLDEN % 1.0 * self._count)
            self._compare([one[:length] for one in self._candles], length, "view")

    def at_made_up_futures(self, cuts: int) -> None:
        """Scale and shuffle what comes after some moments."""
        random = np.random.default_rng(11)
        first = 1 if cuts > 1 else self._count // 2
        for turn, cut in enumerate(np.linspace(first, self._count - 2, cuts).astype(int).tolist()):
            order = cut + random.permutation(self._count - cut)
            factor = FACTOR if turn % 2 else 1.0 / FACTOR
            scaled = [_scaled(one, cut, factor) for one in self._candles]
            shuffled = [_reordered(one, cut, order) for one in self._candles]
            self._compare(scaled, cut, "scaled")
            self._compare(shuffled, cut, "shuffled")
            self.made_up += 2

    def _compare(self, view: Sequence[Candles], seen: int, means: Means) -> bool:
        """Note the first candle of those seen whose signal is another one in this view."""
        try:
            known: FloatArray | Broken = signals_of(self._strategy, view)
        except Broken as broken:
            known = broken
        return self._note(known, seen, means)

    def _note(self, known: FloatArray | Broken, seen: int, means: Means) -> bool:
        if isinstance(known, Broken):
            self._faults.append((seen, str(known)))
            return False
        differs = np.abs(known[:, :seen] - self._told[:, :seen]) > TOLERANCE
        if not differs.any():
            return False
        at = int(np.argmax(differs.any(axis=0)))
        row = int(np.argmax(differs[:, at]))
        when = from_ms(int(self._candles[0].time[at]))
        told, other = float(self._told[row, at]), float(known[row, at])
        self.betrayals.append(Betrayal(at, when, told, other, seen, means))
        return True

    def at_later_starts(self, warm_up: int) -> Settling | None:
        """Leave out candles at the start; None where too few are left or the strategy fails."""
        # Odd ones: what counts every second candle, or 24 hours, is then out of step.
        starts = {round(self._count * share) | 1 for share in OFFSETS}
        differing = []
        for start in sorted(starts):
            if self._count - start <= 2 * warm_up + 1:
                continue
            try:
                later = signals_of(self._strategy, self._copied(slice(start, None)))
            except Broken as broken:
                self._faults.append((self._count - start, str(broken)))
                return None
            apart = np.any(np.abs(later - self._told[:, start:]) > TOLERANCE, axis=0)
            differing.append(apart[warm_up:])
        return _settled(differing, warm_up) if differing else None

    def _copied(self, part: slice) -> list[Candles]:
        return [copied(one, part) for one in self._candles]


def _plainest(betrayal: Betrayal) -> tuple[int, int, int]:
    """Order by candle; what a prefix shows of these very candles goes before what is made up."""
    return PLAINEST_FIRST.index(betrayal.means), betrayal.index, betrayal.seen


def _settled(differing: Sequence[NDArray[np.bool_]], warm_up: int) -> Settling:
    """Judge where the signals of later starts differ after the warm-up, one array a start."""
    ends = [1 + int(np.flatnonzero(apart)[-1]) if apart.any() else 0 for apart in differing]
    never = any(end > UNSETTLED * len(apart) for end, apart in zip(ends, differing, strict=True))
    return Settling(
        starts=len(differing),
        after=None if never else warm_up + max(ends),
        share=float(np.mean(np.concatenate(differing))),
    )


def _scaled(candles: Candles, cut: int, times: float) -> Candles:
    """Multiply all prices from candle `cut` on."""
    factor = np.where(np.arange(len(candles)) < cut, 1.0, times)
    return replace(candles, **{name: vars(candles)[name] * factor for name in COLUMNS[:4]})


def _reordered(candles: Candles, cut: int, order: IntArray) -> Candles:
    """Put the candles from `cut` on into another order; the times stay."""
    places = np.concatenate([np.arange(cut), order])
    return replace(candles, **{name: vars(candles)[name][places] for name in COLUMNS})


def _refuse(strategy: Parameters, candles: Sequence[Candles]) -> None:
    needed = 2 if isinstance(strategy, PairStrategy) else 1
    if len(candles) != needed:
        raise BadArgument(f"{strategy.title} needs {needed} series of candles, not {len(candles)}.")
    if len(candles[0]) < LEAST_CANDLES:
        raise BadArgument(
            f"{len(candles[0])} candles prove nothing; {LEAST_CANDLES} are the least."
        )
    if any(not np.array_equal(one.time, candles[0].time) for one in candles):
        raise BadArgument("The two series of candles must have the same times.")
