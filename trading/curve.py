"""The compiled passes over an equity curve and over the trades that made it."""

from __future__ import annotations

from math import nan, sqrt
from typing import NamedTuple

import numpy as np
from numba import uint64

from trading.candles import DAY_MS, FloatArray, IntArray
from trading.compiled import compiled
from trading.position import T_ENTERED, T_ENTRY_VALUE, T_LEFT, T_PROFIT

NO_VARIATION = 1e-7  # a deviation below this share of the mean is rounding of the sums
_CHUNK = 512
_ONE = np.uint64(1)  # an index without a sign spares a test for negative ones


class Falls(NamedTuple):
    """The deepest fall with its places in the curve (−1: none), and all time below a peak.

    `under` counts the candles that closed below the highest equity so far, `longest` is the
    longest time, in milliseconds, from a peak to the close that reached it again, or to the end.
    """

    drawdown: float
    start: int
    bottom: int
    recovered: int
    under: int
    longest: int


class TradeFigures(NamedTuple):
    """What closed trades amount to; returns are profit / value at entry, nan where there is none.

    `gained` and `lost` are sums of profits and losses (positive) in quote units, `held` is the
    mean time from candle to candle in milliseconds.
    """

    wins: int
    losses: int
    gained: float
    lost: float
    mean: float
    mean_win: float
    mean_loss: float
    best: float
    worst: float
    most_wins: int
    most_losses: int
    held: float


@compiled
def moments(equity: FloatArray) -> tuple[float, float, float]:
    """Return mean, sample standard deviation and downside deviation of per-candle returns.

    The downside deviation is the root of the mean of min(return, 0) squared, over all returns.
    After ruin (equity 0) nothing is earned or lost any more. All three are 0 without a return.
    """
    count = len(equity) - 1
    changes = np.empty(_CHUNK)
    t0 = t1 = t2 = t3 = s0 = s1 = s2 = s3 = l0 = l1 = l2 = l3 = 0.0
    for first in range(0, count, _CHUNK):
        size = min(_CHUNK, count - first)
        before, after = equity[first : first + size], equity[first + 1 : first + 1 + size]
        # Divided apart from the sums, the processor does several at a time; so do four sums each.
        for j in range(size):
            change = after[j] / before[j] - 1.0
            changes[j] = change if before[j] > 0.0 else 0.0
        changes[size:] = 0.0
        for quarter in range(_CHUNK // 4):
            j = quarter * 4
            a, b, c, d = changes[j], changes[j + 1], changes[j + 2], changes[j + 3]
            t0, t1, t2, t3 = t0 + a, t1 + b, t2 + c, t3 + d
            s0, s1, s2, s3 = s0 + a * a, s1 + b * b, s2 + c * c, s3 + d * d
            a, b = a if a < 0.0 else 0.0, b if b < 0.0 else 0.0
            c, d = c if c < 0.0 else 0.0, d if d < 0.0 else 0.0
            l0, l1, l2, l3 = l0 + a * a, l1 + b * b, l2 + c * c, l3 + d * d
    mean, deviation = _spread(t0 + t1 + t2 + t3, s0 + s1 + s2 + s3, count)
    losses = sqrt((l0 + l1 + l2 + l3) / count) if count > 0 else 0.0
    return mean, deviation, losses


@compiled
def curve_figures(equity: FloatArray) -> tuple[float, float, float]:
    """Return max drawdown, mean and sample standard deviation of per-candle returns.

    As `falls` and `moments` define them, in one pass that skips what stands still: a curve that a
    search ranks is flat for most of its candles.
    """
    peak = floor = before = equity[0]
    drawdown = total = squares = 0.0
    i, end = _ONE, uint64(len(equity))
    while i < end:
        value = equity[i]
        i += _ONE
        if value == before:
            continue
        if before > 0.0:
            change = value / before - 1.0
            total += change
            squares += change * change
        before = value
        if value > peak:
            peak = value
            floor = peak * (1.0 - drawdown)
        elif value < floor:
            drawdown = 1.0 - value / peak
            floor = value
    mean, deviation = _spread(total, squares, len(equity) - 1)
    return drawdown, mean, deviation


@compiled
def _spread(total: float, squares: float, count: int) -> tuple[float, float]:
    """Return mean and sample standard deviation from sums; 0 where rounding is all there is."""
    if count < 1:
        return 0.0, 0.0
    mean = total / count
    if count < 2:
        return mean, 0.0
    deviation = sqrt(max(0.0, (squares - count * mean * mean) / (count - 1)))
    return mean, (deviation if deviation > NO_VARIATION * abs(mean) else 0.0)


@compiled
def falls(time: IntArray, equity: FloatArray) -> Falls:
    """Walk over the curve from peak to peak; `time` is one stamp a candle, in milliseconds."""
    peak = equity[0]
    peak_at = under = longest = 0
    start = bottom = recovered = -1
    drawdown = 0.0
    floor = peak
    for i in range(1, len(equity)):
        value = equity[i]
        if value >= peak:
            if peak_at < i - 1:
                longest = max(longest, time[i] - time[peak_at])
                if start == peak_at:
                    recovered = i
            peak, peak_at = value, i
            floor = peak * (1.0 - drawdown)
        else:
            under += 1
            if value < floor:
                drawdown = 1.0 - value / peak
                floor = value
                start, bottom, recovered = peak_at, i, -1
    if peak_at < len(equity) - 1:
        longest = max(longest, time[-1] - time[peak_at])
    return Falls(drawdown, start, bottom, recovered, under, longest)


@compiled
def fall_of_held(price: FloatArray, quantity: float, cash: float) -> float:
    """Return the max drawdown of `cash` that becomes quantity x price from the second on."""
    peak = floor = cash / quantity
    drawdown = 0.0
    for i in range(1, len(price)):
        value = price[i]
        if value > peak:
            peak = value
            floor = peak * (1.0 - drawdown)
        elif value < floor:
            drawdown = 1.0 - value / peak
            floor = value
    return drawdown


@compiled
def fill_daily(time: IntArray, equity: FloatArray, a_day: int, changes: FloatArray) -> int:
    """Fill `changes` with the returns of UTC days, oldest first; returns how many there are.

    A day's return is its last close / the last close of the day before − 1, only where both days
    exist; the first day's counts from the first close, if it has a second one. `time` holds the
    opens of candles, in milliseconds, of which a day has `a_day`.
    """
    count = begin = 0
    base = equity[0]
    follows = True
    tomorrow = (time[0] // DAY_MS + 1) * DAY_MS
    while begin < len(equity):
        end = min(begin + a_day, len(equity))  # right away, unless candles are missing
        while end > begin + 1 and time[end - 1] >= tomorrow:
            end -= 1
        while end < len(equity) and time[end] < tomorrow:
            end += 1
        if follows and end > 1 and base > 0.0:
            changes[count] = equity[end - 1] / base - 1.0
            count += 1
        base = equity[end - 1]
        begin = end
        if end < len(equity):
            tomorrow += DAY_MS
            follows = time[end] < tomorrow
            if not follows:
                tomorrow = (time[end] // DAY_MS + 1) * DAY_MS
    return count


@compiled
def trade_figures(trades: FloatArray, time: IntArray) -> TradeFigures:
    """Sum up trades, one row each with the columns of trading.position.

    A trade wins with a profit above 0 and loses with one below; one of exactly 0 does neither and
    ends a run of both. `time` is that of the candles to which the rows point, in milliseconds.
    """
    wins = losses = most_wins = most_losses = won = lost_in_row = held = 0
    gained = lost = all_shares = won_shares = lost_shares = 0.0
    best = worst = nan
    for i in range(len(trades)):
        profit = trades[i, T_PROFIT]
        share = profit / trades[i, T_ENTRY_VALUE]
        held += time[int(trades[i, T_LEFT])] - time[int(trades[i, T_ENTERED])]
        all_shares += share
        if profit > 0.0:
            wins += 1
            won += 1
            gained += profit
            won_shares += share
        else:
            won = 0
        if profit < 0.0:
            losses += 1
            lost_in_row += 1
            lost -= profit
            lost_shares += share
        else:
            lost_in_row = 0
        most_wins = max(most_wins, won)
        most_losses = max(most_losses, lost_in_row)
        if not share <= best:
            best = share
        if not share >= worst:
            worst = share
    # 0 / 0 is nan here.
    return TradeFigures(
        wins,
        losses,
        gained,
        lost,
        all_shares / len(trades),
        won_shares / wins,
        lost_shares / losses,
        best,
        worst,
        most_wins,
        most_losses,
        held / len(trades),
    )
