"""The compiled pass of a portfolio backtest: several positions, one cash, the same fill rules.

Each symbol has a row of state as in trading.position. Its CASH is the symbol's own flow of
money: it starts at 0, and the initial cash with all flows is the cash that is there. What is
traded when stands in trading.portfolio_backtest. Arrays by symbol and candle are (k, n).
"""

from __future__ import annotations

from math import inf, isnan, nan

from trading.candles import FloatArray, IntArray
from trading.compiled import compiled
from trading.matching import NONE, floor_to_lot, market_fill
from trading.position import (
    AVERAGE,
    BEST,
    BY_SIGNAL,
    BY_TIME,
    CASH,
    CASH_BEFORE,
    COLUMNS,
    DUST,
    ENTERED,
    ENTRY_VALUE,
    EXIT_VALUE,
    FEE_RATE,
    FEES,
    FUNDING,
    GONE_AT,
    HOLD_CANDLES,
    LOT,
    MARGIN,
    QUANTITY,
    SIZE,
    SLIPPAGE,
    STOP_AT,
    TARGET_AT,
    TICK,
    TRAIL_FRACTION,
    USED_UP,
    after_candle,
    enlarge,
    exit_of,
    fill,
    first_met,
    leave_at_open,
    record,
    reduce,
    side_of,
)

OPEN, HIGH, LOW, CLOSE = range(4)  # of prices, (4, k, n)

# A closed trade is a row of trading.position and the symbol's number.
T_SYMBOL = COLUMNS
PORTFOLIO_COLUMNS = COLUMNS + 1

# What a symbol answers to, (7, k). FOLLOWED: its signal; AIM: its share of equity, signed, of the
# last decision; HELD: side of its position; BLOCKED: the side that an exit other than the signal
# ended, until the signal turns away; DECIDED: why it is traded at this open; ADDED: quantity to buy
# (or sell short) there; EVENT: the next candle to look at it, the next rebalance at the latest.
(FOLLOWED, AIM, HELD, BLOCKED, DECIDED, ADDED, EVENT) = range(7)
MINDS = 7

_NOTHING, _DRIFT, _TURN = 0.0, 1.0, 2.0  # of DECIDED
_ROUNDING = 1.0 + 1e-12


@compiled
def largest_gross(exposures: FloatArray, weights: FloatArray) -> float:
    """Return the largest sum of weight x |exposure| of a candle; nan when one is out of range.

    Exposures lie in [-1, 1], weights in [0, 1]; these may be (k, 1).
    """
    largest = 0.0
    for i in range(exposures.shape[1]):
        at, gross = min(i, weights.shape[1] - 1), 0.0
        for j in range(len(exposures)):
            exposure, weight = abs(exposures[j, i]), weights[j, at]
            if not (exposure <= 1.0 and weight >= 0.0 and weight <= _ROUNDING):
                return nan
            gross += weight * exposure
        largest = max(largest, gross)
    return largest


@compiled
def _cash(cash: float, state: FloatArray) -> float:
    """Return the cash that is there."""
    for j in range(len(state)):
        cash += state[j, CASH]
    return cash


@compiled
def _worth(cash: float, state: FloatArray, prices: FloatArray, kind: int, i: int) -> float:
    """Return the equity at a price of a candle."""
    for j in range(len(state)):
        cash += state[j, CASH] + state[j, QUANTITY] * prices[kind, j, i]
    return cash


@compiled
def _end(
    state: FloatArray,
    mind: FloatArray,
    rules: FloatArray,
    trades: FloatArray,
    count: int,
    j: int,
    i: int,
    reason: int,
    price: float,
) -> int:
    """Close a position and record the trade; returns the trades by now."""
    mine, side = state[j], int(mind[HELD, j])
    mine[EXIT_VALUE] += abs(mine[QUANTITY]) * price
    fill(mine, rules, -mine[QUANTITY], price)
    mine[QUANTITY] = 0.0
    mine[STOP_AT] = mine[TARGET_AT] = mine[GONE_AT] = nan
    if count < len(trades):
        record(mine, trades[count], side, i, reason)
        trades[count, T_SYMBOL] = j
    mind[HELD, j] = 0.0
    if reason != BY_SIGNAL:
        mind[BLOCKED, j] = side
    return count + 1


@compiled
def _decide(
    prices: FloatArray,
    exposures: FloatArray,
    weights: FloatArray,
    due: bool,
    rules: FloatArray,
    longest: int,
    state: FloatArray,
    mind: FloatArray,
    trades: FloatArray,
    count: int,
    i: int,
) -> tuple[int, int, bool]:
    """Leave at the open what must be left, and note what is to be traded.

    Returns the trades by now, how many symbols are to be traded, and whether a level ended a
    position that was held until then.
    """
    decided, touched = 0, False
    for j in range(len(state)):
        mind[DECIDED, j] = _NOTHING
        if not due and mind[EVENT, j] != i:
            continue
        open, signal = prices[OPEN, j, i], exposures[j, i - 1]
        turned = signal != mind[FOLLOWED, j]
        mind[FOLLOWED, j] = signal
        if turned or due:
            mind[AIM, j] = weights[j, min(i, weights.shape[1]) - 1] * signal
        side, wanted = int(mind[HELD, j]), side_of(mind[AIM, j], rules)
        if side != 0:
            why = BY_TIME if wanted == side else BY_SIGNAL
            if wanted != side or i - int(state[j, ENTERED]) >= longest:
                reason, price = leave_at_open(state[j], rules, side, why, open)
            else:
                reason, price = exit_of(state[j], rules, side, open, open, open)
                touched = touched or reason != NONE
            if not isnan(price):
                count = _end(state, mind, rules, trades, count, j, i, reason, price)
        if side_of(signal, rules) != mind[BLOCKED, j]:
            mind[BLOCKED, j] = 0.0
        if wanted != 0 and mind[BLOCKED, j] == 0.0 and (turned or due):
            mind[DECIDED, j] = _TURN if turned else _DRIFT
            decided += 1
    return count, decided, touched


@compiled
def _add(
    state: FloatArray,
    rules: FloatArray,
    held: float,
    side: int,
    quantity: float,
    market: float,
    i: int,
) -> None:
    """Add to a position, or open it when none is held."""
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    if held == 0.0:
        state[CASH_BEFORE] = state[CASH]
        state[ENTERED] = i
        state[BEST] = price
        state[ENTRY_VALUE] = state[EXIT_VALUE] = state[SIZE] = 0.0
        state[FEES] = state[FUNDING] = state[MARGIN] = 0.0
    enlarge(state, rules, side, quantity, price)


@compiled
def _unit_cost(rules: FloatArray, side: int, market: float) -> float:
    """Return what one base unit takes of the cash (or of a short's margin), fee included."""
    price = market_fill(side, market, rules[SLIPPAGE], rules[TICK])
    return price * (1.0 + float(rules[FEE_RATE]))


@compiled
def _free(cash: float, state: FloatArray) -> float:
    """Return the money that no position's margin binds; open profit is no money yet."""
    free = _cash(cash, state)
    for j in range(len(state)):
        if state[j, QUANTITY] != 0.0:
            free += state[j, QUANTITY] * state[j, AVERAGE] - state[j, MARGIN]
    return max(0.0, free)


@compiled
def _trade(
    prices: FloatArray,
    rules: FloatArray,
    cash: float,
    band: float,
    state: FloatArray,
    mind: FloatArray,
    i: int,
) -> int:
    """Trade what was decided, sales first; returns the number of fills.

    When the free cash does not pay for all that is to be bought, each gets the same part of it.
    """
    equity = _worth(cash, state, prices, OPEN, i)
    if equity <= DUST * cash:
        return 0
    fills, needed = 0, 0.0
    for j in range(len(state)):
        mind[ADDED, j] = 0.0
        if mind[DECIDED, j] == _NOTHING:
            continue
        open, aim, held = prices[OPEN, j, i], mind[AIM, j], abs(state[j, QUANTITY])
        side = side_of(aim, rules)
        cost = _unit_cost(rules, side, open)
        wanted = floor_to_lot(abs(aim) * equity / cost, rules[LOT])
        if held > 0.0:
            wanted = max(wanted, rules[LOT])
        elif equity <= rules[USED_UP] * cash:
            continue
        near = abs(wanted - held) * open <= band * equity
        if wanted <= 0.0 or (mind[DECIDED, j] == _DRIFT and near):
            continue
        if wanted > held:
            mind[ADDED, j] = wanted - held
            needed += (wanted - held) * cost
        elif wanted < held:
            reduce(state[j], rules, side, held - wanted, open)
            fills += 1
    free = _free(cash, state)
    part = 1.0 if needed <= free * _ROUNDING else free / needed
    for j in range(len(state)):
        added, open = mind[ADDED, j], prices[OPEN, j, i]
        if part < 1.0:
            added = floor_to_lot(added * part, rules[LOT])
            if mind[HELD, j] == 0.0 and added * open <= max(band, DUST) * equity:
                continue
        if added > 0.0:
            side = side_of(mind[AIM, j], rules)
            _add(state[j], rules, mind[HELD, j], side, added, open, i)
            mind[HELD, j] = side
            fills += 1
    return fills


@compiled
def _next_event(
    prices: FloatArray,
    exposures: FloatArray,
    rules: FloatArray,
    each: bool,
    longest: int,
    state: FloatArray,
    mind: FloatArray,
    j: int,
    start: int,
    end: int,
) -> int:
    """Return the first candle from `start` on, `end` at the latest, in which to look at a symbol.

    That is where its signal has turned, a level is touched or its time is over; `each` looks at
    every candle of a position (trailing stop, funding).
    """
    signal, followed = exposures[j], mind[FOLLOWED, j]
    side = int(mind[HELD, j])
    i = start
    if side == 0:
        while i < end and signal[i - 1] == followed:
            i += 1
        return i
    if each:
        return i
    high, low = prices[HIGH, j], prices[LOW, j]
    upper, lower = _bounds(state[j], side)
    end = min(end, int(state[j, ENTERED]) + longest)
    while i < end and signal[i - 1] == followed and high[i] < upper and low[i] > lower:
        i += 1
    return i


@compiled
def _bounds(state: FloatArray, side: int) -> tuple[float, float]:
    """Return the levels above and below a position; infinite where there is none."""
    first, target = first_met(state, side), state[TARGET_AT]
    upper, lower = (target, first) if side > 0 else (first, target)
    return (inf if isnan(upper) else upper), (-inf if isnan(lower) else lower)


@compiled
def _mark(
    cash: float, state: FloatArray, prices: FloatArray, equity: FloatArray, start: int, end: int
) -> bool:
    """Fill the equity of candles in which nothing happens; tells whether anything is held."""
    holding, base = False, _cash(cash, state)
    for j in range(len(state)):
        holding = holding or state[j, QUANTITY] != 0.0
    for i in range(start, end):
        worth = base
        for j in range(len(state)):
            worth += state[j, QUANTITY] * prices[CLOSE, j, i]
        equity[i] = max(0.0, worth)
    return holding


@compiled
def _within_candle(
    prices: FloatArray,
    funding: FloatArray,
    rules: FloatArray,
    state: FloatArray,
    mind: FloatArray,
    due: bool,
    trades: FloatArray,
    count: int,
    i: int,
) -> tuple[int, bool]:
    """End what a candle ends and charge funding; returns the trades by now, and if any was held."""
    holding = False
    for j in range(len(state)):
        side = int(mind[HELD, j])
        if side == 0:
            continue
        holding = True
        if not due and mind[EVENT, j] != i:
            continue
        open, high, low = prices[OPEN, j, i], prices[HIGH, j, i], prices[LOW, j, i]
        reason, price = exit_of(state[j], rules, side, open, high, low)
        if reason != NONE:
            count = _end(state, mind, rules, trades, count, j, i, reason, price)
            continue
        paid = state[j, QUANTITY] * prices[CLOSE, j, i] * funding[i] if len(funding) > 0 else 0.0
        after_candle(state[j], rules, side, high, low, paid)
    return count, holding


@compiled
def simulate_portfolio(
    prices: FloatArray,
    exposures: FloatArray,
    weights: FloatArray,
    due: IntArray,
    funding: FloatArray,
    rules: FloatArray,
    cash: float,
    band: float,
    state: FloatArray,
    mind: FloatArray,
    equity: FloatArray,
    trades: FloatArray,
) -> tuple[int, int, int]:
    """Fill `state` and `mind` (zeros), `equity` (one value a candle) and rows of `trades`.

    `weights` may be (k, 1), the same at each candle; `due`: the candles at whose open a rebalance
    is due, then the number of candles; `funding` as in trading.simulation. Returns the closed
    trades, the candles with a position and the rebalances that traded something. Trades that find
    no row are counted only.
    """
    equity[0] = cash
    count = exposed = rebalanced = passed = 0
    each = len(funding) > 0 or not isnan(rules[TRAIL_FRACTION])
    longest = len(equity) if isnan(rules[HOLD_CANDLES]) else int(rules[HOLD_CANDLES])
    i = 1
    while i < len(equity):
        start, i = i, due[passed]
        for j in range(len(state)):
            if mind[EVENT, j] < start:
                mind[EVENT, j] = _next_event(
                    prices, exposures, rules, each, longest, state, mind, j, start, due[passed]
                )
            i = min(i, int(mind[EVENT, j]))
        if _mark(cash, state, prices, equity, start, i):
            exposed += i - start
        if i == len(equity):
            break
        balancing = due[passed] == i
        passed += balancing
        count, decided, touched = _decide(
            prices, exposures, weights, balancing, rules, longest, state, mind, trades, count, i
        )
        fills = _trade(prices, rules, cash, band, state, mind, i) if decided > 0 else 0
        rebalanced += balancing and fills > 0
        count, held = _within_candle(
            prices, funding, rules, state, mind, balancing, trades, count, i
        )
        exposed += touched or held
        equity[i] = max(0.0, _worth(cash, state, prices, CLOSE, i))
        i += 1
    return count, exposed, rebalanced
