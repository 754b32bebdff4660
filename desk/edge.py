"""Whether a searched strategy can be trusted: only when nothing speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from desk.figures import percent, plain
from trading.overfitting import Overfitting
from trading.search_windows import Figures

LEAST_TRADES = 20
SURE = 0.95
MOST_OVERFITTING = 0.2
MOST_LOSS = 0.05
CLEARLY_LESS = 2 / 3  # of the drawdown of holding


@dataclass(frozen=True)
class Evidence:
    """What was measured where the parameters had not been chosen, and how often luck was tried.

    `sharpe_low`, `sharpe_high`: 95 % interval of the out-of-sample Sharpe ratio. `deflated`:
    deflated Sharpe ratio of the best of `tried` sets. `overfitting`: of sets spread over all that
    was searched. `beyond_market`: probability that the out-of-sample returns are above zero
    without their share of the market's own. Probabilities are nan where they can't be had.
    """

    out_of_sample: Figures
    hold: Figures
    sharpe_low: float
    sharpe_high: float
    deflated: float
    tried: int
    overfitting: Overfitting
    beyond_market: float


@dataclass(frozen=True)
class Judgement:
    """`holds`, or every reason against it in plain words."""

    holds: bool
    reasons: tuple[str, ...]


def judge(found: Evidence) -> Judgement:
    """Believe a strategy only when each test is passed."""
    checks = (_trades, _interval, _deflated, _overfitting, _hold, _market)
    reasons = tuple(reason for check in checks if (reason := check(found)))
    return Judgement(not reasons, reasons)


def _trades(found: Evidence) -> str:
    trades = found.out_of_sample.trades
    if trades >= LEAST_TRADES:
        return ""
    return f"Only {trades} trades out-of-sample; {LEAST_TRADES} are needed."


def _interval(found: Evidence) -> str:
    low, high = found.sharpe_low, found.sharpe_high
    if low > 0.0:
        return ""
    if isnan(low):
        return "Out-of-sample it hardly did anything."
    worth = "may be zero" if high > 0.0 else "is below zero"
    return f"The out-of-sample Sharpe ratio {worth}: {plain(low)} to {plain(high)} (95 %)."


def _deflated(found: Evidence) -> str:
    if found.deflated >= SURE:
        return ""
    if isnan(found.deflated):
        return "The deflated Sharpe ratio can't be computed."
    return (
        f"The best of {found.tried} sets may be luck: deflated Sharpe ratio "
        f"{plain(found.deflated)}, needed {plain(SURE)}."
    )


def _overfitting(found: Evidence) -> str:
    split = found.overfitting
    # Where all sets earn, it does not matter that the best changes places with the others.
    if split.probability <= MOST_OVERFITTING or split.loss <= MOST_LOSS:
        return ""
    if isnan(split.probability):
        return "The probability of overfitting can't be computed."
    return (
        "What was best in one half of the past was below the middle in the other in "
        f"{percent(split.probability)} of cases (at most {MOST_OVERFITTING:.0%}), and lost in "
        f"{percent(split.loss)}."
    )


def _hold(found: Evidence) -> str:
    own, hold = found.out_of_sample, found.hold
    calmer = (
        own.sharpe > hold.sharpe
        and own.total_return > 0.0
        and own.max_drawdown <= CLEARLY_LESS * hold.max_drawdown
    )
    if own.total_return > hold.total_return or calmer:
        return ""
    return "Holding earned more and was not clearly riskier."


def _market(found: Evidence) -> str:
    if found.beyond_market >= SURE:
        return ""
    if isnan(found.beyond_market):
        return "What it earned can't be told from the market's own move."
    return (
        "Without the market's own move the gain is real with a chance of "
        f"{percent(found.beyond_market)}, needed {SURE:.0%}."
    )
