"""The card of a search: what it found in-sample beside out-of-sample, and whether to trust it."""

from __future__ import annotations

from math import isnan

from bot.cards.card import Block, Card
from bot.cards.columns import grid, narrow, pair
from bot.cards.result import origin
from desk.edge import SURE
from desk.figures import grouped, percent, plain
from desk.findings import Findings
from desk.findings_words import answer, audit_command, between, opening, rules_of, span
from desk.result import Result
from trading.search_windows import Figures

HEAD = ("", "Return", "Sharpe", "Fall")
WITHOUT_DECIMALS = 10.0  # ten times the money and more: +6 021 %


def findings_card(result: Result, found: Findings, again: str, *, demo: bool) -> Card:
    """Lay out a search's findings, its heatmap above them.

    `again`: the command that backtests the best parameters of now.
    """
    candles = found.candles
    title = f"{candles.symbol} · {candles.timeframe} · {found.now.title}: {answer(found)}"
    blocks = (
        Block("title", title),
        *_audit_first(found),
        narrow(_figures(found)),
        Block("text", span(found)),
        Block("text", _reasons(found)),
        Block("text", rules_of(found), spare=1),
        *([Block("text", found.now.caution)] if found.now.caution else []),
        Block("text", _parameters(found)),
        Block("code", again),
        Block("small", origin(result.facts, demo=demo)),
    )
    return Card(blocks, chart=result.chart)


def _audit_first(found: Findings) -> list[Block]:
    if not found.judgement.too_good:
        return []
    return [Block("text", "Audit it first:"), Block("code", audit_command(found))]


def _figures(found: Findings) -> list[str]:
    evidence = found.evidence
    low, high = evidence.sharpe_low, evidence.sharpe_high
    between = "none" if isnan(low) else f"{plain(low)} … {plain(high)}"
    deflated = "none" if isnan(evidence.deflated) else plain(evidence.deflated)
    split = evidence.overfitting.probability
    rows = [
        ("in-sample", *_row(found.in_sample)),
        ("out-of-sample", *_row(found.out_of_sample)),
        ("hold", *_row(found.hold)),
    ]
    return [
        *grid(HEAD, rows),
        *pair("Out-of-sample trades", str(found.out_of_sample.trades)),
        *pair("  Sharpe, 95 %", between),
        *pair(f"Deflated Sharpe, {plain(SURE)} needed", deflated),
        *pair("Chance of overfitting", "none" if isnan(split) else percent(split)),
    ]


def _row(measured: Figures) -> tuple[str, ...]:
    return (
        _gain(measured.total_return),
        plain(measured.sharpe),
        percent(measured.max_drawdown),
    )


def _gain(fraction: float) -> str:
    if fraction < WITHOUT_DECIMALS:
        return percent(fraction, signed=True)
    return f"+{grouped(fraction * 100, 0)} %"


def _reasons(found: Findings) -> str:
    """Say whether to trust it, each reason on a line of its own."""
    judgement = found.judgement
    return "\n".join(
        (opening(found), *(f"– {one}" for one in judgement.reasons), *judgement.remarks)
    )


def _parameters(found: Findings) -> str:
    """Say what is best now, and from where to where the windows' choices went."""
    now = ", ".join(f"{name} {getattr(found.now, name):g}" for name in found.wandering)
    before = ", ".join(
        f"{name} {between(found, name).replace(' and ', ' to ')}" for name in found.wandering
    )
    return f"Best now of {found.evidence.tried} sets: {now}. The stretches used {before}."
