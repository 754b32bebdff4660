"""What an equity curve and a list of trades amount to."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt

from trading.candles import Candles, FloatArray
from trading.compiled import compiled, plain

YEAR_MS = 365 * 86_400_000  # crypto never closes
SHORTEST_ANNUALISED_MS = 30 * 86_400_000


@dataclass(frozen=True)
class Metrics:
    """Figures of one backtest; fractions unless said otherwise, None where there is no answer.

    total_return: last equity / initial cash − 1.
    annual_return: (1 + total_return) ^ (365 days / period) − 1; None under 30 days, where the
        power would blow noise up.
    buy_and_hold_return: of buying everything at the second candle's open (the first fill that
        a signal can have), with the same fee and slippage, marked at the last close.
    max_drawdown: largest fall of equity (at closes) from its highest value so far / that value.
    volatility: sample standard deviation of per-candle returns x sqrt(candles a year).
    sharpe: mean / sample standard deviation of per-candle returns x sqrt(candles a year), no
        risk-free rate; None when equity does not vary.
    exposure: candles with a position at any moment / all candles.
    fees: all fees paid, in quote units.
    trades: closed trades; an open position is none yet.
    win_rate: trades with a profit after fees / trades.
    profit_factor: sum of profits / sum of losses of the trades; None without a loss.
    best_trade, worst_trade: profit after fees / notional at entry.
    """

    total_return: float
    annual_return: float | None
    buy_and_hold_return: float
    max_drawdown: float
    volatility: float
    sharpe: float | None
    exposure: float
    fees: float
    trades: int
    win_rate: float | None
    profit_factor: float | None
    best_trade: float | None
    worst_trade: float | None


@compiled
def curve_figures(equity: FloatArray) -> tuple[float, float, float]:
    """Return max drawdown, mean and sample standard deviation of per-candle returns."""
    peak = equity[0]
    drawdown = 0.0
    total = 0.0
    squares = 0.0
    for i in range(1, len(equity)):
        value = equity[i]
        if value > peak:
            peak = value
        elif value < peak * (1.0 - drawdown):
            drawdown = 1.0 - value / peak
        # After ruin nothing is earned or lost any more.
        if equity[i - 1] > 0.0:
            change = value / equity[i - 1] - 1.0
            total += change
            squares += change * change
    count = len(equity) - 1
    mean = total / count
    if count < 2:
        return drawdown, mean, 0.0
    variance = max(0.0, (squares - count * mean * mean) / (count - 1))
    deviation = sqrt(variance)
    # Below this it is rounding of the sums, not variation.
    if deviation <= 1e-7 * abs(mean):
        deviation = 0.0
    return drawdown, mean, deviation


@compiled
def trade_figures(
    profit: FloatArray, notional: FloatArray
) -> tuple[float, float, float, float, float]:
    """Return win rate, sum of profits, sum of losses (positive), best and worst trade.

    The rates are nan without a trade.
    """
    wins = 0
    gained = 0.0
    lost = 0.0
    best = nan
    worst = nan
    for i in range(len(profit)):
        if profit[i] > 0.0:
            wins += 1
            gained += profit[i]
        else:
            lost -= profit[i]
        share = profit[i] / notional[i]
        if not share <= best:
            best = share
        if not share >= worst:
            worst = share
    rate = wins / len(profit) if len(profit) > 0 else nan
    return rate, gained, lost, best, worst


def measure(
    candles: Candles,
    equity: FloatArray,
    profit: FloatArray,
    notional: FloatArray,
    *,
    buy_and_hold_return: float,
    exposure: float,
    fees: float,
) -> Metrics:
    """Compute every metric of equity per candle close and of the closed trades.

    `profit` after fees and `notional` at entry are in quote units, one value a trade.
    """
    drawdown, mean, deviation = curve_figures(plain(equity))
    win_rate, gained, lost, best, worst = trade_figures(plain(profit), plain(notional))
    per_year = candles.timeframe.per_year
    total_return = float(equity[-1] / equity[0]) - 1.0
    return Metrics(
        total_return=total_return,
        annual_return=_annual(total_return, candles),
        buy_and_hold_return=buy_and_hold_return,
        max_drawdown=drawdown,
        volatility=deviation * sqrt(per_year),
        sharpe=mean / deviation * sqrt(per_year) if deviation > 0.0 else None,
        exposure=exposure,
        fees=fees,
        trades=len(profit),
        win_rate=_known(win_rate),
        profit_factor=gained / lost if lost > 0.0 else None,
        best_trade=_known(best),
        worst_trade=_known(worst),
    )


def _annual(total_return: float, candles: Candles) -> float | None:
    period = int(candles.time[-1]) + candles.timeframe.ms - int(candles.time[0])
    if period < SHORTEST_ANNUALISED_MS:
        return None
    return float(max(0.0, 1.0 + total_return) ** (YEAR_MS / period)) - 1.0


def _known(value: float) -> float | None:
    return None if isnan(value) else value
