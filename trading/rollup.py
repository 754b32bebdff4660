"""Join finer candles into coarser ones, exactly."""

from __future__ import annotations

import numpy as np

from trading.candles import Candles, IntArray, Timeframe
from trading.errors import BadArgument, BadCandles


def finer_than(timeframe: Timeframe) -> tuple[Timeframe, ...]:
    """Return the timeframes that it can be made of, the coarsest first."""
    parts = [part for part in Timeframe if part.ms < timeframe.ms and not timeframe.ms % part.ms]
    return tuple(sorted(parts, key=lambda part: -part.ms))


def roll_up(candles: Candles, timeframe: Timeframe) -> Candles:
    """Return the candles of a coarser timeframe: first open, max, min, last close, sum of volume.

    A coarse candle is made only where the finer ones reach from its open to its close, so one
    whose beginning lies before the first candle, or whose end after the last one, is left out. A
    hole between the first and the last candle is the exchange's own: the coarse candle is made of
    what there is, as the exchange makes it, and is absent where there is nothing. Coarse candles
    open at multiples of their length since 1970, weeks on a Monday, UTC.

    Prices are exact. Volumes are sums of floats: within n · 1.1e-16 of the exact sum of n finer
    ones, and off by what the exchange itself rounds each of them to.

    Errors: BadArgument when `timeframe` is no multiple of theirs, BadCandles when they don't lie
    on their grid (days that open at another hour can't be told apart into weeks).
    """
    step, whole = candles.timeframe.ms, timeframe.ms
    if whole <= step or whole % step:
        raise BadArgument(f"{timeframe} candles can't be made of {candles.timeframe} ones.")
    if not len(candles):
        return _made(candles, timeframe, np.empty(0, np.int64), candles.time, candles.time)
    if bool(np.any(candles.time % step)):
        raise BadCandles(
            f"{candles.symbol} {candles.timeframe}: the candles don't open on the hour, so no"
            f" {timeframe} ones can be made of them. Use {candles.timeframe}."
        )
    groups = (candles.time - timeframe.phase) // whole
    firsts = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    opened = groups[firsts] * whole + timeframe.phase
    lasts = np.append(firsts[1:], len(candles)) - 1
    start, stop = int(candles.time[0]), int(candles.time[-1]) + step
    kept = (opened >= start) & (opened + whole <= stop)
    return _made(candles, timeframe, opened[kept], firsts[kept], lasts[kept])


def _made(
    candles: Candles, timeframe: Timeframe, opened: IntArray, firsts: IntArray, lasts: IntArray
) -> Candles:
    if not len(opened):
        none = [np.empty(0)] * 5
        return Candles(candles.symbol, timeframe, opened, *none, made_from=candles.timeframe)
    # What lies before the first and after the last kept candle must not flow into them.
    used = candles[: int(lasts[-1]) + 1]
    return Candles(
        candles.symbol,
        timeframe,
        opened,
        used.open[firsts],
        np.maximum.reduceat(used.high, firsts),
        np.minimum.reduceat(used.low, firsts),
        used.close[lasts],
        np.add.reduceat(used.volume, firsts),
        made_from=candles.timeframe,
    )
