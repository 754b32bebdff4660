"""The rule book of every fill: the backtest loop and the paper book call these functions.

All prices are floats in quote units, `nan` means "no such level". `side` is +1 for a buy or a
long position, -1 for a sell or a short one. The functions are compiled, so pass floats where a
float is meant: another type compiles another version.

The rules:
- a market order fills at its price worsened by the slippage, rounded against the trader;
- a level that the open has already passed (a gap) fills at the open;
- when one candle touches both levels, the stop came first;
- a stop is a market order once triggered and pays slippage; a target is a limit order: it fills
  at its level, or better when the candle opens beyond it. On live quotes it fills at its level:
  between two quotes the price passed it, so a resting order can't count on more;
- a trailing stop follows the best price of the candles (or quotes) before the one it is held
  against;
- a position is liquidated like a stop, but its holder loses no more than its margin.

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
def stop_at(
    side: int, trigger: float, bid: float, ask: float, slippage: float, tick: float
) -> float:
    """Fill price of a stop order of `side` at one price of the market; nan: not triggered.

    A buy stop is triggered by the ask at or above it, a sell stop by the bid at or below it; it is
    a market order then. A candle's open is a price with bid = ask.
    """
    # Comparisons with nan are false, so a missing level is never reached.
    price = ask if side > 0 else bid
    if (price - trigger) * side >= 0.0:
        return market_fill(side, price, slippage, tick)
    return float("nan")


@compiled
def limit_at(side: int, limit: float, bid: float, ask: float) -> float:
    """Price at which a limit order of `side` meets one price of the market; nan: it does not.

    This is the market's price, at or better than the limit: what an order gets that meets a gap.
    """
    price = ask if side > 0 else bid
    if (price - limit) * side <= 0.0:
        return price
    return float("nan")


@compiled
def stop_within(
    side: int, trigger: float, high: float, low: float, slippage: float, tick: float
) -> float:
    """Fill price of a stop order that a candle reaches after its open; nan: not triggered."""
    reached = high if side > 0 else low
    if (reached - trigger) * side >= 0.0:
        return market_fill(side, trigger, slippage, tick)
    return float("nan")


@compiled
def limit_within(side: int, limit: float, high: float, low: float) -> float:
    """Fill price of a limit order that a candle reaches after its open; nan: not reached."""
    reached = low if side > 0 else high
    if (reached - limit) * side <= 0.0:
        return limit
    return float("nan")


@compiled
def trailed(position_side: int, stop: float, best: float, fraction: float, tick: float) -> float:
    """Where a trailing stop stands behind the best price: it only ever moves with the position."""
    level = stop_price(position_side, best, fraction, tick)
    return level if (level - stop) * position_side > 0.0 else stop


@compiled
def liquidation_fill(
    position_side: int, price: float, bankruptcy: float, slippage: float, tick: float
) -> float:
    """Fill price of a liquidation at a market's price: never beyond where the margin is gone."""
    fill = market_fill(-position_side, price, slippage, tick)
    if (fill - bankruptcy) * position_side < 0.0:
        return round_to_tick(bankruptcy, tick, position_side)
    return fill


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
    side = -position_side
    price = stop_at(side, stop, open, open, slippage, tick)
    if not isnan(price):
        return STOP, price
    price = limit_at(side, target, open, open)
    if not isnan(price):
        return TARGET, price
    price = stop_within(side, stop, high, low, slippage, tick)
    if not isnan(price):
        return STOP, price
    price = limit_within(side, target, high, low)
    if not isnan(price):
        return TARGET, price
    return NONE, price


@compiled
def floor_to_lot(quantity: float, lot: float) -> float:
    """Largest multiple of the lot not above a quantity, within rounding; lot 0: as it is.

    0.3 at a lot of 0.1 stays 0.3 although 0.3 / 0.1 is 2.9999999999999996.
    """
    if lot <= 0.0:
        return quantity
    return floor(quantity / lot * (1.0 + 1e-14)) * lot


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
        trailed(side, stop, 101.0, 0.03, 0.01)
        liquidation_fill(side, 90.0, 80.0, 0.001, 0.01)
    round_to_tick(100.0, 0.01, 1)
    floor_to_lot(1.0, 0.001)
    fee(100.0, 0.001)
