"""The metrics once more, from their definitions, by plain loops and pandas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import ceil, isnan, sqrt

import numpy as np
import pandas as pd

from trading.candles import FloatArray, IntArray, Timeframe
from trading.metrics import Metrics
from trading.position import T_ENTERED, T_ENTRY_VALUE, T_LEFT, T_PROFIT

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slow_measure(
    time: IntArray,
    timeframe: Timeframe,
    equity: FloatArray,
    trades: FloatArray,
    hold: FloatArray,
    *,
    exposed: int,
    traded: float,
    fees: float,
    funding: float,
) -> Metrics:
    """Compute what trading.metrics.measure does; `hold` is the equity of holding."""
    closes = [EPOCH + timedelta(milliseconds=int(t)) + timeframe.delta for t in time]
    days = (closes[-1] - closes[0] + timeframe.delta) / timedelta(days=1)
    curve = pd.Series(equity, dtype=float)
    before = curve.shift(1)
    changes = (curve / before - 1.0)[1:].where(before[1:] > 0, 0.0)
    deviation = changes.std(ddof=1) if len(changes) > 1 else 0.0
    losses = sqrt((changes.clip(upper=0.0) ** 2).mean())
    yearly = sqrt(timedelta(days=365) / timeframe.delta)
    total = float(equity[-1] / equity[0] - 1)
    annual = (1 + total) ** (365 / days) - 1 if days >= 30 else None
    below = 1 - curve / curve.cummax()
    depth = float(below.max())
    start, bottom, recovered = _deepest(equity, below)
    daily = _daily(time, timeframe, curve)
    shares = trades[:, T_PROFIT] / trades[:, T_ENTRY_VALUE]
    profits = trades[:, T_PROFIT]
    won, lost = profits > 0, profits < 0
    held = [closes[int(r[T_LEFT])] - closes[int(r[T_ENTERED])] for r in trades]
    tail = sorted(daily)[: ceil(len(daily) * 0.05 - 1e-9)] if len(daily) >= 60 else []
    low, high = np.percentile(daily, [5, 95]) if tail else (0.0, 0.0)
    return Metrics(
        total_return=total,
        annual_return=annual,
        buy_and_hold_return=float(hold[-1] / equity[0] - 1),
        exposure=exposed / len(equity),
        volatility=deviation * yearly if days >= 30 else None,
        sharpe=changes.mean() / deviation * yearly if days >= 30 and deviation > 1e-9 else None,
        sortino=changes.mean() / losses * yearly if days >= 30 and losses > 1e-9 else None,
        calmar=annual / depth if annual is not None and depth > 0 else None,
        max_drawdown=depth,
        drawdown_start=None if start is None else closes[start],
        drawdown_bottom=None if bottom is None else closes[bottom],
        drawdown_recovery=None if recovered is None else closes[recovered],
        under_water=float((below > 0).mean()),
        longest_under_water=_longest(equity, closes),
        buy_and_hold_drawdown=float((1 - pd.Series(hold) / pd.Series(hold).cummax()).max()),
        best_day=max(daily, default=None),
        worst_day=min(daily, default=None),
        var=max(0.0, -tail[-1]) if tail else None,
        cvar=max(0.0, -float(np.mean(tail))) if tail else None,
        tail_ratio=high / abs(low) if low != 0 else None,
        trades=len(trades),
        win_rate=float(won.mean()) if len(trades) else None,
        profit_factor=float(profits[won].sum() / -profits[lost].sum()) if lost.any() else None,
        expectancy=_mean(shares),
        average_win=_mean(shares[won]),
        average_loss=_mean(shares[lost]),
        best_trade=float(shares.max()) if len(trades) else None,
        worst_trade=float(shares.min()) if len(trades) else None,
        most_wins=_longest_run(list(won)),
        most_losses=_longest_run(list(lost)),
        average_holding=sum(held, timedelta()) / len(held) if held else None,
        turnover=traded / float(equity[0]),
        turnover_per_year=traded / float(equity[0]) * 365 / days if days >= 30 else None,
        fees=fees,
        funding=funding,
    )


def _deepest(
    equity: FloatArray, below: pd.Series[float]
) -> tuple[int | None, int | None, int | None]:
    if below.max() <= 0:
        return None, None, None
    bottom = int(below.to_numpy().argmax())
    peak = max(equity[:bottom])
    start = max(i for i in range(bottom) if equity[i] == peak)
    back = [i for i in range(bottom, len(equity)) if equity[i] >= peak]
    return start, bottom, back[0] if back else None


def _longest(equity: FloatArray, closes: list[datetime]) -> timedelta:
    longest, peak, since = timedelta(0), equity[0], closes[0]
    for i, value in enumerate(equity):
        if value < peak or (i > 0 and equity[i - 1] < peak):
            longest = max(longest, closes[i] - since)
        if value >= peak:
            peak, since = value, closes[i]
    return longest


def _daily(time: IntArray, timeframe: Timeframe, curve: pd.Series[float]) -> list[float]:
    if timeframe is Timeframe.W1:
        return []
    dates = pd.to_datetime(pd.Series(time), unit="ms", utc=True).dt.floor("D")
    grouped = curve.groupby(dates.to_numpy())
    last = grouped.last().asfreq("D")
    changes = last / last.shift(1).where(last.shift(1) > 0) - 1
    if grouped.size().iloc[0] > 1:
        changes.iloc[0] = last.iloc[0] / curve.iloc[0] - 1
    return [float(each) for each in changes if not isnan(each)]


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None


def _longest_run(hits: list[bool]) -> int:
    return max((len(list(run)) for hit, run in groupby(hits) if hit), default=0)
