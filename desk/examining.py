"""Examine a strategy as thoroughly as some seconds allow, and say what it betrays."""

from __future__ import annotations

import time
from collections.abc import Sequence

from trading.candles import Candles
from trading.causality import Betrayal, Findings, examine
from trading.contract import Broken, copied, signals_of, warm_up_of
from trading.strategies.base import Parameters

SLOW_CANDLES = 2_000  # are looked at where all would take too long


def examined(strategy: Parameters, candles: Sequence[Candles], seconds: float) -> Findings:
    """Examine on every prefix where that takes about `seconds`, else on fewer candles and prefixes.

    Errors: those of trading.causality.examine.
    """
    try:
        warm_up = warm_up_of(strategy)
        # What is compiled at a first call is no measure of the second.
        signals_of(strategy, [copied(one.tail(warm_up + 100)) for one in candles])
        copies = [copied(one) for one in candles]
        started = time.perf_counter()
        signals_of(strategy, copies)
        took = time.perf_counter() - started
    except Broken:
        return examine(strategy, *candles)
    # A prefix takes half as long as the whole, on average.
    count = len(candles[0])
    if took * count <= 2.0 * seconds:
        return examine(strategy, *candles)
    fewer = min(max(SLOW_CANDLES, 2 * warm_up + 500), count)
    calls = int(2.0 * seconds * count / (took * fewer))
    return examine(strategy, *(one.tail(fewer) for one in candles), calls=calls)


def betrayed(betrayal: Betrayal) -> str:
    """Say what a signal is with and without the future."""
    others = {
        "cut": "without them",
        "scaled": "when their prices are others",
        "shuffled": "when their order is another",
    }
    return (
        f"with the candles after it there its signal is {betrayal.told:.4g}, "
        f"{others[betrayal.means]} it is {betrayal.known:.4g}"
    )
