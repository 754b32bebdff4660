"""A day on which everything falls: prices of several symbols every 20 seconds, made or real."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from tests.fakes.candle_files import need_candles
from trading.candles import Candles, FloatArray, Timeframe, to_ms

SYMBOLS = ("BTC/USDT", "ETH/USDT", "ADA/USDT", "SOL/USDT", "DOGE/USDT")
EACH = timedelta(seconds=20)
PER_MINUTE = 3
CALM = 60  # minutes before the day begins, in which nothing happens
MINUTES = 24 * 60
Day = Mapping[str, FloatArray]  # prices at EACH, the calm first

# Hour of the day, share of the first price: down in steps, each with a violent rebound.
FALL = (
    (0, 1.0), (5, 0.98), (8, 0.95), (10, 0.90), (11, 0.92), (12, 0.80), (12.3, 0.86), (12.8, 0.70),
    (13.1, 0.79), (13.3, 0.60), (13.5, 0.73), (14, 0.66), (15, 0.80), (17, 0.76), (20, 0.82),
    (24, 0.78),
)  # fmt: skip
FIRST = {
    "BTC/USDT": (43_000.0, 1.0),
    "ETH/USDT": (3_400.0, 1.1),
    "ADA/USDT": (2.0, 1.05),
    "SOL/USDT": (56.0, 1.2),
    "DOGE/USDT": (0.48, 1.0),
}


def made_crash(seed: int = 19) -> Day:
    """Make a day that falls by 40 % (some symbols by more) within hours."""
    noise = np.random.default_rng(seed)
    count = MINUTES * PER_MINUTE
    hours, shares = np.array(FALL).T
    share = np.interp(np.linspace(0, 24, count), hours, shares)
    wild = np.where(np.abs(np.gradient(share)) > 2e-5, 0.0012, 0.0003)
    day = {}
    for symbol, (price, pull) in FIRST.items():
        shakes = np.zeros(count)
        for i in range(1, count):
            shakes[i] = 0.97 * shakes[i - 1] + wild[i] * noise.standard_normal()
        path = price * (1 + (share - 1) * pull) * np.exp(shakes - shakes[0])
        day[symbol] = _with_calm(path)
    return day


def real_crash() -> Day:
    """Return 19 May 2021 as it was; skip the test where the candles are not at hand."""
    begin = to_ms(datetime(2021, 5, 19, tzinfo=UTC))
    day = {}
    for symbol in SYMBOLS:
        fine = symbol in ("BTC/USDT", "ETH/USDT")
        name = symbol.replace("/", "_")
        table = need_candles(
            f"candles_{'5m' if fine else '1h'}/binance/{name}-{'5m' if fine else '1h'}"
        )
        first = int(np.searchsorted(table[:, 0], begin))
        count = MINUTES // (5 if fine else 60)
        rows = table[first : first + count]
        assert len(rows) == count
        assert rows[0, 0] == begin
        day[symbol] = _with_calm(np.concatenate([_through(row, MINUTES // count) for row in rows]))
    return day


def candles(symbol: str, prices: FloatArray, start: datetime, timeframe: Timeframe) -> Candles:
    """Sum prices that begin at `start` up to candles."""
    each = timeframe.ms // Timeframe.M1.ms * PER_MINUTE
    parts = prices[: len(prices) // each * each].reshape(-1, each)
    opened = to_ms(start) + timeframe.ms * np.arange(len(parts))
    columns = (opened, parts[:, 0], parts.max(axis=1), parts.min(axis=1), parts[:, -1])
    return Candles.from_rows(symbol, timeframe, np.column_stack((*columns, np.ones(len(parts)))))


def _through(candle: FloatArray, minutes: int) -> FloatArray:
    """Walk from a candle's open over its nearer extreme and the other one to its close."""
    _, open_, high, low, close, _ = candle
    middle = [low, high] if close >= open_ else [high, low]
    points = np.linspace(0, 3, minutes * PER_MINUTE)
    path: FloatArray = np.interp(points, np.arange(4), [open_, *middle, close])
    return path


def _with_calm(path: FloatArray) -> FloatArray:
    """Put an hour in front; figures as an exchange writes them."""
    calm = np.full(CALM * PER_MINUTE, path[0])
    whole = np.concatenate((calm, path))
    return np.array([float(f"{price:.6g}") for price in whole])
