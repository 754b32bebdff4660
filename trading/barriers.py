"""Limits that no size gets round: pauses, drawdown, today's loss, cooldown, symbols, old prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from trading.account import AccountState
from trading.bounds import DAILY_LOSS, Limits
from trading.drawdown import drawdown
from trading.measure import Breach, Measure, amount, number, percent
from trading.scope import ACCOUNT, spoken, strategy_scope
from trading.symbols import pair_of

ZERO = Decimal(0)
ONE = Decimal(1)
MOST_NAMED = 5


def loss_today(state: AccountState, equity: Decimal, day: date) -> Decimal:
    """Return what was lost since `day` (UTC) began, as a fraction of the equity then; 0: none."""
    return drawdown(state.started_day_at(day), equity)


def cooling_until(state: AccountState, symbol: str, limits: Limits) -> datetime | None:
    """Return when a symbol may be entered again after a stop; None: none was hit there.

    A stop on any exchange counts for the pair on all of them.
    """
    stop = _last_stop(state, symbol)
    return stop[1] + timedelta(minutes=limits.cooldown_minutes) if stop else None


def _last_stop(state: AccountState, symbol: str) -> tuple[str, datetime] | None:
    """Return the symbol and time of the latest stop in the same pair."""
    pair = pair_of(symbol)
    stops = [(name, at) for name, at in state.stopped.items() if pair_of(name) == pair]
    return max(stops, key=lambda stop: stop[1], default=None)


def falls(
    state: AccountState,
    strategy: str,
    worth: Mapping[str, Decimal],
    limits: Limits,
    at: datetime | None,
) -> Iterator[Measure]:
    """Yield the drawdowns and today's loss that an entry of the strategy is held against.

    `worth` is the equity of each scope; without `at` the day is not judged.
    """
    for scope in (ACCOUNT, strategy_scope(strategy)):
        bound = limits.drawdown(scope)
        fall = drawdown(state.peak(scope), worth.get(scope, state.opening_cash))
        yield Measure(
            f"{scope.partition(':')[0]} drawdown",
            fall,
            bound,
            fall >= bound,
            f"the drawdown of {spoken(scope)} is {percent(fall)}; new entries stop at "
            f"{percent(bound)} until you /resume, knowingly",
            f"{percent(bound)} drawdown of {spoken(scope)} ({percent(fall)} used)",
        )
    if at is not None:
        yield _today(state, worth[ACCOUNT], limits, at.date())


def _today(state: AccountState, equity: Decimal, limits: Limits, day: date) -> Measure:
    fall, bound = loss_today(state, equity, day), limits.daily_loss
    money = max(state.started_day_at(day) - equity, ZERO)
    text = (
        f"the account has lost {percent(fall)} today ({amount(money)} {state.currency}); "
        f"new entries stop at {percent(bound)} until 00:00 UTC"
    )
    if fall < bound:
        # It came back, or the limit was loosened: a lost day stays lost all the same.
        text = (
            f"today's loss reached its limit, it is {percent(fall)} now; "
            "new entries start again at 00:00 UTC"
        )
    return Measure(
        DAILY_LOSS,
        fall,
        bound,
        fall >= bound or state.lost_day == day,
        text,
        f"{percent(bound)} lost in a day ({percent(fall)} used)",
    )


def pauses(state: AccountState, strategy: str) -> Iterator[Breach]:
    """Yield what is paused for the strategy's entries."""
    for scope in (ACCOUNT, strategy_scope(strategy)):
        if scope in state.paused:
            text = (
                f"trading is paused for {spoken(scope)}: {state.paused[scope]}; "
                "/resume takes entries again"
            )
            yield Breach("paused", ONE, ZERO, text)


def symbol_bars(
    state: AccountState, symbol: str, limits: Limits, at: datetime | None
) -> Iterator[Breach]:
    """Yield why the symbol may not be entered: the person's lists, a stop a short while ago."""
    blocked = next((name for name in (symbol, pair_of(symbol)) if name in limits.blocked), None)
    if blocked is not None:
        text = f"{blocked} is among the symbols you block; /limits unblock {blocked} takes it off"
        yield Breach("symbol blocked", ONE, ZERO, text)
    if limits.allowed and symbol not in limits.allowed:
        names = ", ".join(limits.allowed[:MOST_NAMED])
        more = len(limits.allowed) - MOST_NAMED
        names += f" and {more} more" if more > 0 else ""
        text = f"you allow only {names}; /limits allow {symbol} adds {symbol}"
        yield Breach("symbol not allowed", ONE, ZERO, text)
    stop, until = _last_stop(state, symbol), cooling_until(state, symbol, limits)
    if at is not None and stop is not None and until is not None and at < until:
        text = (
            f"a stop in {stop[0]} was hit at {stop[1]:%d %b %H:%M}; with a cooldown "
            f"of {limits.cooldown_minutes} min the next entry there may be at "
            f"{until:%d %b %H:%M} UTC"
        )
        left = Decimal((until - at) / timedelta(minutes=1))
        yield Breach("cooldown", left, Decimal(limits.cooldown_minutes), text)


def stale(
    symbol: str, at: datetime | None, quoted_at: datetime | None, limits: Limits
) -> Iterator[Breach]:
    """Yield that the price is too old to enter on."""
    if at is None or quoted_at is None:
        return
    age = at - quoted_at
    if age > timedelta(seconds=limits.quote_seconds):
        seconds = Decimal(round(age.total_seconds(), 1))
        text = (
            f"the price of {symbol} is {number(seconds.quantize(Decimal('0.1')))} s old; entries "
            f"need one of at most {limits.quote_seconds} s; try again in a moment"
        )
        yield Breach("stale price", seconds, Decimal(limits.quote_seconds), text)
