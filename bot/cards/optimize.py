"""The card of a search: what it found in-sample beside out-of-sample, and whether to trust it."""

from __future__ import annotations

from math import isnan

from bot.cards.card import Block, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.result import origin
from desk.facts import Result
from desk.figures import percent, plain
from desk.findings import Findings
from desk.findings_words import DOUBT, HOLDS, MEANING, between, rules_of, verdict
from trading.search_windows import Figures

HEAD = ("", "in-sample", "out-of-sample")


def findings_card(result: Result, found: Findings, again: str, *, demo: bool) -> Card:
    """Lay out a search's findings, its heatmap above them.

    `again`: the command that backtests the best parameters of now.
    """
    candles = found.candles
    answer = HOLDS if found.judgement.holds else DOUBT
    title = f"{candles.symbol} · {candles.timeframe} · {found.now.title}: {answer}"
    blocks = (
        Block("title", title),
        narrow(_figures(found)),
        narrow(_doubt(found), spare=1),
        Block("text", _parameters(found)),
        Block("text", verdict(found)),
        Block("text", rules_of(found), spare=1),
        Block("text", MEANING, spare=2),
        *([Block("text", found.now.caution)] if found.now.caution else []),
        Block("text", "With what is best now:"),
        Block("code", again),
        Block("small", origin(result.facts, demo=demo)),
    )
    return Card(blocks, chart=result.chart)


def _figures(found: Findings) -> list[str]:
    rows = [
        (name, inside, out)
        for name, inside, out in zip(
            ("Return", "Sharpe", "Drawdown", "Trades"),
            _column(found.in_sample),
            _column(found.out_of_sample),
            strict=True,
        )
    ]
    hold = found.hold
    held = f"{percent(hold.total_return, signed=True)}, Sharpe {plain(hold.sharpe)}"
    return [*grid(HEAD, rows), *pair("Hold", held), *pair("  drawdown", percent(hold.max_drawdown))]


def _column(measured: Figures) -> tuple[str, ...]:
    return (
        percent(measured.total_return, signed=True),
        plain(measured.sharpe),
        percent(measured.max_drawdown),
        str(measured.trades),
    )


def _doubt(found: Findings) -> list[str]:
    evidence = found.evidence
    low, high = evidence.sharpe_low, evidence.sharpe_high
    between = "none" if isnan(low) else f"{plain(low)} … {plain(high)}"
    deflated = "none" if isnan(evidence.deflated) else plain(evidence.deflated)
    split = evidence.overfitting.probability
    return [
        *pair("Sharpe out-of-sample, 95 %", between),
        *pair(f"Deflated Sharpe, {evidence.tried} sets", deflated),
        *pair("Chance of overfitting", "none" if isnan(split) else percent(split)),
    ]


def _parameters(found: Findings) -> str:
    """Say what is best now, and from where to where the windows' choices went."""
    parts = [
        f"{name} {getattr(found.now, name):g} ({between(found, name).replace(' and ', ' … ')})"
        for name in found.wandering
    ]
    return f"Best now (chosen over time): {', '.join(parts)}."
