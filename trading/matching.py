"""The rule book of every fill: the backtest loop and the paper book call these functions.

All prices are floats in quote units, `nan` means "no such level". `side` is +1 for a buy or a
long position, -1 for a sell or a short one. The functions are compiled, so pass floats where a
float is meant: another type compiles another version.

The rules:
- a market order fills at its price worsened by the slippage, rounded against the trader;
- a level that the open has already passed (a gap) fills at the open;
- when one candle touches both levels, the stop came first;
- a stop is a market order once triggered and pays slippage; a target is a limit order: it fills
  at its level, or better when the candle opens beyond it.

Money is `Decimal` elsewhere. A price crosses the border once each way: `float(price)` on the way
in, `to_decimal` on the way out.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from math import ceil, floor, isnan

from trading.compiled import compiled

NONE, STOP, TARGET = 0, 1, 2

_DECIMALS = 12  # ticks finer than this are taken as they are
_WHOLE = 2.0**53  # beyond it a float counts no single steps


@compiled
def round_to_tick(price: float, tick: float, direction: int) -> float:
    """Round to a multiple of the tick, up (+1) or down (-1); tick 0 leaves the price alone.

    A price within float error of a multiple is that multiple: 0.29 at a tick of 0.01 stays 0.29
    although 0.29 / 0.01 is 28.999999999999996. The result is the float nearest to the decimal
    multiple (what `float("0.29")` gives) and at least one tick.
    """
    if tick <= 0.0:
        return price
    steps = price / tick
    if not steps < _WHOLE:
        return price
    whole = floor(steps + 0.5)
    if abs(steps - whole) > 1e-9 + 2e-15 * steps:
        whole = ceil(steps) if direction > 0 else floor(steps)
    whole = max(whole, 1)
    scale = 1.0
    for _ in range(_DECIMALS):
        units = tick * scale
        nearest = floor(units + 0.5)
        if nearest >= 1 and abs(units - nearest) < 1e-9 * units:
            return whole * nearest / scale
        scale *= 10.0
    return whole * tick


@compiled
def market_fill(side: int, price: float, slippage: float, tick: float) -> float:
    """Price of a market order: worse by the slippage (a fraction), buy rounded up, sell down."""
    return round_to_tick(price * (1.0 + side * slippage), tick, side)


@compiled
def stop_price(side: int, entry: float, fraction: float, tick: float) -> float:
    """Stop level of a position entered at `entry`, rounded away from it; nan fraction: no stop."""
    if isnan(fraction):
        return fraction
    return round_to_tick(entry * (1.0 - side * fraction), tick, -side)


@compiled
def target_price(side: int, entry: float, fraction: float, tick: float) -> float:
    """Target level of a position entered at `entry`, rounded away from it; nan: no target."""
    if isnan(fraction):
        return fraction
    return round_to_tick(entry * (1.0 + side * fraction), tick, side)


@compiled
def exit_on_candle(
    position_side: int,
    stop: float,
    target: float,
    open: float,
    high: float,
    low: float,
    slippage: float,
    tick: float,
) -> tuple[int, float]:
    """Tell whether a candle ends a position: (NONE, STOP or TARGET, fill price or nan)."""
    # Comparisons with nan are false, so a missing level is never reached.
    best, worst = (high, low) if position_side > 0 else (low, high)
    if (open - stop) * position_side <= 0.0:
        return STOP, market_fill(-position_side, open, slippage, tick)
    if (open - target) * position_side >= 0.0:
        return TARGET, open
    if (worst - stop) * position_side <= 0.0:
        return STOP, market_fill(-position_side, stop, slippage, tick)
    if (best - target) * position_side >= 0.0:
        return TARGET, target
    return NONE, float("nan")


@compiled
def exit_on_quote(
    position_side: int,
    stop: float,
    target: float,
    bid: float,
    ask: float,
    slippage: float,
    tick: float,
) -> tuple[int, float]:
    """Tell whether a live quote ends a position: (NONE, STOP or TARGET, fill price or nan).

    A long is closed at the bid, a short at the ask. The target fills at its level: between two
    quotes the price passed it, so a resting limit order can't count on more.
    """
    quote = bid if position_side > 0 else ask
    if (quote - stop) * position_side <= 0.0:
        return STOP, market_fill(-position_side, quote, slippage, tick)
    if (quote - target) * position_side >= 0.0:
        return TARGET, target
    return NONE, float("nan")


@compiled
def fee(notional: float, rate: float) -> float:
    """Fee of a fill, quote units: |notional| x rate."""
    return abs(notional) * rate


def to_decimal(price: float, tick: Decimal) -> Decimal:
    """Nearest multiple of the tick, exact; a tick of 0 keeps the float's shortest digits."""
    exact = Decimal(repr(float(price)))
    if not tick:
        return exact
    return (exact / tick).to_integral_value(ROUND_HALF_EVEN) * tick


def warm() -> None:
    """Load the compiled rules, so that no fill waits for a compiler."""
    for side in (1, -1):
        entry = market_fill(side, 100.0, 0.001, 0.01)
        stop = stop_price(side, entry, 0.03, 0.01)
        target = target_price(side, entry, 0.05, 0.01)
        exit_on_candle(side, stop, target, 100.0, 101.0, 99.0, 0.001, 0.01)
        exit_on_quote(side, stop, target, 99.9, 100.1, 0.001, 0.01)
    round_to_tick(100.0, 0.01, 1)
    fee(100.0, 0.001)
