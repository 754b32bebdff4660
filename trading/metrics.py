"""What an equity curve and a list of trades amount to.

The words for screens and reports are in trading.metric_names, the compiled passes in
trading.curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, isnan, log, sqrt

import numpy as np

from trading.candles import DAY_MS, FloatArray, IntArray, Timeframe, from_ms
from trading.compiled import plain
from trading.curve import (
    NO_VARIATION,
    curve_figures,
    fall_of_held,
    falls,
    fill_daily,
    moments,
    trade_figures,
)
from trading.tail_risk import LEAST_DAYS, tail_of, tail_size

__all__ = ["Metrics", "annualised", "curve_figures", "measure", "percentile"]

YEAR_MS = 365 * DAY_MS  # crypto never closes
SHORTEST_ANNUALISED_MS = 30 * DAY_MS
LEVEL = 0.95  # of VaR and CVaR
_HIGHEST_LOG = 700.0  # exp() of more is no float


@dataclass(frozen=True)
class Metrics:
    """Figures of one backtest; fractions unless said otherwise, None where there is no answer.

    Equity is known at each candle's close, the first being the initial cash; a return is that of
    one candle, value / value before − 1. A year has 365 days. "Annualised" is x sqrt(candles a
    year). What is annualised is None under 30 days, where it would blow noise up.

    Return:
    total_return: last equity / initial cash − 1.
    annual_return: (1 + total_return) ^ (365 days / period) − 1. The period is from the first
        candle's open to the last one's close.
    buy_and_hold_return: of buying everything at the second candle's open (the first fill that
        a signal can have), with the same fee and slippage, marked at the last close.
    exposure: candles with a position at any moment / all candles.

    Risk:
    volatility: sample standard deviation of the returns, annualised.
    sharpe: mean / sample standard deviation of the returns, annualised, no risk-free rate (Sharpe
        1994); None when equity does not vary.
    sortino: mean / downside deviation, annualised; the downside deviation is the root of the mean
        of min(return, 0)^2 over all candles (Sortino & Price 1994, target 0). None without a loss.
    calmar: annual_return / max_drawdown; None without one of them (Young 1991, whole period).

    Drawdown, at closes; its times are those closes, aware UTC:
    max_drawdown: largest fall of equity from its highest value so far / that value.
    drawdown_start: the last close at that highest value; None when equity never fell.
    drawdown_bottom: the close of the lowest equity of that fall.
    drawdown_recovery: the first close after it at that highest value or above; None: not yet.
    under_water: candles that close below the highest equity so far / all candles.
    longest_under_water: longest time (timedelta) from the last close at a peak to the first close
        back at it or above, or to the last close.
    buy_and_hold_drawdown: the same as max_drawdown of buying and holding.

    Days, UTC, by the candles that open in them; None for candles longer than a day:
    best_day, worst_day: highest and lowest of the daily returns: the day's last equity / the
        last of the day before − 1, only where both days exist. The first day counts from the
        initial cash (if it has a second candle); it and the last may be parts of days.
    var, cvar: one-day value at risk and expected shortfall, 95 %, as trading.tail_risk defines
        them: positive losses, None under 60 daily returns.
    tail_ratio: 95th percentile of the daily returns / |5th percentile|, linearly interpolated
        (a number); None under 60 daily returns or when the 5th is 0.

    Trades, closed ones; an open position is none yet. A trade's return is its profit after fees
    and funding / value at entry. It wins above 0 and loses below:
    trades: how many.
    win_rate: trades that win / trades.
    profit_factor: sum of profits / sum of losses, in quote units (a number); None without a loss.
    expectancy: mean return of a trade.
    average_win, average_loss: mean return of the trades that win, and of those that lose
        (negative).
    best_trade, worst_trade: highest and lowest return of a trade.
    most_wins, most_losses: longest runs of trades that win, and that lose (counts).
    average_holding: mean time (timedelta) from the open of the candle in which a trade is entered
        to the open of the one in which it is left; less than a candle counts 0.

    Costs:
    turnover: notional of all fills / initial cash (a number).
    turnover_per_year: turnover x 365 days / period; None under 30 days.
    fees: all fees paid, in quote units.
    funding: all funding paid, in quote units; negative when more was received.
    """

    total_return: float
    annual_return: float | None
    buy_and_hold_return: float
    exposure: float
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    drawdown_start: datetime | None
    drawdown_bottom: datetime | None
    drawdown_recovery: datetime | None
    under_water: float
    longest_under_water: timedelta
    buy_and_hold_drawdown: float
    best_day: float | None
    worst_day: float | None
    var: float | None
    cvar: float | None
    tail_ratio: float | None
    trades: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    average_win: float | None
    average_loss: float | None
    best_trade: float | None
    worst_trade: float | None
    most_wins: int
    most_losses: int
    average_holding: timedelta | None
    turnover: float
    turnover_per_year: float | None
    fees: float
    funding: float


@dataclass(frozen=True, eq=False)
class Held:
    """What buying and holding is measured by: `quantity` x `price` from the second close on.

    `price` has one value a candle (a close, or a whole curve with the quantity 1).
    """

    price: FloatArray
    quantity: float


def measure(
    time: IntArray,
    timeframe: Timeframe,
    equity: FloatArray,
    trades: FloatArray,
    held: Held,
    *,
    exposed: int,
    traded: float,
    fees: float,
    funding: float,
) -> Metrics:
    """Compute every metric of the equity at each candle's close and of the closed trades.

    `time` (opens, milliseconds), `equity` and `held.price` have one value a candle, two at least;
    `trades` one row a trade with the columns of trading.position. `exposed` is the number of
    candles with a position; `traded` (notional of all fills), `fees` and `funding` are in quote
    units.
    """
    time = np.require(time, np.int64, ["C", "W"])  # as trading.compiled.plain
    equity = plain(equity)
    mean, deviation, losses = moments(equity)
    step = timeframe.ms
    yearly = sqrt(YEAR_MS / step)
    fall = falls(time, equity)
    each = trade_figures(plain(trades), time)
    days = _Days.of(time, step, equity)
    cash = float(equity[0])
    total_return = float(equity[-1]) / cash - 1.0
    period = int(time[-1]) + step - int(time[0])
    annual_return = annualised(total_return, period)
    turnover = traded / cash
    fell, long = fall.start >= 0, period >= SHORTEST_ANNUALISED_MS
    return Metrics(
        total_return=total_return,
        annual_return=annual_return,
        buy_and_hold_return=float(held.price[-1]) * held.quantity / cash - 1.0,
        exposure=exposed / len(equity),
        volatility=deviation * yearly if long else None,
        sharpe=mean / deviation * yearly if long and deviation > 0.0 else None,
        sortino=mean / losses * yearly if long and losses > NO_VARIATION * abs(mean) else None,
        calmar=annual_return / fall.drawdown if fell and annual_return is not None else None,
        max_drawdown=fall.drawdown,
        drawdown_start=from_ms(int(time[fall.start]) + step) if fell else None,
        drawdown_bottom=from_ms(int(time[fall.bottom]) + step) if fell else None,
        drawdown_recovery=(
            from_ms(int(time[fall.recovered]) + step) if fall.recovered >= 0 else None
        ),
        under_water=fall.under / len(equity),
        longest_under_water=timedelta(milliseconds=fall.longest),
        buy_and_hold_drawdown=fall_of_held(plain(held.price), held.quantity, cash),
        best_day=days.best,
        worst_day=days.worst,
        var=days.var,
        cvar=days.cvar,
        tail_ratio=days.tail_ratio,
        trades=len(trades),
        win_rate=each.wins / len(trades) if len(trades) else None,
        profit_factor=each.gained / each.lost if each.lost > 0.0 else None,
        expectancy=_known(each.mean),
        average_win=_known(each.mean_win),
        average_loss=_known(each.mean_loss),
        best_trade=_known(each.best),
        worst_trade=_known(each.worst),
        most_wins=each.most_wins,
        most_losses=each.most_losses,
        average_holding=None if isnan(each.held) else timedelta(milliseconds=each.held),
        turnover=turnover,
        turnover_per_year=turnover * YEAR_MS / period if long else None,
        fees=fees,
        funding=funding,
    )


def annualised(total_return: float, period_ms: int) -> float | None:
    """Return the yearly return that compounds to `total_return` over a period in milliseconds.

    None under 30 days, and where it would be too large for a number.
    """
    if period_ms < SHORTEST_ANNUALISED_MS:
        return None
    if total_return <= -1.0:
        return -1.0
    power = log(1.0 + total_return) * (YEAR_MS / period_ms)
    return exp(power) - 1.0 if power < _HIGHEST_LOG else None


@dataclass(frozen=True)
class _Days:
    """What the daily returns amount to, with the definitions of Metrics."""

    best: float | None = None
    worst: float | None = None
    var: float | None = None
    cvar: float | None = None
    tail_ratio: float | None = None

    @classmethod
    def of(cls, time: IntArray, step: int, equity: FloatArray) -> _Days:
        if step > DAY_MS:
            return cls()
        most = min(len(time), int(time[-1]) // DAY_MS - int(time[0]) // DAY_MS + 1)
        changes = np.empty(most)
        changes = changes[: fill_daily(time, equity, DAY_MS // step, changes)]
        if not len(changes):
            return cls()
        changes.sort()
        best, worst = float(changes[-1]), float(changes[0])
        if len(changes) < LEAST_DAYS:
            return cls(best, worst)
        tail = tail_of(changes[: tail_size(len(changes), LEVEL)], LEVEL, len(changes))
        low, high = percentile(changes, 0.05), percentile(changes, 0.95)
        return cls(best, worst, tail.var, tail.cvar, high / abs(low) if low else None)


def percentile(ordered: FloatArray, share: float) -> float:
    """Return a percentile of ordered values, interpolated linearly between two of them."""
    place = share * (len(ordered) - 1)
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * (place - below)


def _known(value: float) -> float | None:
    return None if isnan(value) else value
