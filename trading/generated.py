"""Candles of a made-up market, to examine strategies on before there are any of a real one."""

from __future__ import annotations

import numpy as np

from trading.candles import Candles, Timeframe

FIRST_PRICE = 20_000.0
VOLATILITY = 0.008  # of an hour
LARGEST_STEP = 0.2
START_MS = 1_609_459_200_000  # 2021-01-01
HOLE = 0.6  # of the candles are before the one hole there is
HOLE_CANDLES = 3


def generated(
    count: int,
    seed: int,
    timeframe: Timeframe = Timeframe.H1,
    symbol: str = "MADE/USDT",
    price: float = FIRST_PRICE,
) -> Candles:
    """Return a random walk with fat tails, quiet and wild spells, ties, and one hole.

    Every fiftieth candle stands still: it opens and closes at the close before, on no volume.
    """
    random = np.random.default_rng(seed)
    scale = VOLATILITY * (timeframe.ms / Timeframe.H1.ms) ** 0.5
    spells = np.exp(
        0.4 * np.convolve(random.standard_normal(count + 99), np.full(100, 0.1), "valid")
    )
    steps = np.clip(scale * spells * random.standard_t(5, count), -LARGEST_STEP, LARGEST_STEP)
    still = np.arange(count) % 50 == 49
    steps[still] = 0.0
    close = price * np.exp(np.cumsum(steps))
    opened = np.concatenate([[price], close[:-1]])
    reach = 0.5 * scale * spells * np.abs(random.standard_normal((2, count))) * ~still
    volume = np.where(still, 0.0, 1_000.0 * spells * random.gamma(2.0, 1.0, count))
    place = np.arange(count, dtype=np.int64)
    return Candles(
        symbol,
        timeframe,
        START_MS + timeframe.ms * (place + HOLE_CANDLES * (place >= HOLE * count)),
        opened,
        np.maximum(opened, close) * (1.0 + reach[0]),
        np.minimum(opened, close) * (1.0 - np.minimum(reach[1], 0.5)),
        close,
        volume,
    )
