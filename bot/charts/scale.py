"""Maps prices and times to pixels, and chooses which of them get a label."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from bot.charts.figures import power_of_ten
from trading.candles import FloatArray, from_ms, to_ms

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_STEPS = tuple(MINUTE * n for n in (1, 2, 5, 10, 15, 30)) + tuple(
    HOUR * n for n in (1, 2, 3, 4, 6, 8, 12, 24, 48, 96, 168, 336)
)
_MONTH_STEPS = (1, 2, 3, 6)
_MONTH = 30.4 * DAY
# Beyond these a double's range ends; no price of the world comes near.
_SMALLEST, _LARGEST = 1e-290, 1e290
# A range narrower than this share of the price is drawn as flat, or noise would fill the chart.
_FLAT = 2e-5


@dataclass(frozen=True)
class Scale:
    """Maps `low`…`high` in a straight line onto the pixels `start`…`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, values: FloatArray) -> FloatArray:
        """Pixels of values; NaN stays NaN, values far outside end a few screens away."""
        length = self.end - self.start
        with np.errstate(over="ignore"):
            share = (np.asarray(values, dtype=np.float64) - self.low) / (self.high - self.low)
        return self.start + length * np.clip(share, -4.0, 5.0)

    def at(self, value: float) -> float:
        return float(self(np.array([value]))[0])

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    """Widen a range by `share` on both sides; a flat one becomes 2 % of its value wide."""
    low, high = (max(-_LARGEST, min(_LARGEST, bound)) for bound in (low, high))
    size = max(abs(low), abs(high), _SMALLEST)
    if high - low < _FLAT * size:
        return low - 0.01 * size, high + 0.01 * size
    room = share * (high - low)
    return low - room, high + room


def round_ticks(low: float, high: float, at_most: int) -> tuple[list[float], float]:
    """Round values within a range, and the step (1, 2 or 5 × 10ⁿ) between them."""
    raw = (high - low) / max(1, at_most)
    power = 10.0 ** power_of_ten(raw)
    step = power * next(n for n in (1, 2, 5, 10) if n * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [n * step for n in range(first, last + 1)], step


def time_ticks(start: float, end: float, at_most: int) -> list[tuple[int, str]]:
    """Round moments (ms UTC) of a range with short labels: 14:00, 19 May, Jun, 2021."""
    span = end - start
    for step in _STEPS:
        if span / step <= at_most:
            first = math.ceil(start / step)
            moments = range(first * step, math.floor(end) + 1, step)
            return [(moment, _clock_label(moment)) for moment in moments]
    for months in _MONTH_STEPS:
        if span / (months * _MONTH) <= at_most:
            return _month_ticks(start, end, months)
    years = math.ceil(span / (12 * _MONTH) / at_most)
    return _month_ticks(start, end, 12 * years)


def _clock_label(moment: int) -> str:
    when = from_ms(moment)
    return when.strftime("%H:%M") if moment % DAY else f"{when.day} {when:%b}"


def _month_ticks(start: float, end: float, months: int) -> list[tuple[int, str]]:
    ticks = []
    first = from_ms(math.floor(start))
    count = (first.year * 12 + first.month - 1) // months * months
    while count // 12 <= 9998:
        when = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
        if to_ms(when) > end:
            break
        if to_ms(when) >= start:
            label = when.strftime("%b") if when.month > 1 else str(when.year)
            ticks.append((to_ms(when), label))
        count += months
    return ticks


def period(start: int, end: int) -> str:
    """A span of time in words, UTC: "12 May 04:00 – 19 May 2021 12:00"."""
    first, last = from_ms(start), from_ms(end)
    if end <= start:
        return f"{last.day} {last:%b} {last.year} {last:%H:%M}"
    clock = end - start < 60 * DAY
    before = f"{first.day} {first:%b}"
    if first.year != last.year:
        before += f" {first.year}"
    after = f"{last.day} {last:%b} {last.year}"
    if clock:
        same_day = first.date() == last.date()
        return (
            f"{after} {first:%H:%M}–{last:%H:%M}"
            if same_day
            else (f"{before} {first:%H:%M} – {after} {last:%H:%M}")
        )
    return f"{before} – {after}"
