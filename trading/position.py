"""One position of a backtest in compiled code: what is held, and what fills and candles do to it.

`state` and `rules` are arrays of floats whose places have the names below. The rules of what is
traded when stand in trading.backtest; the fill prices in trading.matching.
"""

from __future__ import annotations

from math import isnan, nan

from trading.candles import FloatArray
from trading.compiled import compiled
from trading.matching import (
    STOP,
    exit_on_candle,
    fee,
    floor_to_lot,
    liquidation_fill,
    market_fill,
    round_to_tick,
    stop_price,
    target_price,
    trailed,
)

# Why a position ended; 1 and 2 are the rule book's STOP and TARGET.
BY_SIGNAL, BY_LIQUIDATION, BY_TRAIL, BY_TIME = 0, 3, 4, 5

DUST = 1e-9  # an exposure below it is flat

# The rules, as backtest.Rules.as_array gives them.
(FEE_RATE, SLIPPAGE, STOP_FRACTION, TARGET_FRACTION, TICK, LOT) = range(6)
(TRAIL_FRACTION, HOLD_CANDLES, LEVERAGE, RISK_FRACTION, MAINTENANCE, SHORTS) = range(6, 12)
USED_UP = 12

# What is held; all zero at the start but the cash.
(CASH, QUANTITY, ENTERED, ENTRY_VALUE, EXIT_VALUE, SIZE, FEES) = range(7)
(CASH_BEFORE, STOP_AT, TARGET_AT, BEST, GONE_AT, FUNDING) = range(7, 13)
(ALL_FEES, ALL_FUNDING, TRADED, AVERAGE, MARGIN) = range(13, 18)
STATES = 18

# A closed trade, one row each. Values are price x quantity, summed over its fills.
(T_SIDE, T_ENTERED, T_LEFT, T_ENTRY_VALUE, T_EXIT_VALUE) = range(5)
(T_SIZE, T_FEES, T_FUNDING, T_PROFIT, T_REASON) = range(5, 10)
COLUMNS = 10


@compiled
def fill(state: FloatArray, rules: FloatArray, quantity: float, price: float) -> None:
    """Book a fill of a signed quantity."""
    cost = fee(quantity * price, rules[FEE_RATE])
    state[CASH] -= quantity * price + cost
    state[QUANTITY] += quantity
    state[FEES] += cost
    state[ALL_FEES] += cost
    state[TRADED] += abs(quantity * price)


@compiled
def _affordable(
    rules: FloatArray, equity: float, exposure: float, price: float, side: int
) -> float:
    """Quantity of a target exposure in whole lots, its entry fee reserved."""
    leverage = rules[LEVERAGE]
    most = abs(exposure) * leverage * equity / (price * (1.0 + leverage * rules[FEE_RATE]))
    if not isnan(rules[RISK_FRACTION]):
        risked = abs(exposure) * rules[RISK_FRACTION] * equity
        most = min(most, risked / _risk_per_unit(rules, side, price))
    return floor_to_lot(most, rules[LOT])


@compiled
def _risk_per_unit(rules: FloatArray, side: int, entry: float) -> float:
    """What one base unit loses at the first stop, slippage and both fees included."""
    level = stop_price(side, entry, _first_stop(rules), rules[TICK])
    leave = market_fill(-side, level, rules[SLIPPAGE], rules[TICK])
    return (entry - leave) * side + fee(entry + leave, rules[FEE_RATE])


@compiled
def _first_stop(rules: FloatArray) -> float:
    """Fraction of the entry at which the stop begins; the nearer of a stop and a trailing one."""
    stop, trail = float(rules[STOP_FRACTION]), float(rules[TRAIL_FRACTION])
    if isnan(stop):
        return trail
    return stop if isnan(trail) else min(stop, trail)


@compiled
def enlarge(state: FloatArray, rules: FloatArray, side: int, quantity: float, price: float) -> None:
    """Add to the position, or open it, and set the levels from its average entry."""
    held = abs(state[QUANTITY])
    fill(state, rules, side * quantity, price)
    state[ENTRY_VALUE] += quantity * price
    state[SIZE] += quantity
    # Of what is held now, as the paper book has it: what was sold since counts no more.
    average = (held * state[AVERAGE] + quantity * price) / (held + quantity) if held else price
    state[AVERAGE] = average
    tick = rules[TICK]
    state[STOP_AT] = stop_price(side, average, _first_stop(rules), tick)
    if not isnan(rules[TRAIL_FRACTION]):
        state[STOP_AT] = trailed(side, state[STOP_AT], state[BEST], rules[TRAIL_FRACTION], tick)
    state[TARGET_AT] = target_price(side, average, rules[TARGET_FRACTION], tick)
    state[MARGIN] += quantity * price / rules[LEVERAGE]
    _set_liquidation(state, rules, side)


@compiled
def _bankruptcy(state: FloatArray, side: int) -> float:
    """Price at which the margin is lost (trading.margin)."""
    return float(state[AVERAGE] - side * state[MARGIN] / abs(state[QUANTITY]))


@compiled
def _set_liquidation(state: FloatArray, rules: FloatArray, side: int) -> None:
    gone = _bankruptcy(state, side) / (1.0 - side * rules[MAINTENANCE])
    if gone > DUST * state[AVERAGE]:
        state[GONE_AT] = round_to_tick(gone, rules[TICK], side)
    else:
        state[GONE_AT] = nan


@compiled
def open_position(
    state: FloatArray, rules: FloatArray, i: int, exposure: float, market: float
) -> bool:
    """Open a position; False when the cash does not buy one lot."""
    side = 1 if exposure > 0.0 else -1
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    state[CASH_BEFORE] = state[CASH]
    state[ENTERED] = i
    state[BEST] = price
    state[ENTRY_VALUE] = state[EXIT_VALUE] = state[SIZE] = 0.0
    state[FEES] = state[FUNDING] = state[MARGIN] = 0.0
    quantity = _affordable(rules, state[CASH], exposure, price, side)
    if quantity <= 0.0:
        return False
    enlarge(state, rules, side, quantity, price)
    return True


@compiled
def _backed(state: FloatArray, rules: FloatArray, side: int, price: float) -> float:
    """Quantity whose margin and fee the free money pays; open profit is no money yet."""
    free = float(state[CASH] + state[QUANTITY] * state[AVERAGE] - state[MARGIN])
    return max(0.0, free) / (price * float(1.0 / rules[LEVERAGE] + rules[FEE_RATE]))


@compiled
def resize(state: FloatArray, rules: FloatArray, exposure: float, market: float) -> None:
    """Trade the difference to another target exposure of the same side."""
    side = 1 if exposure > 0.0 else -1
    held = abs(state[QUANTITY])
    equity = state[CASH] + state[QUANTITY] * market
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    # Less than a lot is no reason to stay as large as before, and no signal to be flat either.
    wanted = max(_affordable(rules, equity, exposure, price, side), rules[LOT])
    if wanted <= 0.0:
        return
    if wanted > held:
        added = min(wanted - held, floor_to_lot(_backed(state, rules, side, price), rules[LOT]))
        if added > 0.0:
            enlarge(state, rules, side, added, price)
    elif wanted < held:
        reduce(state, rules, side, held - wanted, market)


@compiled
def reduce(state: FloatArray, rules: FloatArray, side: int, quantity: float, market: float) -> None:
    """Sell a part of the position at the market; its part of the margin is free again."""
    held = abs(state[QUANTITY])
    price = market_fill(-side, market, rules[SLIPPAGE], rules[TICK])
    fill(state, rules, -side * quantity, price)
    state[EXIT_VALUE] += quantity * price
    state[MARGIN] *= 1.0 - quantity / held


@compiled
def close_position(state: FloatArray, rules: FloatArray, price: float) -> None:
    state[EXIT_VALUE] += abs(state[QUANTITY]) * price
    fill(state, rules, -state[QUANTITY], price)
    state[QUANTITY] = 0.0
    # Fees and funding beyond the account are the exchange's loss; a rounding rest is no money.
    if state[CASH] < DUST * state[CASH_BEFORE]:
        state[CASH] = 0.0


@compiled
def record(state: FloatArray, row: FloatArray, side: int, i: int, reason: int) -> None:
    row[T_SIDE] = side
    row[T_ENTERED] = state[ENTERED]
    row[T_LEFT] = i
    row[T_ENTRY_VALUE] = state[ENTRY_VALUE]
    row[T_EXIT_VALUE] = state[EXIT_VALUE]
    row[T_SIZE] = state[SIZE]
    row[T_FEES] = state[FEES]
    row[T_FUNDING] = state[FUNDING]
    row[T_PROFIT] = state[CASH] - state[CASH_BEFORE]
    row[T_REASON] = reason


@compiled
def first_met(state: FloatArray, side: int) -> float:
    """Return the stop, or the liquidation price where the price would meet that first."""
    stop, gone = float(state[STOP_AT]), float(state[GONE_AT])
    return stop if isnan(gone) or (stop - gone) * side > 0.0 else gone


@compiled
def exit_of(
    state: FloatArray, rules: FloatArray, side: int, open: float, high: float, low: float
) -> tuple[int, float]:
    """Tell whether a candle ends the position: (NONE or why, fill price or nan).

    What the price meets first counts: the stop, or the liquidation where the stop lies beyond it;
    an open beyond the liquidation price liquidates, wherever the stop is.
    """
    gone, first = state[GONE_AT], first_met(state, side)
    slippage, tick = rules[SLIPPAGE], rules[TICK]
    reason, price = exit_on_candle(side, first, state[TARGET_AT], open, high, low, slippage, tick)
    if reason != STOP:
        return reason, price
    passed = (gone - open) * side >= 0.0  # false without a liquidation price
    if passed or first == gone:
        at = open if passed else gone
        return BY_LIQUIDATION, liquidation_fill(side, at, _bankruptcy(state, side), slippage, tick)
    return (STOP if isnan(rules[TRAIL_FRACTION]) else BY_TRAIL), price


@compiled
def after_candle(
    state: FloatArray, rules: FloatArray, side: int, high: float, low: float, paid: float
) -> None:
    """Pay funding (quote units) out of the margin and let a trailing stop follow the candle."""
    if paid != 0.0:
        state[CASH] -= paid
        state[MARGIN] -= paid
        _set_liquidation(state, rules, side)
        state[FUNDING] += paid
        state[ALL_FUNDING] += paid
    if not isnan(rules[TRAIL_FRACTION]):
        reached = high if side > 0 else low
        if (reached - state[BEST]) * side > 0.0:
            state[BEST] = reached
            state[STOP_AT] = trailed(
                side, state[STOP_AT], reached, rules[TRAIL_FRACTION], rules[TICK]
            )


@compiled
def leave_at_open(
    state: FloatArray, rules: FloatArray, side: int, why: int, open: float
) -> tuple[int, float]:
    """Return why and at which price a position is left at an open: liquidation goes first."""
    reason, price = exit_of(state, rules, side, open, open, open)
    if reason == BY_LIQUIDATION:
        return reason, price
    return why, market_fill(-side, open, rules[SLIPPAGE], rules[TICK])


@compiled
def side_of(exposure: float, rules: FloatArray) -> int:
    if exposure > DUST:
        return 1
    return -1 if exposure < -DUST and rules[SHORTS] > 0.0 else 0
