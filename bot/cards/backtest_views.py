"""Closer looks at a backtest: its trades, page by page, its months, and all its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from bot.cards.backtest import again, origin
from bot.cards.card import Block, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.figures import percent, price
from desk.metric_words import intervals_in_words, metric_in_words
from desk.study_charts import trades_chart
from trading.metric_names import GROUP_TITLES, GROUPS, METRIC_NAMES

if TYPE_CHECKING:
    from bot.studies import Kept
    from desk.study import Study, SymbolTrade
    from trading.monthly import Month, Year

TRADES_PAGE = 8
MONTHS_PAGE = 24
DAY_MS = 86_400_000


def trades_card(kept: Kept, page: int) -> Card:
    """Show a page of closed trades, page 0 the newest, on their candles."""
    study = kept.study
    count = len(study.trades)
    page = min(page, max(0, (count - 1) // TRADES_PAGE))
    end = count - page * TRADES_PAGE
    shown = study.trades[max(0, end - TRADES_PAGE) : end]
    title = f"Trades of {study.heading}"
    blocks = [Block("title", title)]
    if shown:
        span = f"{shown[0].number}–{shown[-1].number} of {count}, newest first"
        blocks += [Block("text", span), narrow(_trade_lines(study, shown))]
    else:
        blocks.append(Block("text", "No trade was closed."))
    held = list(_open_lines(study)) if page == 0 else []
    blocks += [Block("text", "Still open at the end:"), narrow(held)] if held else []
    names = ("Newer", "Older")
    rows = pager(f"backtest:{kept.id}:trades", page, more=end > TRADES_PAGE, names=names)
    chart = trades_chart(study, shown)
    return Card((*blocks, again(kept), simulated(demo=study.demo)), rows, chart)


def _trade_lines(study: Study, shown: Sequence[SymbolTrade]) -> Iterator[str]:
    clock = "%d %b %y" if study.trial.timeframe.ms >= DAY_MS else "%d %b %H:%M"
    for one in reversed(shown):
        trade = one.trade
        times = f"{trade.entered_at:{clock}}–{trade.left_at:{clock}}"
        yield f"{one.number} {trade.side} {times}"
        if study.is_portfolio:
            yield f"  {one.symbol}"
        prices = f"  {price(trade.entry_price)} → {price(trade.exit_price)}"
        yield from pair(prices, f"{percent(trade.return_fraction, signed=True)} {trade.reason}")


def _open_lines(study: Study) -> Iterator[str]:
    for symbol, held in study.open_positions:
        yield f"{held.side} {symbol} since {held.entered_at:%d %b %y}"
        profit = held.unrealised / (held.entry_price * held.quantity)
        yield from pair(f"  from {price(held.entry_price)}", percent(profit, signed=True))


def months_card(kept: Kept, page: int) -> Card:
    """Show what each month returned beside holding, page 0 the newest, then the years."""
    study = kept.study
    made = study.months
    page = min(page, max(0, (len(made.months) - 1) // MONTHS_PAGE))
    end = len(made.months) - page * MONTHS_PAGE
    shown = made.months[max(0, end - MONTHS_PAGE) : end]
    months = [(month_name(each), *_changes(each)) for each in reversed(shown)]
    years = [(_starred(str(each.year), each), *_changes(each)) for each in reversed(made.years)]
    blocks = [
        Block("title", f"Months of {study.heading}"),
        narrow(grid(("", "strategy", "hold"), months)),
        Block("text", "Years"),
        narrow(grid(("", "strategy", "hold"), years)),
    ]
    spans: list[Month | Year] = [*shown, *made.years]
    if not all(each.whole for each in spans):
        blocks.append(Block("small", "* only a part of it was tested"))
    names = ("Newer", "Older")
    rows = pager(f"backtest:{kept.id}:months", page, more=end > MONTHS_PAGE, names=names)
    return Card((*blocks, again(kept), simulated(demo=study.demo)), rows)


def month_name(month: Month) -> str:
    """Write a month, with a star when only a part of it was tested."""
    return _starred(f"{date(month.year, month.month, 1):%b %Y}", month)


def _starred(name: str, span: Month | Year) -> str:
    return name if span.whole else f"{name}*"


def _changes(span: Month | Year) -> tuple[str, str]:
    return percent(span.change, signed=True), percent(span.held, signed=True)


def figures_card(kept: Kept) -> Card:
    """Show every metric with its unit, by groups."""
    study = kept.study
    blocks = [Block("title", f"All figures of {study.heading}")]
    for group in GROUPS:
        lines = [
            line
            for name in METRIC_NAMES
            if name.group == group
            for line in pair(name.label, metric_in_words(study.metrics, name, study.quote))
        ]
        blocks += [Block("text", GROUP_TITLES[group]), narrow(lines)]
    between = list(_interval_lines(study))
    blocks += [Block("text", "95 % intervals (bootstrap)"), narrow(between)] if between else []
    blocks += [Block("small", origin(study)), again(kept), simulated(demo=study.demo)]
    return Card(tuple(blocks))


def _interval_lines(study: Study) -> Iterator[str]:
    for label, low, high in intervals_in_words(study.intervals):
        yield from pair(label, f"{low} … {high}")
