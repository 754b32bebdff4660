"""Candles for tests: real ones from ../shared/data when it is there, made ones otherwise.

A table has the shape (n, 6): open time in ms, open, high, low, close, volume; oldest first.
"""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from trading.candles import FloatArray, Timeframe, to_ms

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MADE_START = datetime(2020, 12, 1, tzinfo=UTC)


@lru_cache(maxsize=32)
def real_candles(path: str) -> FloatArray | None:
    """Return the table of a file such as `candles_1h/binance/BTC_USDT-1h`; None if absent."""
    file = DATA / f"{path}.csv.gz"
    if not file.exists():
        return None
    with gzip.open(file, "rt", newline="") as text:
        rows = list(csv.reader(text))[1:]
    table = np.array(rows, dtype=np.float64)
    table.flags.writeable = False
    return table


def need_candles(path: str) -> FloatArray:
    """Return the real table, or skip the test."""
    table = real_candles(path)
    if table is None:
        pytest.skip(f"{DATA / path} is not here")
    return table


def candles_or_made(
    path: str, timeframe: Timeframe = Timeframe.H1, count: int = 5000
) -> FloatArray:
    """Return the real table if it is there, a made one of `count` candles otherwise."""
    table = real_candles(path)
    return made_candles(timeframe, count) if table is None else table


def made_candles(
    timeframe: Timeframe = Timeframe.H1,
    count: int = 5000,
    *,
    start: datetime = MADE_START,
    seed: int = 1,
    price: float = 20_000.0,
    hourly_volatility: float = 0.008,
) -> FloatArray:
    """Make a table of a random walk with fat tails and quiet and wild spells."""
    random = np.random.default_rng(seed)
    scale = hourly_volatility * (timeframe.ms / Timeframe.H1.ms) ** 0.5
    spells = np.exp(
        0.4 * np.convolve(random.standard_normal(count + 99), np.full(100, 0.1), "valid")
    )
    moves = scale * spells * random.standard_t(5, count) * 0.6**0.5
    close = price * np.exp(np.cumsum(np.clip(moves, -0.2, 0.2)))
    opened = np.concatenate([[price], close[:-1]])
    reach = scale * spells * np.abs(random.standard_normal((2, count))) * 0.5
    high = np.maximum(opened, close) * (1 + reach[0])
    low = np.minimum(opened, close) * (1 - np.minimum(reach[1], 0.5))
    volume = 1000 * spells * random.gamma(2.0, 1.0, count)
    time = to_ms(start) + np.arange(count) * float(timeframe.ms)
    return np.column_stack([time, *(np.round(x, 6) for x in (opened, high, low, close, volume))])


def rolled_up(table: FloatArray, timeframe: Timeframe) -> FloatArray:
    """Join the candles into coarser ones; a group with holes is made of what there is."""
    groups = table[:, 0] // timeframe.ms
    firsts = np.flatnonzero(np.diff(groups, prepend=-1.0))
    lasts = np.append(firsts[1:], len(table)) - 1
    return np.column_stack(
        [
            groups[firsts] * timeframe.ms,
            table[firsts, 1],
            np.maximum.reduceat(table[:, 2], firsts),
            np.minimum.reduceat(table[:, 3], firsts),
            table[lasts, 4],
            np.add.reduceat(table[:, 5], firsts),
        ]
    )


def with_rollups(
    symbol_id: str,
    table: FloatArray,
    timeframe: Timeframe,
    coarser: tuple[Timeframe, ...] = (Timeframe.H4, Timeframe.D1),
) -> dict[tuple[str, str], FloatArray]:
    """Return the table under (symbol id, interval), and its roll-ups, for BinanceServer."""
    tables = {(symbol_id, timeframe.value): table}
    for each in coarser:
        tables[symbol_id, each.value] = rolled_up(table, each)
    return tables
