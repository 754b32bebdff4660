"""The one-day value at risk of now, and how the same figure held on each past day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from trading.candles import Candles, FloatArray, Timeframe, from_ms
from trading.errors import NotEnoughHistory
from trading.jumps import after_faults, refuse_jumps
from trading.kupiec import Coverage, Judgement, coverage
from trading.tail_risk import (
    LEAST_DAYS,
    LEAST_IN_TAIL,
    WINDOW,
    TailRisk,
    daily_returns,
    filtered_tail,
    historical_tail,
    standardised,
    tail_size,
)
from trading.volatility import annualised, ewma_volatility

Method = Literal["filtered", "historical"]
LEAST_LEARNED = 100  # days before the first one that is tested
DAYS_WANTED = 2 * WINDOW + 1  # candles: a year to learn from and a year to test on
EXTREME = 0.99
_FAULT: dict[Judgement, int] = {
    "fits": 0,
    "too few days to tell": 0,
    "exceeded too seldom": 1,
    "exceeded too often": 2,
}


@dataclass(frozen=True)
class Measured:
    """A method's figures for the next day, and how the same ones held on past days."""

    method: Method
    tail: TailRisk
    coverage: Coverage


@dataclass(frozen=True)
class DailyRisk:
    """One-day risk of holding a symbol.

    `chosen` is the method to go by, `other` the one beside it, `extreme` the 99 % tail by the
    chosen one; None: too few days for it. `volatility` is what is expected of the next day (a
    fraction), `yearly` the same over a year. `since`: when a jump that no market makes cut the
    days off before.
    """

    chosen: Measured
    other: Measured | None
    extreme: Measured | None
    volatility: float
    yearly: float
    since: datetime | None = None


def daily_risk_of(candles: Candles) -> DailyRisk:
    """Measure the next day's risk from daily candles; those after the last jump where there is one.

    Errors: those of `daily_risk`, and BadCandles where a jump leaves too few days.
    """
    whole = after_faults(candles)
    try:
        risk = daily_risk(daily_returns(whole))
    except NotEnoughHistory:
        refuse_jumps(candles)
        raise
    cut = len(whole) < len(candles)
    return replace(risk, since=from_ms(int(whole.time[0]))) if cut else risk


def daily_risk(returns: FloatArray, level: float = 0.95) -> DailyRisk:
    """Measure the next day's risk from daily returns, oldest first.

    Filtered historical simulation goes before the historical one, which learns of a wild week
    only slowly; but where Kupiec's test finds the worse fault with it, the other is chosen: the
    better covered of two. The coverage told is of the same days that chose, so it flatters.

    Errors: those of `historical_tail`.
    """
    plain = measure(returns, "historical", level)
    filtered = _if_enough(returns, "filtered", level)
    chosen = preferred(filtered, plain)
    other = filtered if chosen is plain else plain
    volatility = float(ewma_volatility(returns)[-1])
    return DailyRisk(
        chosen=chosen,
        other=other,
        extreme=_if_enough(returns, chosen.method, EXTREME),
        volatility=volatility,
        yearly=annualised(volatility, Timeframe.D1),
    )


def preferred(filtered: Measured | None, plain: Measured) -> Measured:
    """Return the filtered one, unless its past is worse: above all if exceeded too often."""
    if filtered is None or _fault(filtered) > _fault(plain):
        return plain
    return filtered


def measure(returns: FloatArray, method: Method, level: float) -> Measured:
    """Return the tail of the next day by this method, and its coverage of the past."""
    tail = tail_of_next_day(returns, method, level)
    said = past_vars(returns, method, level)
    tested = np.isfinite(said)
    return Measured(method, tail, coverage(-returns[tested] > said[tested], level))


def tail_of_next_day(returns: FloatArray, method: Method, level: float) -> TailRisk:
    """Learn the tail from the last 365 of these daily returns."""
    if method == "filtered":
        return filtered_tail(returns, level)
    return historical_tail(returns[-WINDOW:], level)


def past_vars(returns: FloatArray, method: Method, level: float) -> FloatArray:
    """Return each day's VaR as it stood before that day, nan where too little was known.

    At place t it is `tail_of_next_day(returns[:t])`.var: nothing of day t or later is in it.
    """
    filtered = method == "filtered"
    learned = standardised(returns) if filtered else returns
    scale = ewma_volatility(returns) if filtered else np.ones(len(returns))
    result = np.full(len(returns), np.nan)
    for day in range(LEAST_LEARNED, len(returns)):
        past = learned[max(0, day - WINDOW) : day]
        past = past[np.isfinite(past)]
        size = tail_size(len(past), level)
        if len(past) >= LEAST_DAYS and size >= LEAST_IN_TAIL:
            worst = float(np.partition(past, size - 1)[size - 1])
            loss = min(-worst * float(scale[day - 1]), 1.0)
            result[day] = max(0.0, loss)
    return result


def _if_enough(returns: FloatArray, method: Method, level: float) -> Measured | None:
    try:
        return measure(returns, method, level)
    except NotEnoughHistory:
        return None


def _fault(measured: Measured) -> int:
    return _FAULT[measured.coverage.judgement]
