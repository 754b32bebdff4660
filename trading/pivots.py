"""Support and resistance: prices where the market has turned before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trading.candles import Candles, FloatArray

EACH_SIDE = 5
LOOK_BACK = 300
CLUSTER = 0.5  # of the ATR: turns this near to each other are one level


@dataclass(frozen=True)
class Turn:
    """A price level (quote units) and how many confirmed turns made it."""

    price: float
    touches: int


@dataclass(frozen=True)
class Levels:
    """The nearest levels under and above a close; None: no turn on that side."""

    support: Turn | None
    resistance: Turn | None


def pivot_highs(high: FloatArray, each_side: int = EACH_SIDE) -> FloatArray:
    """Return the price of each turn from up to down at the candle that confirms it, else nan.

    A turn's high is above the highs of the `each_side` candles before it and not below those of
    as many after it, so it is known only `each_side` candles later: there it is noted.
    (Williams, Trading Chaos, 1995, calls it a fractal.)
    """
    result = np.full(len(high), np.nan)
    width = 2 * each_side + 1
    if len(high) < width:
        return result
    windows = sliding_window_view(high, width)
    middle = windows[:, each_side]
    before = windows[:, :each_side].max(axis=1)
    after = windows[:, each_side + 1 :].max(axis=1)
    turned = (middle > before) & (middle >= after)
    result[width - 1 :] = np.where(turned, middle, np.nan)
    return result


def pivot_lows(low: FloatArray, each_side: int = EACH_SIDE) -> FloatArray:
    """Return the price of each turn from down to up at the candle that confirms it, else nan."""
    return -pivot_highs(-low, each_side)


def nearest_levels(candles: Candles, range_of_a_candle: float) -> Levels:
    """Find the levels nearest to the newest close among the turns of the last 300 candles.

    `range_of_a_candle` is the ATR in quote units: turns within half of it are one level, whose
    price is their mean. Highs and lows count alike: what held a fall before may stop a rise.
    """
    recent = candles.tail(LOOK_BACK)
    turns = np.concatenate([pivot_highs(recent.high), pivot_lows(recent.low)])
    found = _clustered(np.sort(turns[np.isfinite(turns)]), CLUSTER * range_of_a_candle)
    close = float(candles.close[-1])
    below = [turn for turn in found if turn.price < close]
    above = [turn for turn in found if turn.price > close]
    return Levels(below[-1] if below else None, above[0] if above else None)


def _clustered(prices: FloatArray, width: float) -> list[Turn]:
    """Put ascending prices that lie within `width` of the lowest of them together."""
    groups: list[list[float]] = []
    for price in prices.tolist():
        if groups and price - groups[-1][0] <= width:
            groups[-1].append(price)
        else:
            groups.append([price])
    return [Turn(sum(group) / len(group), len(group)) for group in groups]
