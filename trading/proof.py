"""What a forecast's calls were worth on candles that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from trading.candles import FloatArray
from trading.resampled import Estimate, estimate

EFFECTIVE = 0.55  # the guide's rule: accuracy above it calls a model effective
_Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Calls:
    """The accuracy of calls (up where the chance is over one half), and their Brier score.

    `brier` is the mean squared error of the probabilities; 0.25 is that of a coin.
    """

    accuracy: Estimate
    brier: Estimate


@dataclass(frozen=True, eq=False)
class Told:
    """What was said of each tested row, in time order, and what came (`label`, 0.0 or 1.0).

    Chances of label 1: of the boosted `trees`, of the `line`ar baseline, and the naive `base`
    rate. `last` is the label that the last candle would have got: 1.0 up, 0.0 down, one half
    where it stood still.
    """

    trees: FloatArray
    line: FloatArray
    base: FloatArray
    last: FloatArray
    label: FloatArray


@dataclass(frozen=True)
class Proof:
    """The walk-forward score of the trees beside simpler ways to call the same candles.

    `naive_rate` is the accuracy of always calling the direction that was the more frequent one
    until then, `naive_brier` the score of that base rate; `last_rate` and `last_brier` are those
    of "same as the last candle", called with certainty. `over_naive` and `over_last` are how much
    more of its calls the forecast got right than those did, `brier_gain` by how much its Brier
    score is the better one than the base rate's: each on the same candles, so the intervals are
    of the differences. `samples` overlap, so they are worth `effective_samples` independent ones.

    `edge` is the statistical answer, `effective` the guide's rule (accuracy > 0.55).
    """

    trees: Calls
    line: Calls
    naive_rate: float
    naive_brier: float
    last_rate: float
    last_brier: float
    over_naive: Estimate
    over_last: Estimate
    brier_gain: Estimate
    samples: int
    effective_samples: int
    edge: bool

    @property
    def effective(self) -> bool:
        return self.trees.accuracy.value > EFFECTIVE


def judge(told: Told, horizon: int, seed: int) -> Proof:
    """Score the calls.

    There is an edge where the whole 95 % interval of the accuracy lies above the naive rate,
    above that of a coin and above that of the one constant call that fitted the tested span best,
    and the probabilities were better than the base rate.
    """
    right = _right(told.trees, told.label)
    naive = _right(told.base, told.label)
    squares = (told.trees - told.label) ** 2
    naive_squares = (told.base - told.label) ** 2
    trees = _calls(told.trees, told.label, horizon, seed)
    brier_gain = estimate(naive_squares - squares, horizon, seed)
    last = _right(told.last, told.label)
    return Proof(
        trees=trees,
        line=_calls(told.line, told.label, horizon, seed),
        naive_rate=float(naive.mean()),
        naive_brier=float(naive_squares.mean()),
        last_rate=float(last.mean()),
        last_brier=float(np.mean((told.last - told.label) ** 2)),
        over_naive=estimate(right - naive, horizon, seed),
        over_last=estimate(right - last, horizon, seed),
        brier_gain=brier_gain,
        samples=len(right),
        effective_samples=effective_samples(len(right), horizon),
        edge=trees.accuracy.low > _bar(naive, told.label) and brier_gain.value > 0.0,
    )


def _bar(naive: FloatArray, label: FloatArray) -> float:
    """Return the accuracy that takes no skill.

    A naive rate under one half is bad luck, no lower bar: a coin does better. Where the drift
    breaks, the naive calls follow too late, and whoever only notices that the direction changed
    beats them; the commonest label of the tested span is what such calls come to at best.
    """
    ups = float(label.mean())
    return max(float(naive.mean()), 0.5, ups, 1.0 - ups)


def effective_samples(samples: int, horizon: int) -> int:
    """Return what overlapping calls are worth: `horizon` in a row share all but one candle."""
    return max(1, samples // horizon)


def wilson(rate: float, count: float) -> tuple[float, float]:
    """Return the 95 % interval of a share seen in `count` independent trials (Wilson 1927)."""
    spread = _Z * _Z / count
    centre = (rate + spread / 2.0) / (1.0 + spread)
    half = _Z * sqrt((rate * (1.0 - rate) + spread / 4.0) / count) / (1.0 + spread)
    return centre - half, centre + half


def calibration_error(chance: FloatArray, label: FloatArray, bins: int = 10) -> float:
    """Return the expected calibration error: how far chances are from what came, on the average.

    The calls are cut into `bins` equally full ones by their chance; each bin's mean chance is
    compared with the share of its labels that are 1 (Naeini et al. 2015, with equal counts).
    """
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    return sum(
        abs(float(chance[part].mean() - label[part].mean())) * len(part) / len(chance)
        for part in parts
        if len(part)
    )


def _calls(chance: FloatArray, label: FloatArray, horizon: int, seed: int) -> Calls:
    accuracy = float(_right(chance, label).mean())
    low, high = wilson(accuracy, effective_samples(len(label), horizon))
    return Calls(Estimate(accuracy, low, high), estimate((chance - label) ** 2, horizon, seed))


def _right(chance: FloatArray, label: FloatArray) -> FloatArray:
    """Return 1 for a call that came true, 0 for a wrong one, one half for none (a chance of ½)."""
    return np.where(chance == 0.5, 0.5, ((chance > 0.5) == (label > 0.5)).astype(np.float64))
