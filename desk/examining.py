"""Examine a strategy as thoroughly as some seconds allow, and say what it betrays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trading.candles import Candles
from trading.causality import LEAST_CANDLES, Betrayal, Findings, examine
from trading.contract import Broken, copied, mixed_up, signals_of, warm_up_of
from trading.parameter_sets import spread
from trading.strategies.base import Parameters

OVERHEAD = 20  # looks at all candles beside the prefixes
FEWEST_PREFIXES = 24
FEWEST_CANDLES = 500
SPREAD_CANDLES = 600  # after the warm-up, for other sets of parameters
SPREAD_PREFIXES = 40
SLOW_SPREAD_PREFIXES = 10
SLOW_SHARE = 0.05  # of the time for all sets that one may take with so many prefixes
Market = Callable[[int, int], Sequence[Candles]]  # (at most so many candles, number of the set)


@dataclass(frozen=True)
class Spread:
    """What other sets of parameters showed: `examined` of `planned`, until one was not sound.

    `worst` is what was found about that one; None: all that were examined are sound.
    """

    planned: int = 0
    examined: int = 0
    worst: Findings | None = None


def examined(strategy: Parameters, candles: Sequence[Candles], seconds: float) -> Findings:
    """Examine on every prefix where that takes about `seconds`, else on as many as it allows.

    Where even a few prefixes of all candles would take too long, only the newest are looked at.

    Errors: those of trading.causality.examine.
    """
    count = len(candles[0])
    try:
        warm_up = warm_up_of(strategy)
        took = _seconds(strategy, candles, warm_up)
    except Broken:
        return examine(strategy, *candles)
    # A prefix takes half as long as the whole, on average.
    if took * (OVERHEAD + count / 2) <= seconds:
        return examine(strategy, *candles)
    calls = int(2 * (seconds / took - OVERHEAD))
    if calls >= FEWEST_PREFIXES:
        return examine(strategy, *candles, calls=calls)
    fits = int(count * seconds / (took * (OVERHEAD + FEWEST_PREFIXES / 2)))
    fewer = max(fits, FEWEST_CANDLES, 2 * warm_up + FEWEST_CANDLES)
    return examine(strategy, *(one.tail(fewer) for one in candles), calls=FEWEST_PREFIXES)


def _seconds(strategy: Parameters, candles: Sequence[Candles], warm_up: int) -> float:
    """Return how long a look at all candles takes.

    Only the first half of them is shown to the strategy before it is examined: what it keeps
    must not be what follows.
    """
    # What is compiled at a first call is no measure of the second.
    signals_of(strategy, [copied(one, slice(warm_up + 100)) for one in candles])
    half = slice(len(candles[0]) // 2)
    tries: list[float] = []
    while len(tries) < 3 and sum(tries) < 0.1:
        copies = [copied(one, half) for one in candles]
        started = time.perf_counter()
        signals_of(strategy, copies)
        tries.append(time.perf_counter() - started)
    return 2 * min(tries)


def examined_spread(strategy: Parameters, market: Market, seconds: float) -> Spread:
    """Examine other sets of parameters, each briefly, until one is not sound or time is up.

    Each also on candles that the first set was given before: sets share what they compute
    (`Candles.once`), and must not get each other's.
    """
    sets = spread(strategy)
    if not sets:
        return Spread()
    started = time.perf_counter()
    calls, done, took = _prefixes(strategy, market, seconds), 0, 0.0
    for turn, one in enumerate(sets):
        begun = time.perf_counter()
        if done and begun + took - started > seconds:
            break
        findings = _briefly(strategy, one, market, turn, calls)
        took = time.perf_counter() - begun
        if findings is None:
            continue
        done += 1
        if not findings.sound:
            return Spread(len(sets), done, findings)
    return Spread(len(sets), done)


def _prefixes(strategy: Parameters, market: Market, seconds: float) -> int:
    """Return how many prefixes of each set there is time for."""
    try:
        candles = market(warm_up_of(strategy) + SPREAD_CANDLES, 0)
        copies = [copied(one) for one in candles]
        started = time.perf_counter()
        signals_of(strategy, copies)
        took = time.perf_counter() - started
    except Broken:
        return SLOW_SPREAD_PREFIXES
    quick = took * SPREAD_PREFIXES <= SLOW_SHARE * seconds
    return SPREAD_PREFIXES if quick else SLOW_SPREAD_PREFIXES


def _briefly(
    usual: Parameters, one: Parameters, market: Market, turn: int, calls: int
) -> Findings | None:
    """Examine one set; None where there are too few candles for its warm-up."""
    try:
        warm_up = warm_up_of(one)
    except Broken as broken:
        return Findings(one, 0, faults=(str(broken),))
    candles = market(warm_up + SPREAD_CANDLES, turn)
    if len(candles[0]) < warm_up + LEAST_CANDLES:
        return None
    findings = examine(one, *candles, calls=calls, brief=True)
    if not findings.sound:
        return findings
    shared = [copied(each) for each in candles]
    try:
        signals_of(usual, shared)
    except Broken:
        return findings
    fresh = [copied(each) for each in candles]
    return replace(findings, faults=tuple(mixed_up(one, shared, fresh)))


def betrayed(betrayal: Betrayal) -> str:
    """Say what a signal is with and without the future."""
    others = {
        "cut": "without them",
        "view": "when they are cut off, but still in memory behind,",
        "scaled": "when their prices are others",
        "shuffled": "when their order is another",
    }
    return (
        f"with the candles after it there its signal is {betrayal.told:.4g}, "
        f"{others[betrayal.means]} it is {betrayal.known:.4g}"
    )
