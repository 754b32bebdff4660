"""Markets for searches: one without anything to find, one with an edge that is really there."""

from __future__ import annotations

import numpy as np

from tests.fakes.candle_files import made_candles
from trading.candles import Candles, Timeframe


def random_walk(seed: int, count: int = 3000) -> Candles:
    """Make a market with fat tails, quiet and wild spells, and nothing to find."""
    table = made_candles(count=count, seed=9_000 + seed)
    return Candles.from_rows("AAA/USDT", Timeframe.H1, table)


def trending(seed: int, count: int = 6000, drift: float = 0.002, spell: int = 150) -> Candles:
    """Make a market that rises for about `spell` candles and falls for as many.

    The drift of a candle (a fraction) shows in the candles before, so a trend follower earns
    far more than its costs, with nothing of the future.
    """
    random = np.random.default_rng(seed)
    sides: list[float] = []
    while len(sides) < count:
        side = 1.0 if not sides or sides[-1] < 0 else -1.0
        sides += [side] * int(random.integers(spell // 2, spell * 3 // 2))
    moves = drift * np.array(sides[:count]) + 0.006 * random.standard_normal(count)
    close = 1000.0 * np.exp(np.cumsum(moves))
    opened = np.r_[1000.0, close[:-1]]
    reach = 1.0 + 0.001 * np.abs(random.standard_normal((2, count)))
    high, low = np.maximum(opened, close) * reach[0], np.minimum(opened, close) / reach[1]
    time = np.arange(count) * float(Timeframe.H1.ms)
    table = np.column_stack([time, opened, high, low, close, np.ones(count)])
    return Candles.from_rows("AAA/USDT", Timeframe.H1, table)
