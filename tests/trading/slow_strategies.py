"""The strategies once more, plainly and slowly, straight from their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log, nan, sqrt
from statistics import fmean, linear_regression, pstdev

from trading.candles import Candles

Values = Sequence[float]


def sign(value: float, scale: float = 1.0) -> float:
    """Sign of a value, 0 when it is nothing but the rounding of numbers of that scale."""
    if value != value or abs(value) <= 1e-12 * scale:
        return 0.0
    return 1.0 if value > 0 else -1.0


def ema(values: Values, length: int) -> list[float]:
    """Exponential average, begun with the mean of the first `length`; nan before."""
    found = [nan] * len(values)
    for i in range(length - 1, len(values)):
        if i == length - 1:
            found[i] = fmean(values[:length])
        else:
            weight = 2 / (length + 1)
            found[i] = weight * values[i] + (1 - weight) * found[i - 1]
    return found


def ema_cross(candles: Candles, fast: int, slow: int) -> list[float]:
    closes = candles.close.tolist()
    pairs = zip(ema(closes, fast), ema(closes, slow), strict=True)
    return [sign(a - b, b) for a, b in pairs]


def macd(candles: Candles, fast: int, slow: int, smooth: int, zero_line: bool) -> list[float]:
    closes = candles.close.tolist()
    pairs = list(zip(ema(closes, fast), ema(closes, slow), strict=True))
    line = [a - b for a, b in pairs[slow - 1 :]]
    smoothed = [nan] * (slow - 1) + ema(line, smooth)
    found = []
    for i, (a, b) in enumerate(pairs):
        way = sign(a - b - smoothed[i], b)
        found.append(way if not zero_line or sign(a - b, b) == way else 0.0)
    return found


def bollinger_reversion(candles: Candles, period: int, width: float) -> list[float]:
    closes, held, found = candles.close.tolist(), 0.0, []
    for i, close in enumerate(closes):
        if i >= period - 1:
            window = closes[i - period + 1 : i + 1]
            middle, band = fmean(window), width * pstdev(window)
            if held * sign(close - middle, close) >= 0:
                held = 0.0  # at the middle or beyond
            if abs(close - middle) > band + 1e-12 * close:
                held = -sign(close - middle)
        found.append(held)
    return found


def rsi_reversion(
    candles: Candles, period: int, lower: float, middle: float, upper: float
) -> list[float]:
    closes, held, found = candles.close.tolist(), 0.0, [0.0] * period
    steps = [b - a for a, b in pairwise(closes)]
    gain = fmean(max(step, 0.0) for step in steps[:period])
    loss = fmean(max(-step, 0.0) for step in steps[:period])
    for i in range(period, len(closes)):
        if i > period:
            gain = (gain * (period - 1) + max(steps[i - 1], 0.0)) / period
            loss = (loss * (period - 1) + max(-steps[i - 1], 0.0)) / period
        value = 100 * gain / (gain + loss)
        if (held > 0 and value > middle) or (held < 0 and value < middle):
            held = 0.0
        if value < lower:
            held = 1.0
        if value > upper:
            held = -1.0
        found.append(held)
    return found


def donchian_breakout(candles: Candles, entry: int, exit: int) -> list[float]:
    held, found = 0.0, [0.0] * entry
    for i in range(entry, len(candles)):
        close = candles.close[i]
        if held > 0 and close < candles.low[i - exit : i].min():
            held = 0.0
        if held < 0 and close > candles.high[i - exit : i].max():
            held = 0.0
        if close > candles.high[i - entry : i].max():
            held = 1.0
        if close < candles.low[i - entry : i].min():
            held = -1.0
        found.append(held)
    return found


def momentum(candles: Candles, lookback: int, skip: int) -> list[float]:
    closes, found = candles.close.tolist(), []
    for i in range(len(closes)):
        new, old = i - skip, i - skip - lookback
        found.append(sign(closes[new] - closes[old]) if old >= 0 else 0.0)
    return found


def volatility(candles: Candles, window: int) -> list[float]:
    """Annual volatility by the exponential average of squared returns per timeframe."""
    found, variance = [0.0], 0.0
    for i in range(1, len(candles)):
        timeframes = int(candles.time[i] - candles.time[i - 1]) / candles.timeframe.ms
        square = float(candles.close[i] / candles.close[i - 1] - 1) ** 2 / timeframes
        weight = max(2 / (window + 1), 1 / i)
        variance = weight * square + (1 - weight) * variance
        found.append(sqrt(variance * candles.timeframe.per_year))
    return found


def volatility_target(
    candles: Candles, target: float, window: int, trend: int, steps: int
) -> list[float]:
    ways = ema_cross(candles, trend // 4, trend)
    realised = volatility(candles, window)
    held: float | None = None
    found = []
    for i, way in enumerate(ways):
        if i < max(trend - 1, window):
            found.append(0.0)
            continue
        wanted = min(1.0, target / realised[i]) if realised[i] else 1.0
        if held is None or abs(wanted - held) > 0.75 / steps:
            held = round(wanted * steps) / steps
        found.append(way * held)
    return found


def two_timeframes(
    candles: Candles, factor: int, fast: int, slow: int, mixed: float
) -> list[float]:
    own = ema_cross(candles, fast, slow)
    length = candles.timeframe.ms
    found = []
    for i in range(len(candles)):
        now = int(candles.time[i]) + length
        longer: dict[int, float] = {}
        for time, close in zip(candles.time[: i + 1].tolist(), candles.close, strict=False):
            longer[time // (length * factor)] = float(close)
        closed = [close for group, close in longer.items() if (group + 1) * length * factor <= now]
        a, b = ema(closed, fast), ema(closed, slow)
        above = sign(a[-1] - b[-1], b[-1]) if closed else 0.0
        share = 1.0 if own[i] == above else mixed
        found.append(above * share if i >= factor * slow else 0.0)
    return found


def pair_spread(
    first: Candles, second: Candles, window: int, entry: float, exit: float
) -> list[float]:
    a = [log(close) for close in first.close.tolist()]
    b = [log(close) for close in second.close.tolist()]
    held, found = 0.0, []
    for i in range(len(a)):
        if i < window:
            found.append(0.0)
            continue
        past, beside = a[i - window : i], b[i - window : i]
        ratio, level = linear_regression(beside, past)
        left = pstdev([y - level - ratio * x for x, y in zip(beside, past, strict=True)])
        known = ratio > 0 and left > 1e-7  # less is rounding
        score = (a[i] - level - ratio * b[i]) / left if known else nan
        if held and not -held * score > exit * abs(held):
            held = 0.0
        if abs(score) > entry:
            held = -0.5 * sign(score)
        found.append(held)
    return found
