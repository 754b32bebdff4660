"""How far prices may move before an account's equity has anything to tell.

Equity is a sum over positions, so each threshold of a scope's equity leaves a distance in money.
Shared out by exposure it lets every held symbol move by the same fraction of its price:
distance / gross exposure of the scope. The narrowest of all scopes is the symbol's band, and
whatever the others do inside theirs, no threshold is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext

from desk.levels import Band
from desk.marking import NOTABLE_PEAK
from trading.account import AccountState, scopes
from trading.bounds import Limits
from trading.drawdown import RECOVERED, WARNING
from trading.holding import EXACT
from trading.scope import ACCOUNT, strategy_scope

ZERO = Decimal(0)
# Thresholds are drawn in by this share of the peak: judging rounds at the 28th digit.
MARGIN = Decimal("1E-12")
UP = Context(prec=20, rounding=ROUND_CEILING)
DOWN = Context(prec=20, rounding=ROUND_FLOOR)


@dataclass(frozen=True)
class _Reach:
    """How far equity may fall and rise, quote units; None: without an end."""

    down: Decimal | None
    up: Decimal | None


def equity_band(
    state: AccountState, marks: Mapping[str, Decimal], limits: Limits
) -> dict[str, Band]:
    """Return a band for each held symbol; inside all of them `mark` finds no crossing.

    No drawdown tier, no daily loss (of this day or the next) and no notable new peak of any scope.
    `marks` holds a price for each held symbol; `limits` hold where the account has none of its
    own. A band of no width says that something is to be told at `marks` already. Empty when
    nothing is held: then no price changes anything.
    """
    with localcontext(EXACT):
        return _bands(state, marks, state.bounds(limits))


def _bands(state: AccountState, marks: Mapping[str, Decimal], limits: Limits) -> dict[str, Band]:
    falls: dict[str, list[Decimal]] = {symbol: [] for symbol in state.symbols}
    rises: dict[str, list[Decimal]] = {symbol: [] for symbol in state.symbols}
    for scope, value in scopes(state, marks).items():
        reach = _reach(state, scope, value, limits)
        if reach is None:
            return {symbol: Band(marks[symbol], marks[symbol]) for symbol in state.symbols}
        held = _held(state, scope)
        gross = sum((abs(quantity) * marks[symbol] for symbol, quantity in held.items()), ZERO)
        for symbol, quantity in held.items():
            down, up = (falls, rises) if quantity > 0 else (rises, falls)
            if reach.down is not None:
                down[symbol].append(reach.down / gross)
            if reach.up is not None:
                up[symbol].append(reach.up / gross)
    return {
        symbol: _band(
            marks[symbol], min(falls[symbol], default=None), min(rises[symbol], default=None)
        )
        for symbol in state.symbols
    }


def _band(price: Decimal, fall: Decimal | None, rise: Decimal | None) -> Band:
    """Return the prices that so large a fall and rise (fractions) end at, rounded inwards."""
    low = None if fall is None or fall >= 1 else UP.multiply(price, UP.subtract(1, fall))
    high = None if rise is None else DOWN.multiply(price, DOWN.add(1, rise))
    return Band(low, high)


def _held(state: AccountState, scope: str) -> dict[str, Decimal]:
    """Return the signed quantity of each symbol that moves the scope's equity."""
    held: dict[str, Decimal] = {}
    for (strategy, symbol), position in state.positions.items():
        if scope in (ACCOUNT, strategy_scope(strategy)):
            held[symbol] = held.get(symbol, ZERO) + position.quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def _reach(state: AccountState, scope: str, value: Decimal, limits: Limits) -> _Reach | None:
    """Return how far the scope's equity is from its thresholds; None: at or beyond one."""
    peak, bound, tier = state.peak(scope), limits.drawdown(scope), state.tier(scope)
    if peak <= 0:
        return None
    floors, ceiling = [], peak * NOTABLE_PEAK
    if tier != "limit":
        floors.append(peak * (1 - (WARNING * bound if tier == "ok" else bound)))
    if tier != "ok":
        ceiling = peak * (1 - RECOVERED * bound)
    if scope == ACCOUNT:
        floors += [start * (1 - limits.daily_loss) for start in _day_starts(state)]
    slack = peak * MARGIN
    down = min((value - floor - slack for floor in floors), default=None)
    up = ceiling - slack - value
    if up <= 0 or (down is not None and down <= 0):
        return None
    return _Reach(down, up)


def _day_starts(state: AccountState) -> Iterator[Decimal]:
    """Yield what today, or the day that begins next, may be counted from."""
    starts = [state.last_mark.equity if state.last_mark else state.opening_cash]
    if state.lost_day != state.day:
        starts.append(state.day_equity)
    yield from (start for start in starts if start > 0)
