"""Closer looks at a backtest: its trades, page by page, its months, and all its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.cards.backtest import again, origin, remark
from bot.cards.card import Block, Button, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from desk.figures import percent, plain, price
from desk.metric_words import intervals_in_words, metric_in_words, missing_in_words
from desk.study_charts import trades_chart
from trading.candles import DAY_MS
from trading.metric_names import GROUP_TITLES, GROUPS, METRIC_NAMES

if TYPE_CHECKING:
    from bot.studies import Kept
    from desk.study import Study, SymbolTrade
    from trading.monthly import Month, Year

TRADE_LINES = 18  # of a page; with more the text does not fit under the picture
MOST_TRADES = 8
MONTHS_PAGE = 24
TRADE_RETURNS = "Returns of trades are on the position's value at entry, before leverage."
LONG = timedelta(days=180)


def trades_card(kept: Kept, page: int, told: str = "") -> Card:
    """Show a page of closed trades, page 0 the newest, on their candles."""
    study = kept.study
    count, size = len(study.trades), page_size(study)
    last = max(0, (count - 1) // size)
    page = min(page, last)
    end = count - page * size
    shown = study.trades[max(0, end - size) : end]
    blocks = [Block("title", f"Trades of {study.heading}"), *remark(told)]
    if shown:
        blocks.append(Block("text", _span(study, shown)))
        blocks += [narrow(_trade_lines(study, shown)), *_leverage_words(study)]
    else:
        blocks.append(Block("text", "No trade was closed."))
    held = list(_open_lines(study)) if page == 0 else []
    blocks += [Block("text", "Still open at the end:"), narrow(held)] if held else []
    action = f"backtest:{kept.id}:trades"
    rows = pager(action, page, more=end > size, names=("Newer", "Older"))
    chart = trades_chart(study, shown)
    return Card(
        (*blocks, again(kept), simulated(demo=study.demo)),
        (*rows, *_ends(action, page, last)),
        chart,
    )


def page_size(study: Study) -> int:
    """Return how many trades a page shows, so that picture and text are one message."""
    lines = 2 + study.is_portfolio + _leveraged(study)
    return min(MOST_TRADES, TRADE_LINES // lines)


def _leveraged(study: Study) -> bool:
    return study.trial.rules.leverage > 1


def _ends(action: str, page: int, last: int) -> tuple[tuple[Button, ...], ...]:
    """Make the row that leads to the first and last of many pages, where no neighbour is it."""
    row = []
    if page > 1:
        row.append(Button("⇤ Newest", f"{action}:0"))
    if page < last - 1:
        row.append(Button("Oldest ⇥", f"{action}:{last}"))
    return (tuple(row),) if row else ()


def _span(study: Study, shown: Sequence[SymbolTrade]) -> str:
    numbers = [one.number for one in shown]
    span = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
    text = f"{span} of {len(study.trades)}, newest first"
    return f"{text}. Picture: {shown[-1].symbol}." if study.is_portfolio else text


def _trade_lines(study: Study, shown: Sequence[SymbolTrade]) -> Iterator[str]:
    """Write the newest first; a line of its own says the year where the times have no room."""
    daily = study.trial.timeframe.ms >= DAY_MS
    year = 0
    for one in reversed(shown):
        trade = one.trade
        if study.spans_years and not daily and trade.left_at.year != year:
            year = trade.left_at.year
            yield f"  {year}"
        yield f"{one.number} {trade.side} {_times(one, daily=daily)}"
        if study.is_portfolio:
            yield f"  {one.symbol}"
        prices = f"  {price(trade.entry_price)} → {price(trade.exit_price)}"
        yield from pair(prices, f"{percent(trade.return_fraction, signed=True)} {trade.reason}")
        if _leveraged(study):
            on_margin = trade.return_fraction * study.trial.rules.leverage
            yield from pair("  on its margin", percent(on_margin, signed=True))


def _times(one: SymbolTrade, *, daily: bool) -> str:
    entered, left = one.trade.entered_at, one.trade.left_at
    # Half a year and more: the hours say nothing, and the years may not be clear without.
    clock = "%d %b %y" if daily or left - entered > LONG else "%d %b %H:%M"
    return f"{entered:{clock}}–{left:{clock}}"


def _leverage_words(study: Study) -> Iterator[Block]:
    if _leveraged(study):
        times = plain(study.trial.rules.leverage)
        yield Block(
            "small",
            f"The return is on the position's value at entry, on its margin {times} × that.",
        )


def _open_lines(study: Study) -> Iterator[str]:
    for symbol, held in study.open_positions:
        yield f"{held.side} {symbol} since {held.entered_at:%d %b %y}"
        profit = held.unrealised / (held.entry_price * held.quantity)
        yield from pair(f"  from {price(held.entry_price)}", percent(profit, signed=True))


def months_card(kept: Kept, page: int, told: str = "") -> Card:
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
        *remark(told),
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


def figures_card(kept: Kept, told: str = "") -> Card:
    """Show every metric with its unit, by groups."""
    study = kept.study
    blocks = [Block("title", f"All figures of {study.heading}"), *remark(told)]
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
    missing = missing_in_words(study.metrics)
    blocks += [Block("text", "\n".join(("No value:", *missing)))] if missing else []
    blocks += [Block("text", TRADE_RETURNS)] if study.trades and _leveraged(study) else []
    blocks += [Block("small", origin(study)), again(kept), simulated(demo=study.demo)]
    return Card(tuple(blocks))


def _interval_lines(study: Study) -> Iterator[str]:
    for label, low, high in intervals_in_words(study.intervals):
        yield from pair(label, f"{low} … {high}")
