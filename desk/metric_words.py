"""The metrics of a backtest as they are written on cards, in files and in the report."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.figures import grouped, money, percent, plain
from trading.bootstrap import Intervals
from trading.metric_names import METRIC_NAMES, MetricName
from trading.metrics import Metrics

NONE = "none"
# Gains and losses, where a plus says something.
SIGNED = frozenset(
    {
        "total_return",
        "annual_return",
        "buy_and_hold_return",
        "best_day",
        "worst_day",
        "expectancy",
        "average_win",
        "average_loss",
        "best_trade",
        "worst_trade",
    }
)


def metric_in_words(metrics: Metrics, name: MetricName, quote: str) -> str:
    """Write one metric with its unit, or `none`; `quote` names the money."""
    value = getattr(metrics, name.name)
    if value is None:
        return NONE
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M}"
    if isinstance(value, timedelta):
        return duration(value)
    if name.unit == "fraction":
        return percent(value, signed=name.name in SIGNED)
    if name.unit == "quote":
        return money(value, quote)
    return grouped(value, 0) if name.unit == "count" else plain(float(value))


def missing_in_words(metrics: Metrics) -> list[str]:
    """Say which metrics have no value and why, a sentence for each reason."""
    labels: dict[str, list[str]] = {}
    for name in METRIC_NAMES:
        if getattr(metrics, name.name) is None and name.missing:
            labels.setdefault(name.missing, []).append(name.label)
    return [f"{', '.join(found)}: {why}." for why, found in labels.items()]


def intervals_in_words(intervals: Intervals) -> list[tuple[str, str, str]]:
    """Write each 95 % interval that there is: its label, low end and high end."""
    shares = (("Total return", intervals.total_return), ("Return a year", intervals.annual_return))
    told = [
        (label, percent(found.low, signed=True), percent(found.high, signed=True))
        for label, found in shares
        if found is not None
    ]
    if intervals.sharpe is not None:
        told.append(("Sharpe ratio", plain(intervals.sharpe.low), plain(intervals.sharpe.high)))
    return told


def duration(span: timedelta) -> str:
    """Write a length of time: `12 days 4 h`, `3 h 20 min`."""
    minutes = round(span.total_seconds() / 60)
    days, hours = divmod(minutes // 60, 24)
    if days >= 10 or (days and not hours):
        return f"{grouped(days, 0)} {'day' if days == 1 else 'days'}"
    if days:
        return f"{days} {'day' if days == 1 else 'days'} {hours} h"
    return f"{hours} h" if not minutes % 60 else f"{hours} h {minutes % 60} min"
