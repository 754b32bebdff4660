"""Walk-forward windows: parameters are chosen on the past and scored on what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from trading.backtest import Rules, funding_due, run_through
from trading.candles import Candles, FloatArray
from trading.compiled import plain
from trading.curve import curve_figures
from trading.errors import BadArgument, NotEnoughHistory
from trading.strategies.base import Strategy

TESTED = 0.6  # of the candles, the newest ones
SHORTEST_TEST = 30
SHORTEST_TRAINING = 120


@dataclass(frozen=True)
class Window:
    """Training on the candles [first, split), then a test on [split, end)."""

    first: int
    split: int
    end: int


@dataclass(frozen=True, eq=False)
class Stretch:
    """Equity at each close, the first of them what it began with, and the closed trades."""

    equity: FloatArray
    trades: int

    @property
    def growth(self) -> float:
        """Last equity / first."""
        return float(self.equity[-1] / self.equity[0])


@dataclass(frozen=True)
class Figures:
    """A curve in figures: fractions; `sharpe` is annualised, 0 where the equity never varies."""

    total_return: float
    sharpe: float
    max_drawdown: float
    trades: int


def windows(
    count: int, tests: int, *, share: float = TESTED, rolling: bool = False
) -> tuple[Window, ...]:
    """Cut `count` candles into windows whose tests follow each other up to the last candle.

    The tests cover the newest `share` of the candles in equal parts. Training begins at the
    first candle, or, `rolling`, is as long for each test as for the first one.

    Errors: NotEnoughHistory when a test would have fewer than 30 candles or the first training
    fewer than 120; BadArgument for no test at all.
    """
    if tests < 1 or not 0.0 < share < 1.0:
        raise BadArgument(f"{tests} tests of {share:g} of the candles make no walk forward.")
    cuts = [round(count * (1.0 - share + share * n / tests)) for n in range(tests + 1)]
    training = cuts[0]
    if training < SHORTEST_TRAINING or any(
        end - split < SHORTEST_TEST for split, end in pairwise(cuts)
    ):
        least = max(SHORTEST_TRAINING / (1.0 - share), tests * SHORTEST_TEST / share)
        raise NotEnoughHistory(
            f"A walk forward in {tests} windows needs about {round(least * 1.02)} closed candles, "
            f"there are {count}. Use a shorter timeframe."
        )
    return tuple(
        Window(split - training if rolling else 0, split, end) for split, end in pairwise(cuts)
    )


@dataclass(frozen=True, eq=False)
class Ground:
    """Candles on which many signals are replayed under the same rules."""

    candles: Candles
    rules: Rules
    funding: FloatArray

    @classmethod
    def of(cls, candles: Candles, rules: Rules) -> Ground:
        return cls(candles, rules, funding_due(candles, rules.funding_rate))

    def run(self, signal: FloatArray, *, flat_at_end: bool = False) -> Stretch:
        """Replay a signal, starting flat.

        `flat_at_end` sells at the last candle's open what is still held, so that the stretch pays
        for its way out as well.
        """
        if flat_at_end:
            # A copy: the signal may be a view of one that others use.
            signal = signal.copy()
            signal[-2:] = 0.0
        run = run_through(self.candles, plain(signal), self.rules, self.funding)
        return Stretch(run.equity, len(run.table))


def stretch_of(known: Candles, strategy: Strategy, rules: Rules, split: int) -> Stretch:
    """Run a strategy over the candles from `split` on, from flat to flat.

    `known` ends with the test; the candles before it warm the strategy up.
    """
    signal = strategy.signal(known)[split:]
    return Ground.of(known[split:], rules).run(signal, flat_at_end=True)


def chained(stretches: Sequence[Stretch]) -> Stretch:
    """Join stretches that follow each other, each begun with what the one before left."""
    parts, capital = [], float(stretches[0].equity[0])
    for stretch in stretches:
        parts.append(stretch.equity * (capital / stretch.equity[0]))
        capital *= stretch.growth
    return Stretch(np.concatenate(parts), sum(stretch.trades for stretch in stretches))


def figures(stretch: Stretch, per_year: float) -> Figures:
    """Measure a stretch; `per_year`: candles in a year."""
    drawdown, mean, deviation = curve_figures(stretch.equity)
    return Figures(
        total_return=stretch.growth - 1.0,
        sharpe=mean / deviation * sqrt(per_year) if deviation > 0.0 else 0.0,
        max_drawdown=drawdown,
        trades=stretch.trades,
    )


def returns_of(equity: FloatArray) -> FloatArray:
    """Return per-candle returns; 0 after ruin."""
    before = equity[:-1]
    alive = before > 0.0
    return np.divide(equity[1:], before, out=np.ones_like(before), where=alive) - 1.0
