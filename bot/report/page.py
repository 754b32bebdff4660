"""Fill the report's template; every word that goes into it is escaped there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.report.drawing import Curve, Picture, Point, picture
from desk.figures import grouped, money, percent, plain, price
from desk.metric_words import NONE, intervals_in_words, metric_in_words
from desk.rule_words import rules_in_words
from desk.study import SHORTEST, Study, SymbolTrade
from desk.study_words import cautions
from trading.candles import to_ms
from trading.metric_names import GROUP_TITLES, GROUPS, METRIC_NAMES, MetricName
from trading.monthly import Month

TEMPLATE = "report.html.j2"
MOST_TRADES = 1000
MARKED_TRADES = 60
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A figure and its unit, which must not end up on two lines.
UNIT = re.compile(r"(?<=\d) (?=[%×]|[A-Z]{3,5}\b)")
STRONG, WEAK = 0.10, 0.03  # returns of a month from which its cell has a deeper colour


@dataclass(frozen=True)
class Figure:
    """One metric with its value and what it means."""

    label: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Cell:
    """A month's return; `kind` is its class in the style sheet."""

    text: str
    kind: str


@dataclass(frozen=True)
class YearRow:
    year: str
    cells: tuple[Cell, ...]
    change: Cell
    held: str


@dataclass(frozen=True)
class TradeRow:
    """A trade; `symbol` and `on_margin` are "" where they say nothing."""

    number: str
    side: str
    symbol: str
    change: str
    on_margin: str
    profit: str
    entered: str
    left: str
    entry: str
    exit: str
    reason: str
    won: bool


def write_report(study: Study, command: str) -> bytes:
    """Write one HTML file that needs no network, no script and no other file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unbroken,
    )
    trades = study.trades[-MOST_TRADES:]
    return (
        environment.get_template(TEMPLATE)
        .render(
            study=study,
            command=command,
            key=_key_figures(study),
            rules=rules_in_words(study.trial),
            cash=money(study.trial.rules.initial_cash, study.quote),
            cautions=cautions(study),
            pictures=tuple(_pictures(study)),
            groups=tuple(_groups(study)),
            intervals=intervals_in_words(study.intervals),
            months=MONTHS,
            years=tuple(_years(study)),
            trades=tuple(_trade_row(one, study) for one in reversed(trades)),
            shown=len(trades),
            leveraged=study.trial.rules.leverage > 1,
            held=tuple(_held(study)),
            shares=tuple(_shares(study)),
        )
        .encode()
    )


def _unbroken(value: object) -> object:
    return UNIT.sub("\N{NO-BREAK SPACE}", value) if type(value) is str else value


def _key_figures(study: Study) -> tuple[Figure, ...]:
    metrics, sharpe = study.metrics, study.intervals.sharpe
    between = f"95 %: {plain(sharpe.low)} … {plain(sharpe.high)}" if sharpe else ""
    if study.period < SHORTEST:
        between = "under 30 days there is none"
    start, end = metrics.drawdown_start, metrics.drawdown_bottom
    fall = f"{start:%d %b %Y} – {end:%d %b %Y}" if start and end else ""
    yearly = metrics.annual_return
    won = metrics.win_rate
    return (
        Figure(
            "Total return",
            percent(metrics.total_return, signed=True),
            "" if yearly is None else f"{percent(yearly, signed=True)} a year",
        ),
        Figure(
            "Buy and hold",
            percent(metrics.buy_and_hold_return, signed=True),
            f"drawdown {percent(metrics.buy_and_hold_drawdown)}",
        ),
        Figure("Max drawdown", percent(metrics.max_drawdown), fall),
        Figure(
            "Sharpe ratio", "none" if metrics.sharpe is None else plain(metrics.sharpe), between
        ),
        Figure(
            "Trades",
            grouped(metrics.trades, 0),
            "" if won is None else f"{percent(won)} won",
        ),
        Figure(
            "Fees paid",
            money(metrics.fees, study.quote),
            f"{percent(metrics.fees / study.trial.rules.initial_cash)} of the money at start",
        ),
    )


def _pictures(study: Study) -> Iterator[Picture]:
    cash = study.trial.rules.initial_cash
    equity, held = study.equity / cash * 100, study.hold_equity / cash * 100
    yield picture(
        "Equity (blue) and buy and hold (amber), start = 100",
        study.time,
        (Curve("hold", held), Curve("equity", equity)),
        230,
    )
    fallen = study.equity / np.maximum.accumulate(study.equity) - 1.0
    yield picture(
        "Drawdown: below the highest equity so far",
        study.time,
        (Curve("fall", fallen, area=True),),
        120,
        percent=True,
    )
    for candles in study.candles:
        trades = [one for one in study.trades if one.symbol == candles.symbol][-MARKED_TRADES:]
        if not trades:
            continue
        first = int(np.searchsorted(candles.time, to_ms(trades[0].trade.entered_at)))
        shown = candles[max(0, first - 20) :] if len(study.trades) > MARKED_TRADES else candles
        yield picture(
            f"{candles.symbol} with the {len(trades)} newest trades: ▲ bought, ▼ sold",
            shown.time,
            (Curve("price", shown.close),),
            230,
            points=[point for one in trades for point in _points(one)],
        )


def _points(one: SymbolTrade) -> tuple[Point, Point]:
    trade = one.trade
    entered, left = float(to_ms(trade.entered_at)), float(to_ms(trade.left_at))
    kinds = ("buy", "sell") if trade.side == "long" else ("sell", "buy")
    return (
        Point(kinds[0], entered, trade.entry_price),
        Point(kinds[1], left, trade.exit_price),
    )


def _groups(study: Study) -> Iterator[tuple[str, tuple[Figure, ...]]]:
    for group in GROUPS:
        figures = tuple(_figure(study, name) for name in METRIC_NAMES if name.group == group)
        yield GROUP_TITLES[group], figures


def _figure(study: Study, name: MetricName) -> Figure:
    value = metric_in_words(study.metrics, name, study.quote)
    why = f" None here: {name.missing}." if value == NONE and name.missing else ""
    return Figure(name.label, value, f"{name.meaning}{why}")


def _years(study: Study) -> Iterator[YearRow]:
    found = {(each.year, each.month): each for each in study.months.months}
    for year in reversed(study.months.years):
        cells = tuple(_month_cell(found.get((year.year, number))) for number in range(1, 13))
        change = Cell(percent(year.change, signed=True), _kind(year.change))
        star = "" if year.whole else "*"
        yield YearRow(f"{year.year}{star}", cells, change, percent(year.held, signed=True))


def _month_cell(month: Month | None) -> Cell:
    if month is None:
        return Cell("", "")
    text = f"{month.change * 100:+.1f}".replace("-", "−")
    return Cell(text if month.whole else f"{text}*", _kind(month.change))


def _kind(change: float) -> str:
    side = "up" if change > 0 else "down"
    size = abs(change)
    return "" if size < 0.0005 else f"{side}{3 if size >= STRONG else 2 if size >= WEAK else 1}"


def _trade_row(one: SymbolTrade, study: Study) -> TradeRow:
    trade, leverage = one.trade, study.trial.rules.leverage
    on_margin = percent(trade.return_fraction * leverage, signed=True)
    return TradeRow(
        number=str(one.number),
        side=trade.side,
        symbol=one.symbol if study.is_portfolio else "",
        change=percent(trade.return_fraction, signed=True),
        on_margin=on_margin if leverage > 1 else "",
        profit=money(trade.profit, study.quote, signed=True),
        entered=f"{trade.entered_at:%Y-%m-%d %H:%M}",
        left=f"{trade.left_at:%Y-%m-%d %H:%M}",
        entry=price(trade.entry_price),
        exit=price(trade.exit_price),
        reason=trade.reason,
        won=trade.profit > 0,
    )


def _held(study: Study) -> Iterator[str]:
    for symbol, held in study.open_positions:
        profit = money(held.unrealised, study.quote, signed=True)
        since = f"{held.entered_at:%Y-%m-%d %H:%M} UTC"
        yield f"{held.side} {symbol} since {since} from {price(held.entry_price)}: {profit} so far"


def _shares(study: Study) -> Iterator[tuple[str, str]]:
    cash = study.trial.rules.initial_cash
    if len(study.profits) > 1:
        for symbol, profit in study.profits:
            yield symbol, percent(profit / cash, signed=True)
