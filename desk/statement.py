"""A statement of profit: today, this week, this month, in all, and one way to break it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from desk.portfolio import Portfolio
from trading.profit import Period, Profit, Tally, first_day

Span = Literal["day", "week", "month", "all"]
By = Literal["time", "symbol", "strategy"]
PERIODS: tuple[Period, ...] = ("day", "week", "month")
TOTALS: Mapping[Span, str] = {
    "day": "today",
    "week": "this week",
    "month": "this month",
    "all": "in all",
}
MOST_ROWS = 8
ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """Profit of one name: a period, symbol or strategy.

    `unrealised` is what it holds now, None where nothing is held or it is not told apart.
    """

    name: str
    profit: Profit
    unrealised: Decimal | None = None


@dataclass(frozen=True)
class Statement:
    """Profit in `currency`; realised and unrealised are never added up in `totals` and `rows`.

    `totals`: today, this week, this month, in all. `rows` break `span` down, the last one sums
    up those that there was no room for. `day_profit`: change of equity since 00:00 UTC.
    `fresh` False: a price is missing, and the unrealised profit is that of the last one known.
    """

    currency: str
    at: datetime
    source: str
    demo: bool
    fresh: bool
    totals: tuple[Row, ...]
    unrealised: Decimal
    day_profit: Decimal
    span: Span
    by: By
    rows: tuple[Row, ...]


def statement(tally: Tally, view: Portfolio, span: Span, by: By) -> Statement:
    """Break an account's profit down for the moment of `view`."""
    today = view.at.astimezone(UTC).date()
    starts = _starts(today)
    rows = _by_time(tally, span) if by == "time" else _by_name(tally, view, starts[span], by)
    return Statement(
        currency=view.currency,
        at=view.at,
        source=view.source,
        demo=view.demo,
        fresh=view.fresh,
        totals=tuple(Row(name, tally.total(starts[one])) for one, name in TOTALS.items()),
        unrealised=view.unrealised,
        day_profit=view.day_profit,
        span=span,
        by=by,
        rows=_shortened(rows),
    )


def _starts(today: date) -> Mapping[Span, date | None]:
    return {"all": None, **{period: first_day(period, today) for period in PERIODS}}


def _by_time(tally: Tally, span: Span) -> list[Row]:
    """Periods with fills, newest first; all of the time is told by the month."""
    period: Period = "month" if span == "all" else span
    found = tally.by_period(period)
    return [Row(_name(period, first), profit) for first, profit in reversed(found.items())]


def _name(period: Period, first: date) -> str:
    if period == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return f"{first:%b %Y}" if period == "month" else f"{first:%a %d %b}"


def _by_name(tally: Tally, view: Portfolio, since: date | None, by: By) -> list[Row]:
    """Symbols or strategies with fills since then or something held, the best first."""
    profits = tally.by_symbol(since) if by == "symbol" else tally.by_strategy(since)
    held: dict[str, Decimal] = {}
    for one in view.holdings:
        name = one.position.symbol if by == "symbol" else one.position.strategy
        held[name] = held.get(name, ZERO) + one.unrealised
    names = sorted({*profits, *held})
    rows = [Row(name, profits.get(name, Profit()), held.get(name)) for name in names]
    return sorted(rows, key=lambda row: row.profit.net, reverse=True)


def _shortened(rows: list[Row]) -> tuple[Row, ...]:
    if len(rows) <= MOST_ROWS:
        return tuple(rows)
    left = rows[MOST_ROWS - 1 :]
    profit = Profit()
    for row in left:
        profit = profit.plus(row.profit)
    held = [row.unrealised for row in left if row.unrealised is not None]
    rest = Row(f"{len(left)} more", profit, sum(held, ZERO) if held else None)
    return (*rows[: MOST_ROWS - 1], rest)
