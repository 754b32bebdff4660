"""What a market's history lacks: candles that are missing, and candles that stand still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from trading.candles import BoolArray, Candles, IntArray, Timeframe, from_ms


@dataclass(frozen=True)
class Stretch:
    """`count` candles in a row, from the open of the first to the close of the last."""

    start: datetime
    end: datetime
    count: int


@dataclass(frozen=True)
class Stock:
    """What is held of a symbol's candles: how many, from the first open to the last close.

    `gaps`: candles that the exchange does not have; `flat`: candles in which nothing was traded.
    """

    symbol: str
    timeframe: Timeframe
    count: int
    first: datetime | None
    last: datetime | None
    gaps: tuple[Stretch, ...] = ()
    flat: tuple[Stretch, ...] = ()


def stock_of(candles: Candles) -> Stock:
    """Return what these candles are."""
    first, last = (None, None)
    if len(candles):
        first, last = from_ms(int(candles.time[0])), candles.last_close_time
    return Stock(
        candles.symbol,
        candles.timeframe,
        len(candles),
        first,
        last,
        gaps(candles),
        flat_outages(candles),
    )


def gaps(candles: Candles) -> tuple[Stretch, ...]:
    """Return where candles are missing between the first and the last one, oldest first.

    On an exchange's own candles such a hole is the exchange's: an outage, a halt, or a quiet
    market where candles without trades are left out.
    """
    step = candles.timeframe.ms
    missing = np.diff(candles.time) // step - 1
    return tuple(
        _stretch(int(candles.time[at]) + step, int(missing[at]), step)
        for at in np.flatnonzero(missing > 0)
    )


def flat_outages(candles: Candles) -> tuple[Stretch, ...]:
    """Return runs of candles without volume at one single price, oldest first.

    Nothing was traded then: the exchange or a vendor filled the time, or nobody came. A hole or
    another price ends a run.
    """
    step = candles.timeframe.ms
    at = np.flatnonzero(_is_flat(candles))
    if not len(at):
        return ()
    again = (np.diff(candles.time[at]) == step) & (np.diff(candles.close[at]) == 0.0)
    firsts = np.flatnonzero(np.concatenate([[True], ~again]))
    counts: IntArray = np.diff(np.append(firsts, len(at)))
    return tuple(
        _stretch(int(candles.time[at[first]]), int(count), step)
        for first, count in zip(firsts, counts, strict=True)
    )


def total(stretches: tuple[Stretch, ...]) -> int:
    """Return how many candles the stretches have together."""
    return sum(stretch.count for stretch in stretches)


def _is_flat(candles: Candles) -> BoolArray:
    one_price = (candles.high == candles.low) & (candles.open == candles.close)
    one_price &= candles.high == candles.close
    flat: BoolArray = one_price & (candles.volume == 0.0)
    return flat


def _stretch(start: int, count: int, step: int) -> Stretch:
    return Stretch(from_ms(start), from_ms(start + count * step), count)
