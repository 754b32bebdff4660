"""Candles as features want them: on a complete grid, with outlying returns cut. A view only.

Nothing here changes what is stored, charted or traded. Every candle looks at itself and at those
before it, so a feature made of the view sees no future.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trading.candles import BoolArray, Candles, FloatArray, from_ms
from trading.compiled import compiled, plain
from trading.errors import BadCandles

WINDOW = 500
LEAST_KNOWN = 100  # quartiles of fewer returns are no bounds
REACH = 1.5  # Tukey's fences: Q1 - 1.5 IQR and Q3 + 1.5 IQR
MOST_FILLED = 200_000


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A complete grid of candles and their returns; all arrays have the candles' length.

    `candles`: the real ones with their real prices, and in each hole candles without volume at
    the last close. `returns`: log returns from close to close, clipped; the first is 0. Prices
    are never clipped: who wants a price path of the clipped returns takes
    `exp(cumsum(returns))`, an index that starts at 1. `is_filled`: the candle was made up;
    `is_clipped`: its return was cut.
    """

    candles: Candles
    returns: FloatArray
    is_filled: BoolArray
    is_clipped: BoolArray

    @property
    def filled(self) -> int:
        return int(np.count_nonzero(self.is_filled))

    @property
    def clipped(self) -> int:
        return int(np.count_nonzero(self.is_clipped))


def clean(candles: Candles) -> Cleaned:
    """Fill holes with the last close and clip each return to the fences of those before it.

    The fences of candle i are those of up to 500 returns of real candles before i; the first 100
    are not clipped, and neither is anything where half of the returns are equal (IQR 0): there
    the fences would cut every trade away. A return over a hole counts at the first candle after
    it. Raises BadCandles when more than 200,000 candles would have to be filled.
    """
    filled, is_filled = _on_grid(candles)
    raw = np.zeros(len(filled))
    raw[1:] = np.diff(np.log(filled.close))
    returns, is_clipped = _clipped(plain(raw), is_filled, WINDOW, LEAST_KNOWN, REACH)
    return Cleaned(filled, returns, is_filled, is_clipped)


def _on_grid(candles: Candles) -> tuple[Candles, BoolArray]:
    step = candles.timeframe.ms
    # A candle off the grid, as after a change of an exchange's clock, opens its own grid.
    holes = np.maximum(-(-np.diff(candles.time) // step) - 1, 0)
    total = int(holes.sum())
    if not total:
        return candles, np.zeros(len(candles), dtype=np.bool_)
    if total > MOST_FILLED:
        at = int(np.argmax(holes))
        raise BadCandles(
            f"{candles.symbol} {candles.timeframe}: {total:,} candles are missing (at most"
            f" {MOST_FILLED:,} can be filled), {int(holes[at]):,} of them after"
            f" {from_ms(int(candles.time[at])):%Y-%m-%d %H:%M} UTC. Use a longer timeframe."
        )
    # For each candle of the grid: which real one it is, or follows.
    source = np.repeat(np.arange(len(candles)), np.append(holes, 0) + 1)
    nth = np.arange(len(source)) - np.searchsorted(source, source)
    is_filled = nth > 0
    close = candles.close[source]
    opened, high, low = (
        np.where(is_filled, close, column[source])
        for column in (candles.open, candles.high, candles.low)
    )
    grid = replace(
        candles,
        time=candles.time[source] + nth * step,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=np.where(is_filled, 0.0, candles.volume[source]),
    )
    return grid, is_filled


@compiled
def _clipped(
    raw: FloatArray, is_filled: BoolArray, window: int, least: int, reach: float
) -> tuple[FloatArray, BoolArray]:
    """Clip the returns; a sorted window of the newest real ones is carried along."""
    count = len(raw)
    clipped, cut = raw.copy(), np.zeros(count, dtype=np.bool_)
    ordered, arrived = np.empty(window), np.empty(window)
    known, oldest = 0, 0
    for i in range(1, count):
        value = raw[i]
        if is_filled[i]:
            continue
        if known >= least:
            low = _quantile(ordered, known, 0.25)
            high = _quantile(ordered, known, 0.75)
            fence = reach * (high - low)
            if fence > 0.0 and not low - fence <= value <= high + fence:
                clipped[i] = min(max(value, low - fence), high + fence)
                cut[i] = True
        if known == window:
            at = int(np.searchsorted(ordered, arrived[oldest]))
            ordered[at : known - 1] = ordered[at + 1 : known]
            known -= 1
        arrived[oldest] = value
        oldest = (oldest + 1) % window
        at = int(np.searchsorted(ordered[:known], value))
        for j in range(known, at, -1):
            ordered[j] = ordered[j - 1]
        ordered[at] = value
        known += 1
    return clipped, cut


@compiled
def _quantile(ordered: FloatArray, count: int, share: float) -> float:
    """Return the quantile of the first `count` values, between neighbours in proportion."""
    place = (count - 1) * share
    below = int(place)
    above = min(below + 1, count - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def warm() -> None:
    """Compile, or load what was compiled."""
    _clipped(np.zeros(2), np.zeros(2, dtype=np.bool_), WINDOW, LEAST_KNOWN, REACH)
