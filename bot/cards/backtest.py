"""The card of a backtest: what it earned beside buying and holding, and what to think of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from desk.figures import grouped, percent, plain

if TYPE_CHECKING:
    from bot.studies import Kept
    from desk.study import Study
    from trading.metrics import Metrics

VIEWS = {"trades": "Trades", "months": "Months", "figures": "All figures", "report": "Report"}


def backtest_card(kept: Kept, note: str) -> Card:
    """Show the main figures and the note over the equity's picture, with buttons for the rest."""
    study = kept.study
    blocks = [
        Block("title", study.heading),
        narrow(_lines(study)),
        *_shares(study),
        Block("text", note),
        again(kept),
        Block("small", origin(study), spare=1),
        simulated(demo=study.demo),
    ]
    return Card(tuple(blocks), buttons(kept), study.chart)


def buttons(kept: Kept) -> tuple[tuple[Button, ...], ...]:
    """Make the buttons that show more of a backtest."""
    row = [Button(label, f"backtest:{kept.id}:{view}") for view, label in VIEWS.items()]
    return (tuple(row[:2]), tuple(row[2:]))


def again(kept: Kept) -> Block:
    """Write the command that runs it again; a tap that comes too late reads it from here."""
    return Block("code", kept.command)


def remark(told: str) -> tuple[Block, ...]:
    """Make the block of what is to be said first, if there is anything."""
    return (Block("text", told),) if told else ()


def origin(study: Study) -> str:
    """Say what was tested: source, span and number of candles."""
    first, last = study.first_open_time, study.last_close_time
    count = grouped(len(study.time), 0)
    return f"{study.source} · {first:%d %b %Y} – {last:%d %b %Y %H:%M} UTC · {count} candles"


def _lines(study: Study) -> list[str]:
    metrics = study.metrics
    lines = pair(f"{study.title} return", percent(metrics.total_return, signed=True))
    if metrics.annual_return is not None:
        lines += pair("  a year", percent(metrics.annual_return, signed=True))
    lines += pair("Buy and hold", percent(metrics.buy_and_hold_return, signed=True))
    lines += pair("Max drawdown", percent(metrics.max_drawdown))
    lines += _fall(metrics)
    lines += pair("Sharpe ratio", "none" if metrics.sharpe is None else plain(metrics.sharpe))
    if study.intervals.sharpe is not None:
        low, high = study.intervals.sharpe.low, study.intervals.sharpe.high
        lines += pair("  95 % interval", f"{plain(low)} … {plain(high)}")
    won = "no trades" if metrics.win_rate is None else percent(metrics.win_rate)
    lines += pair(f"Win rate of {metrics.trades}", won)
    if metrics.profit_factor is not None:
        lines += pair("Profit factor", plain(metrics.profit_factor))
    lines += pair("Time in the market", percent(metrics.exposure))
    paid = percent(metrics.fees / study.trial.rules.initial_cash)
    return lines + pair("Fees, of the money at start", paid)


def _fall(metrics: Metrics) -> list[str]:
    """Say from when to when the deepest fall went, and when it was made good."""
    start, bottom = metrics.drawdown_start, metrics.drawdown_bottom
    if start is None or bottom is None:
        return []
    back = metrics.drawdown_recovery
    end = "not recovered yet" if back is None else f"recovered {back:%d %b %y}"
    return [f"  {start:%d %b %y} – {bottom:%d %b %y},", f"  {end}"]


def _shares(study: Study) -> list[Block]:
    """Say what each symbol of a portfolio brought."""
    profits = study.profits
    if len(profits) < 2:
        return []
    cash = study.trial.rules.initial_cash
    lines = [
        line
        for symbol, profit in profits
        for line in pair(f"  {symbol}", percent(profit / cash, signed=True))
    ]
    return [narrow(["Of the return:", *lines])]


def report_card(kept: Kept, told: str = "") -> Card:
    """Write the caption of the report's files; `told` goes before it."""
    study = kept.study
    return Card(
        (
            Block("title", study.heading),
            *remark(told),
            Block("text", "The report opens in any browser, without a network."),
            Block("small", origin(study)),
            again(kept),
            simulated(demo=study.demo),
        )
    )
