"""The compiled pass of a backtest: one walk over the candles that calls the rule book.

The rules of what is traded when stand in trading.backtest; the fill prices in trading.matching.
"""

from __future__ import annotations

from math import nan

from trading.candles import FloatArray
from trading.compiled import compiled
from trading.matching import (
    NONE,
    STOP,
    exit_on_candle,
    fee,
    floor_to_lot,
    market_fill,
    stop_price,
    target_price,
)

# Why a position ended; 1 and 2 are the rule book's STOP and TARGET.
BY_SIGNAL, BY_LIQUIDATION = 0, 3

DUST = 1e-9  # an exposure below it is flat

# The rules, as backtest.Rules.as_array gives them.
FEE_RATE, SLIPPAGE, STOP_FRACTION, TARGET_FRACTION, TICK, LOT = range(6)

# What is held; all zero at the start but the cash.
(CASH, QUANTITY, ENTERED, ENTRY_VALUE, EXIT_VALUE, SIZE, FEES) = range(7)
(CASH_BEFORE, STOP_AT, TARGET_AT, ALL_FEES) = range(7, 11)
STATES = 11

# A closed trade, one row each. Values are price x quantity, summed over its fills.
(T_SIDE, T_ENTERED, T_LEFT, T_ENTRY_VALUE, T_EXIT_VALUE) = range(5)
(T_SIZE, T_FEES, T_PROFIT, T_REASON) = range(5, 9)
COLUMNS = 9


@compiled
def _fill(state: FloatArray, rules: FloatArray, quantity: float, price: float) -> None:
    """Book a fill of a signed quantity."""
    cost = fee(quantity * price, rules[FEE_RATE])
    state[CASH] -= quantity * price + cost
    state[QUANTITY] += quantity
    state[FEES] += cost
    state[ALL_FEES] += cost


@compiled
def _affordable(rules: FloatArray, equity: float, exposure: float, price: float) -> float:
    """Quantity of a target exposure in whole lots, its entry fee reserved."""
    quantity = abs(exposure) * equity / (price * (1.0 + rules[FEE_RATE]))
    return floor_to_lot(quantity, rules[LOT])


@compiled
def _enlarge(
    state: FloatArray, rules: FloatArray, side: int, quantity: float, price: float
) -> None:
    """Add to the position, or open it, and set the levels from its average entry."""
    _fill(state, rules, side * quantity, price)
    state[ENTRY_VALUE] += quantity * price
    state[SIZE] += quantity
    average = state[ENTRY_VALUE] / state[SIZE]
    state[STOP_AT] = stop_price(side, average, rules[STOP_FRACTION], rules[TICK])
    state[TARGET_AT] = target_price(side, average, rules[TARGET_FRACTION], rules[TICK])


@compiled
def _open_position(
    state: FloatArray, rules: FloatArray, i: int, exposure: float, market: float
) -> bool:
    """Open a position; False when the cash does not buy one lot."""
    side = 1 if exposure > 0.0 else -1
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    state[CASH_BEFORE] = state[CASH]
    state[ENTERED] = i
    state[ENTRY_VALUE] = state[EXIT_VALUE] = state[SIZE] = state[FEES] = 0.0
    quantity = _affordable(rules, state[CASH], exposure, price)
    if quantity <= 0.0:
        return False
    _enlarge(state, rules, side, quantity, price)
    return True


@compiled
def _resize(state: FloatArray, rules: FloatArray, exposure: float, market: float) -> None:
    """Trade the difference to another target exposure of the same side."""
    side = 1 if exposure > 0.0 else -1
    held = abs(state[QUANTITY])
    equity = state[CASH] + state[QUANTITY] * market
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    wanted = _affordable(rules, equity, exposure, price)
    if wanted <= 0.0:
        return
    if wanted > held:
        _enlarge(state, rules, side, wanted - held, price)
    elif wanted < held:
        price = market_fill(-side, market, rules[SLIPPAGE], rules[TICK])
        _fill(state, rules, -side * (held - wanted), price)
        state[EXIT_VALUE] += (held - wanted) * price


@compiled
def _close_position(state: FloatArray, rules: FloatArray, price: float) -> None:
    state[EXIT_VALUE] += abs(state[QUANTITY]) * price
    _fill(state, rules, -state[QUANTITY], price)
    state[QUANTITY] = 0.0
    # What a short lost beyond the account is the exchange's.
    state[CASH] = max(0.0, state[CASH])


@compiled
def _record(state: FloatArray, row: FloatArray, side: int, i: int, reason: int) -> None:
    row[T_SIDE] = side
    row[T_ENTERED] = state[ENTERED]
    row[T_LEFT] = i
    row[T_ENTRY_VALUE] = state[ENTRY_VALUE]
    row[T_EXIT_VALUE] = state[EXIT_VALUE]
    row[T_SIZE] = state[SIZE]
    row[T_FEES] = state[FEES]
    row[T_PROFIT] = state[CASH] - state[CASH_BEFORE]
    row[T_REASON] = reason


@compiled
def _protective_stop(state: FloatArray, side: int) -> float:
    """Return the stop, or the price that would eat up a short's whole account, if that is nearer.

    Nothing is borrowed for a long, so it can't lose more than the account.
    """
    stop = float(state[STOP_AT])
    if side > 0:
        return stop
    ruin = float(-state[CASH] / state[QUANTITY])
    return stop if stop <= ruin else ruin


@compiled
def _passed_at_open(state: FloatArray, rules: FloatArray, side: int, market: float) -> bool:
    """Tell whether the open itself is beyond the stop or the target."""
    stop = _protective_stop(state, side)
    reason, _ = exit_on_candle(
        side, stop, state[TARGET_AT], market, market, market, rules[SLIPPAGE], rules[TICK]
    )
    return reason != NONE


@compiled
def simulate(
    open: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    signal: FloatArray,
    rules: FloatArray,
    cash: float,
    state: FloatArray,
    equity: FloatArray,
    trades: FloatArray,
) -> tuple[int, int]:
    """Fill `state` (zeros), `equity` and rows of `trades`.

    Returns the closed trades and the candles with a position.
    """
    state[CASH] = cash
    count = 0
    exposed = 0
    side = 0
    blocked = 0  # the side that a stop or target ended, until the signal turns away
    followed = 0.0  # the signal that the position answers to
    for i in range(len(close)):
        if i > 0 and signal[i - 1] != followed:
            followed = signal[i - 1]
            wanted = 1 if followed > DUST else (-1 if followed < -DUST else 0)
            if side != 0 and wanted != side:
                price = market_fill(-side, open[i], rules[SLIPPAGE], rules[TICK])
                _close_position(state, rules, price)
                _record(state, trades[count], side, i, BY_SIGNAL)
                count += 1
                side = 0
            if wanted != blocked:
                blocked = 0
            if wanted != 0 and blocked == 0:
                if side == 0:
                    if state[CASH] > 0.0 and _open_position(state, rules, i, followed, open[i]):
                        side = wanted
                elif not _passed_at_open(state, rules, side, open[i]):
                    _resize(state, rules, followed, open[i])
        if side != 0:
            exposed += 1
            reason, price = exit_on_candle(
                side,
                _protective_stop(state, side),
                state[TARGET_AT],
                open[i],
                high[i],
                low[i],
                rules[SLIPPAGE],
                rules[TICK],
            )
            if reason != NONE:
                _close_position(state, rules, price)
                if reason == STOP and state[CASH] <= 0.0:
                    reason = BY_LIQUIDATION
                _record(state, trades[count], side, i, reason)
                count += 1
                blocked = side
                side = 0
        equity[i] = state[CASH] + state[QUANTITY] * close[i]
    if side == 0:
        state[STOP_AT] = state[TARGET_AT] = nan
    return count, exposed
