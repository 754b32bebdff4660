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
INCREDIBLE = 6.0  # annualised Sharpe ratio; a strategy that peeks ahead is the usual reason


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
    """`holds`, or every reason against it in plain words.

    `remarks`: what was measured badly and is no reason all the same, and why. `too_good`: what it
    earned is more likely a mistake than an edge.
    """

    holds: bool
    reasons: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    too_good: bool = False


def judge(found: Evidence) -> Judgement:
    """Believe a strategy only when each test is passed."""
    checks = (_credible, _trades, _interval, _deflated, _overfitting, _hold, _market)
    reasons = tuple(reason for check in checks if (reason := check(found)))
    return Judgement(not reasons, reasons, _remarks(found), bool(_credible(found)))


def _credible(found: Evidence) -> str:
    sharpe = found.out_of_sample.sharpe
    if sharpe <= INCREDIBLE:
        return ""
    return f"A Sharpe ratio of {plain(sharpe)} is too good to be true."


def _trades(found: Evidence) -> str:
    trades = found.out_of_sample.trades
    if trades >= LEAST_TRADES:
        return ""
    return f"Only {trades} trades out-of-sample, {LEAST_TRADES} are needed."


def _interval(found: Evidence) -> str:
    low, high = found.sharpe_low, found.sharpe_high
    if low > 0.0:
        return ""
    if isnan(low):
        return "Out-of-sample it hardly did anything."
    return f"Out-of-sample Sharpe {'may be' if high > 0.0 else 'is'} below zero."


def _deflated(found: Evidence) -> str:
    if found.deflated >= SURE:
        return ""
    if isnan(found.deflated):
        return "The deflated Sharpe ratio can't be computed."
    return f"The best of {found.tried} sets may be luck."


def _overfitting(found: Evidence) -> str:
    split = found.overfitting
    if split.probability <= MOST_OVERFITTING or split.loss <= MOST_LOSS:
        return ""
    if isnan(split.probability):
        return "The chance of overfitting can't be computed."
    return f"The best set lost money in {percent(split.loss)} of the splits."


def _remarks(found: Evidence) -> tuple[str, ...]:
    split = found.overfitting
    # Where all sets earn, it does not matter that the best changes places with the others.
    if not (split.probability > MOST_OVERFITTING and split.loss <= MOST_LOSS):
        return ()
    return (
        f"Chance of overfitting above {_whole(MOST_OVERFITTING)}, accepted: nearly all sets earn, "
        f"the best lost money in only {percent(split.loss)} of the splits.",
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
        return "Its gain can't be told from the market's own move."
    return (
        f"Without the market's move its gain is {percent(found.beyond_market)} sure, "
        f"{_whole(SURE)} needed."
    )


def _whole(share: float) -> str:
    return f"{share * 100:g} %"
