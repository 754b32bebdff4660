"""Trade two symbols back to their usual distance."""

from __future__ import annotations

from math import log
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain
from trading.strategies.base import PairStrategy, Search

_LEG = 0.5
_ROUNDING = 1e-12  # share of a variance that may be nothing but rounding
_FLAT = 1e-14  # variance of a price that stands still, but for rounding


class PairSpread(PairStrategy):
    """Half long the first and half short the second when the first is too cheap; mirrored.

    The logarithm of the first price is regressed on that of the second over the `window` candles
    before. The newest residual, in standard deviations of those of the window, opens a position
    beyond `entry` and closes it within `exit` or on the other side (Gatev, Goetzmann, Rouwenhorst
    2006; the regression: Vidyamurthy 2004). Both legs have the same worth. Nothing is held while
    the symbols don't move together: a hedge ratio of zero or less.
    """

    name: ClassVar[str] = "pair_spread"
    title: ClassVar[str] = "Pair spread"
    summary: ClassVar[str] = "Buys the cheap one of two symbols and sells the other, until even."
    exits: ClassVar[bool] = False

    window: Annotated[int, Search(50, 500, log=True)] = Field(120, ge=10, le=2000)
    entry: Annotated[float, Search(1.0, 3.5)] = Field(2.0, ge=0.5, le=6.0)
    exit: Annotated[float, Search(0.0, 1.0)] = Field(0.5, ge=0.0, le=3.0)

    @model_validator(mode="after")
    def _exit_is_nearer(self) -> PairSpread:
        if self.exit >= self.entry:
            raise ValueError(f"exit ({self.exit:g}) must be less than entry ({self.entry:g})")
        return self

    @property
    def warm_up(self) -> int:
        return self.window

    def signals(self, first: Candles, second: Candles) -> tuple[FloatArray, FloatArray]:
        signal = np.zeros(len(first))
        if len(first) > self.window:
            score = first.once(
                ("spread", second, self.window), lambda: spread_scores(first, second, self.window)
            )
            _revert(score, self.entry, self.exit, self.window, signal)
        return signal, 0.0 - signal


def spread_scores(first: Candles, second: Candles, window: int) -> FloatArray:
    """Return each candle's distance from the regression over the `window` candles before it.

    In standard deviations of the window's own distances; nan where there is no such regression:
    too few candles, a price that stands still, a hedge ratio of zero or less, or distances of
    nothing but rounding (a symbol beside itself).
    """
    scores = np.full(len(first), np.nan)
    _roll(_logs(first), _logs(second), window, scores)
    return scores


def _logs(candles: Candles) -> FloatArray:
    return candles.once("logs since the first", lambda: _of_growth(candles))


def _of_growth(candles: Candles) -> FloatArray:
    # Since the first close, which is in every prefix, the price's unit does not matter.
    logs = np.zeros(len(candles))
    _log(plain(candles.close), logs)
    return logs


@compiled
def _log(close: FloatArray, logs: FloatArray) -> None:
    # One by one: numpy's own may round the same number otherwise at another place of the array.
    for i in range(len(close)):
        logs[i] = log(close[i] / close[0])


@compiled
def _roll(a: FloatArray, b: FloatArray, window: int, scores: FloatArray) -> None:
    """Regress a on b over rolling windows.

    The sums of distances from a base begin anew every `window` candles, counted from the first,
    because adding and taking away leaves rounding behind.
    """
    a_base = b_base = a_sum = b_sum = aa = ab = bb = 0.0
    for i in range(window, len(a)):
        if i % window == 0:
            a_base, b_base = a[i - 1], b[i - 1]
            a_sum = b_sum = aa = ab = bb = 0.0
            for j in range(i - window, i):
                x, y = a[j] - a_base, b[j] - b_base
                a_sum += x
                b_sum += y
                aa += x * x
                ab += x * y
                bb += y * y
        else:
            x, y = a[i - 1] - a_base, b[i - 1] - b_base
            u, v = a[i - 1 - window] - a_base, b[i - 1 - window] - b_base
            a_sum += x - u
            b_sum += y - v
            aa += x * x - u * u
            ab += x * y - u * v
            bb += y * y - v * v
        a_mean, b_mean = a_sum / window, b_sum / window
        a_variance = aa / window - a_mean * a_mean
        b_variance = bb / window - b_mean * b_mean
        ratio = (ab / window - a_mean * b_mean) / b_variance
        left = a_variance - ratio * (ab / window - a_mean * b_mean)
        if b_variance > _FLAT and ratio > 0.0 and left > max(_FLAT, _ROUNDING * a_variance):
            distance = a[i] - a_base - a_mean - ratio * (b[i] - b_base - b_mean)
            scores[i] = distance / np.sqrt(left)


@compiled
def _revert(score: FloatArray, entry: float, exit: float, warm_up: int, signal: FloatArray) -> None:
    held = 0.0
    for i in range(warm_up, len(score)):
        value = score[i]
        # Stays only while the distance is still on the side of its entry; nan is nowhere.
        if (held > 0.0 and not value < -exit) or (held < 0.0 and not value > exit):
            held = 0.0
        if value < -entry:
            held = _LEG
        elif value > entry:
            held = -_LEG
        signal[i] = held
