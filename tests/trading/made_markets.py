"""Markets made by a known rule: walks that nobody can foresee, and one that has a memory."""

from __future__ import annotations

import numpy as np

from trading.candles import Candles, FloatArray, Timeframe

STEP = 0.006


def market_of(steps: FloatArray, seed: int, timeframe: Timeframe = Timeframe.H1) -> Candles:
    """Make candles with these log returns, and shadows and volumes that have no meaning."""
    random = np.random.default_rng(seed + 1_000)
    count = len(steps)
    close = 100.0 * np.exp(np.cumsum(steps))
    opened = np.concatenate([[100.0], close[:-1]])
    shadows = np.exp(np.abs(random.normal(0.0, STEP / 2.0, (2, count))))
    return Candles(
        "AAA/USDT",
        timeframe,
        np.arange(count, dtype=np.int64) * timeframe.ms,
        opened,
        np.maximum(opened, close) * shadows[0],
        np.minimum(opened, close) / shadows[1],
        close,
        random.lognormal(3.0, 1.0, count),
    )


def plain_walk(count: int, seed: int) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, STEP, count)


def fat_walk(count: int, seed: int) -> FloatArray:
    """Steps of Student's t with three degrees of freedom: now and then a wild one."""
    return STEP * np.clip(np.random.default_rng(seed).standard_t(3, count), -30.0, 30.0)


def drifting_walk(count: int, seed: int) -> FloatArray:
    """It rises in 54 of 100 candles, which is no skill of whoever says so."""
    return plain_walk(count, seed) + 0.1 * STEP


def clustered_walk(count: int, seed: int) -> FloatArray:
    """Quiet and wild spells: GARCH(1, 1), whose size can be foreseen and whose sign can't."""
    noise = np.random.default_rng(seed).standard_normal(count)
    steps, variance = np.zeros(count), STEP**2
    for i in range(count):
        steps[i] = noise[i] * variance**0.5
        variance = 0.02 * STEP**2 + 0.15 * steps[i] ** 2 + 0.83 * variance
    return steps


def persistent(count: int, seed: int, share: float) -> FloatArray:
    """Moves that carry on: a share of each is repeated in the next."""
    noise = plain_walk(count, seed)
    steps = np.zeros(count)
    for i in range(1, count):
        steps[i] = share * steps[i - 1] + noise[i]
    return steps


WALKS = {
    "plain": plain_walk,
    "fat-tailed": fat_walk,
    "drifting": drifting_walk,
    "clustered": clustered_walk,
}
