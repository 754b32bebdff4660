"""The compiled pass of a backtest: one walk over the candles.

The rules of what is traded when stand in trading.backtest, what a fill or a candle does to a
position in trading.position. Candles in which nothing can happen are skipped by two tight loops;
every other candle goes through the rules one by one.
"""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
from numba import int64, uint64

from trading.candles import FloatArray
from trading.compiled import compiled
from trading.matching import NONE
from trading.position import (
    BY_SIGNAL,
    BY_TIME,
    CASH,
    ENTERED,
    GONE_AT,
    HOLD_CANDLES,
    QUANTITY,
    STOP_AT,
    TARGET_AT,
    TRAIL_FRACTION,
    USED_UP,
    after_candle,
    close_position,
    exit_of,
    first_met,
    leave_at_open,
    open_position,
    record,
    resize,
    side_of,
)

_ONE = np.uint64(1)  # an index without a sign spares a test for negative ones at each candle


@compiled
def _skip_flat(
    signal: FloatArray, followed: float, cash: float, equity: FloatArray, start: int
) -> int:
    """Return the next candle at whose open the signal is another; nothing is held until then."""
    i, end = uint64(start), uint64(len(equity))
    while i < end and signal[i - _ONE] == followed:
        equity[i] = cash
        i += _ONE
    return int64(i)  # type: ignore[return-value] # an int in compiled code


@compiled
def _skip_held(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    signal: FloatArray,
    followed: float,
    state: FloatArray,
    side: int,
    until: int,
    equity: FloatArray,
    start: int,
) -> int:
    """Return the next candle that turns the signal or touches a level, `until` at the latest."""
    first = first_met(state, side)
    upper, lower = (state[TARGET_AT], first) if side > 0 else (first, state[TARGET_AT])
    upper = inf if isnan(upper) else upper
    lower = -inf if isnan(lower) else lower
    cash, quantity = state[CASH], state[QUANTITY]
    i, end = uint64(start), uint64(max(start, until))
    while i < end and signal[i - _ONE] == followed and high[i] < upper and low[i] > lower:
        equity[i] = cash + quantity * close[i]
        i += _ONE
    return int64(i)  # type: ignore[return-value] # an int in compiled code


@compiled
def _end(
    state: FloatArray,
    rules: FloatArray,
    trades: FloatArray,
    count: int,
    side: int,
    i: int,
    reason: int,
    price: float,
) -> int:
    """Close the position and record the trade; returns the trades by now."""
    close_position(state, rules, price)
    if count < len(trades):
        record(state, trades[count], side, i, reason)
    return count + 1


@compiled
def simulate(
    open: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    signal: FloatArray,
    funding: FloatArray,
    rules: FloatArray,
    cash: float,
    state: FloatArray,
    equity: FloatArray,
    trades: FloatArray,
) -> tuple[int, int]:
    """Fill `state` (zeros), `equity` (one value a candle) and rows of `trades`.

    `funding` holds the rate that is due at each candle's close, or nothing at all. Returns the
    closed trades and the candles with a position. Trades that find no row are counted only.
    """
    state[CASH] = equity[0] = cash
    count = exposed = side = 0
    blocked = 0  # the side that an exit other than the signal ended, until the signal turns away
    least = rules[USED_UP] * cash
    followed = 0.0  # the signal that the position answers to
    charged = len(funding) > 0
    each = charged or not isnan(rules[TRAIL_FRACTION])
    longest = len(close) if isnan(rules[HOLD_CANDLES]) else int(rules[HOLD_CANDLES])
    i = 1
    while i < len(close):
        start = i
        if side == 0:
            i = _skip_flat(signal, followed, state[CASH], equity, i)
        elif not each:
            until = min(len(close), int(state[ENTERED]) + longest)
            i = _skip_held(high, low, close, signal, followed, state, side, until, equity, i)
            exposed += i - start
        if i == len(close):
            break
        turned = signal[i - 1] != followed
        followed = signal[i - 1]
        wanted = side_of(followed, rules)
        over = side != 0 and i - int(state[ENTERED]) >= longest
        if side != 0 and (wanted != side or over):
            why = BY_TIME if wanted == side else BY_SIGNAL
            reason, price = leave_at_open(state, rules, side, why, open[i])
            count = _end(state, rules, trades, count, side, i, reason, price)
            blocked = side
            side = 0
        if wanted != blocked:
            blocked = 0
        if turned and wanted != 0 and blocked == 0:
            if side == 0:
                if state[CASH] > least and open_position(state, rules, i, followed, open[i]):
                    side = wanted
            elif exit_of(state, rules, side, open[i], open[i], open[i])[0] == NONE:
                resize(state, rules, followed, open[i])
        if side != 0:
            exposed += 1
            reason, price = exit_of(state, rules, side, open[i], high[i], low[i])
            if reason == NONE:
                paid = state[QUANTITY] * close[i] * funding[i] if charged else 0.0
                after_candle(state, rules, side, high[i], low[i], paid)
            else:
                count = _end(state, rules, trades, count, side, i, reason, price)
                blocked = side
                side = 0
        equity[i] = max(0.0, state[CASH] + state[QUANTITY] * close[i])
        i += 1
    if side == 0:
        state[STOP_AT] = state[TARGET_AT] = state[GONE_AT] = nan
    return count, exposed
