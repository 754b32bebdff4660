"""The cards of /audit: what an examination found, and which strategies there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.cards.card import Block, Card
from bot.cards.columns import narrow, pair
from bot.cards.proposal import simulated
from desk.figures import grouped, percent

if TYPE_CHECKING:
    from bot.own_strategies import Own
    from desk.auditing import Examination
    from desk.examining import Spread
    from trading.causality import Betrayal, Findings, Settling
    from trading.strategies.catalogue import Catalogue

NOTHING_AFTER = "Nothing more was looked at, because of that."


def audit_card(examination: Examination, *, own: bool, demo: bool) -> Card:
    """Say for each thing that was examined whether it holds, and on what."""
    # It brings along what a backtest is computed with, which is loaded after the start.
    from desk.rule_words import parameters_in_words

    findings, candles = examination.findings, examination.candles
    strategy = findings.strategy
    symbols = " + ".join(examination.symbols)
    told = parameters_in_words(strategy)
    until = f"{candles.last_close_time:%d %b %H:%M} UTC"
    span = f"{_used(examination)} to {until} · {examination.source}"
    return Card(
        (
            Block("title", f"Audit · {strategy.title} · {symbols} · {candles.timeframe}"),
            Block("quote", f"{_head(examination)} ({'own strategy' if own else 'built in'})."),
            *([Block("small", f"Examined with {told}.")] if told else []),
            *(Block("text", line) for line in _lines(findings)),
            *(Block("text", line) for line in _others(examination.spread)),
            *([Block("text", strategy.caution, spare=1)] if strategy.caution else []),
            Block("small", span),
            simulated(demo=demo),
        )
    )


def strategies_card(catalogue: Catalogue, own: Own, *, demo: bool) -> Card:
    """List the strategies with where they come from, and the files that were skipped."""
    lines = [
        line
        for name in catalogue.names
        for line in pair(name, "own" if name in own.names else "built in")
    ]
    skipped = (Block("text", f"{one.file} is skipped. {one.reason}") for one in own.skipped)
    hint = Block("text", "/audit sma_cross BTC/USDT 1h examines one of them.")
    return Card((Block("title", "Strategies"), narrow(lines), *skipped, hint, simulated(demo=demo)))


def _head(examination: Examination) -> str:
    if not examination.sound:
        return "Don't trust its backtests"
    return "No look-ahead found" + ("" if examination.findings.every else ", sampled")


def _used(examination: Examination) -> str:
    """Say on how many candles, and why not on more."""
    findings, count = examination.findings, len(examination.candles)
    if findings.candles == count:
        return f"{_count(count)} candles{', all there are,' if examination.all_there_are else ''}"
    return (
        f"The newest {_count(findings.candles)} of {_count(count)} candles, because all would take "
        "too long;"
    )


def _others(spread: Spread | None) -> Iterator[str]:
    """Say what other sets of parameters showed."""
    if spread is None or not spread.planned:
        return
    if spread.worst is None:
        left = spread.examined < spread.planned
        of = (
            f"{_count(spread.examined)} of {_sets(spread.planned)}"
            if left
            else _sets(spread.planned)
        )
        rest = " The rest would take too long, or more candles than there are." if left else ""
        mark = "PASS" if 2 * spread.examined >= spread.planned else "NOTE"
        yield (
            f"{mark} · Other parameters: {of}, from the ends of their ranges and between, sampled "
            f"on fewer candles.{rest}"
        )
        return
    from desk.examining import betrayed
    from desk.rule_words import parameters_in_words

    worst = spread.worst
    told = f"with {parameters_in_words(worst.strategy)}"
    if worst.betrayal is None:
        yield f"FAIL · Other parameters: {told}: {' '.join(worst.faults)}"
    else:
        yield (
            f"FAIL · Other parameters: {told} it looks ahead, at the candle of "
            f"{worst.betrayal.at:%Y-%m-%d %H:%M} UTC: {betrayed(worst.betrayal)}."
        )
    yield f"{_sets(spread.examined).capitalize()} examined, until that one."


def _sets(count: int) -> str:
    return f"{_count(count)} more {'set' if count == 1 else 'sets'}"


def _lines(findings: Findings) -> Iterator[str]:
    for fault in findings.faults:
        yield f"FAIL · Keeps its contract: {fault}"
    if not findings.faults:
        yield (
            "PASS · Keeps its contract: a figure a candle between −1 and 1, 0 in the warm-up, "
            "the same again, candles untouched."
        )
    if not findings.prefixes:
        yield NOTHING_AFTER
        return
    yield _causality(findings)
    if findings.settling is not None:
        yield _settling(findings.settling, findings.candles)
    if not findings.active:
        yield "NOTE · Its signal was 0 all the time here, so little is proved. Try other candles."


def _causality(findings: Findings) -> str:
    prefixes = _count(findings.prefixes)
    of = f"all {prefixes}" if findings.every else f"{prefixes} of {_count(findings.candles + 1)}"
    tried = f"{of} prefixes and {findings.tampered} made-up futures"
    if findings.betrayal is None:
        more = "" if findings.every else " The other prefixes were not tried."
        return f"PASS · Sees only the past: {tried} gave the same signals.{more}"
    return f"FAIL · Sees only the past: {_where(findings.betrayal, first=findings.first)}"


def _where(betrayal: Betrayal, *, first: bool) -> str:
    from desk.examining import betrayed

    which = "the first is" if first else "the first found is"
    return (
        f"it looks ahead, {which} the candle of {betrayal.at:%Y-%m-%d %H:%M} UTC "
        f"(number {_count(betrayal.index)}): {betrayed(betrayal)}."
    )


def _settling(settling: Settling, candles: int) -> str:
    if settling.after is None:
        return (
            "NOTE · Depends on where the data begins: after a later start "
            f"{percent(settling.share)} of the signals are others, to the end of these "
            f"{_count(candles)} candles. So a backtest over another span, or live trading, can "
            "trade otherwise on the same days: don't expect its results to repeat exactly."
        )
    if not settling.share:
        return (
            "PASS · Warm-up: with a later start the signals are the same right after "
            f"{_count(settling.after)} candles."
        )
    return (
        f"PASS · Warm-up: with a later start the signals are the same after at most "
        f"{_count(settling.after)} candles; {percent(settling.share)} of all differ until then."
    )


def _count(number: int) -> str:
    return grouped(number, 0)
