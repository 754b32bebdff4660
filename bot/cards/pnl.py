"""The card of profit and loss."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.cards.card import Block, Button, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.proposal import simulated
from desk.figures import grouped, money, percent
from desk.statement import TOTALS, By, Row, Span, Statement
from trading.profit import Profit

HEAD = ("", "realised", "fees", "net")
SPANS: Mapping[Span, str] = {"day": "Day", "week": "Week", "month": "Month", "all": "All"}
WAYS: Mapping[By, str] = {"time": "Over time", "symbol": "By symbol", "strategy": "By strategy"}


def pnl_card(made: Statement) -> Card:
    """Show a statement, with buttons that break the profit down another way."""
    total = made.totals[-1].profit
    lines = grid(HEAD, [_figures(row) for row in made.totals])
    apart = [
        *pair("unrealised now", money(made.unrealised, made.currency, signed=True)),
        *pair("equity since 00:00", money(made.day_profit, made.currency, signed=True)),
    ]
    blocks = [
        Block("title", f"Profit in {made.currency}"),
        narrow(lines),
        narrow([*apart, *_trades(total, made.currency)]),
        Block("title", _heading(made)),
        _breakdown(made),
        Block("small", f"{made.source} · {made.at:%d %b %H:%M:%S} UTC · days, weeks in UTC"),
    ]
    if not made.fresh:
        blocks.append(Block("small", "A price is missing; unrealised is at the last one known."))
    return Card((*blocks, simulated(demo=made.demo)), _buttons(made))


def _figures(row: Row) -> tuple[str, str, str, str]:
    profit = row.profit
    return (row.name, _signed(profit.realised), grouped(profit.fees, 2), _signed(profit.net))


def _trades(total: Profit, currency: str) -> list[str]:
    if total.best is None or total.worst is None:
        return pair("trades ended", "none")
    share = percent(total.wins / total.trades)
    return [
        *pair("trades ended", str(total.trades)),
        *pair("won after fees", f"{total.wins} ({share})"),
        *pair("best trade", money(total.best, currency, signed=True)),
        *pair("worst trade", money(total.worst, currency, signed=True)),
    ]


def _heading(made: Statement) -> str:
    if made.by == "time":
        return f"By {'month' if made.span == 'all' else made.span}"
    return f"{TOTALS[made.span].capitalize()}, by {made.by}"


def _breakdown(made: Statement) -> Block:
    if not made.rows:
        return Block("text", "No fills yet." if made.span == "all" else "No fills.")
    lines = grid(HEAD, [_figures(row) for row in made.rows])
    held = [(row.name, row.unrealised) for row in made.rows if row.unrealised is not None]
    if held:
        lines += ["", "unrealised now"]
    for name, gain in held:
        lines += pair(f"  {name}", _signed(gain))
    return narrow(lines)


def _buttons(made: Statement) -> tuple[tuple[Button, ...], ...]:
    spans = tuple(
        Button(_chosen(label, span == made.span), f"pnl:{span}:{made.by}")
        for span, label in SPANS.items()
    )
    ways = tuple(
        Button(_chosen(label, by == made.by), f"pnl:{made.span}:{by}") for by, label in WAYS.items()
    )
    return (spans, ways)


def _chosen(label: str, chosen: bool) -> str:
    return f"• {label}" if chosen else label


def _signed(value: Decimal) -> str:
    text = grouped(value, 2)
    return text if text.startswith("−") else f"+{text}"
