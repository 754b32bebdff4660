"""A search's findings as rows of facts, as a chart, and in plain words."""

from __future__ import annotations

from math import isnan

from desk.chart_spec import HeatmapChart
from desk.edge import SURE
from desk.findings import Findings
from desk.rule_words import in_digits, parameters_in_words, rules_in_words
from desk.trial import Trial
from trading.candles import from_ms
from trading.search_windows import Figures

OUT, INSIDE, HOLD = "out-of-sample", "in-sample", "buy and hold"
VERDICT, NOW = "Search verdict", "Parameters now"
HOLDS, DOUBT, TOO_GOOD = "holds", "don't trust this", "too good to be true"
Row = tuple[str, float | int | str, str]


def rows(found: Findings) -> tuple[Row, ...]:
    """Return label, value and unit of every fact."""
    evidence = found.evidence
    split = evidence.overfitting
    return (
        (VERDICT, answer(found), ""),
        *_figures(found.out_of_sample, OUT),
        *_figures(found.in_sample, INSIDE),
        *_figures(found.hold, HOLD)[:3],
        ("Sharpe ratio, 95 % low", *_known(evidence.sharpe_low)),
        ("Sharpe ratio, 95 % high", *_known(evidence.sharpe_high)),
        ("Deflated Sharpe ratio", *_known(evidence.deflated)),
        ("Probability of overfitting", *_known(split.probability, "fraction")),
        ("Sets tried", evidence.tried, ""),
        ("Windows", len(found.windows), ""),
        (NOW, parameters_in_words(found.now), ""),
        *((f"{name} chosen between", between(found, name), "") for name in found.wandering),
    )


def _figures(measured: Figures, where: str) -> tuple[Row, ...]:
    return (
        (f"Return, {where}", measured.total_return, "fraction"),
        (f"Sharpe ratio, {where}", measured.sharpe, ""),
        (f"Max drawdown, {where}", measured.max_drawdown, "fraction"),
        (f"Trades, {where}", measured.trades, "trades"),
    )


def _known(value: float, unit: str = "") -> tuple[float | str, str]:
    return ("none", "") if isnan(value) else (value, unit)


def between(found: Findings, name: str) -> str:
    """Say from where to where the windows' choices of a parameter went, such as `12 and 40`."""
    values = [getattr(one, name) for one in found.chosen]
    least, most = min(values), max(values)
    return f"{least:g}" if least == most else f"{least:g} and {most:g}"


def note(found: Findings) -> str:
    """Say whether to trust it and why, and what the figures mean."""
    return " ".join(
        filter(None, (verdict(found), rules_of(found), span(found), audit_first(found)))
    )


def rules_of(found: Findings) -> str:
    """Say by which rules every set was tried."""
    candles = found.candles
    return rules_in_words(Trial((candles.symbol,), candles.timeframe, found.now, found.rules))


def answer(found: Findings) -> str:
    """Say in a few words whether to trust it."""
    if found.judgement.too_good:
        return TOO_GOOD
    return HOLDS if found.judgement.holds else DOUBT


def verdict(found: Findings) -> str:
    """Say whether to trust it, with every reason against it."""
    return " ".join((opening(found), *found.judgement.reasons, *found.judgement.remarks))


def opening(found: Findings) -> str:
    """Say whether to trust it."""
    if found.judgement.holds:
        return (
            "It holds: on candles that its parameters were not chosen on it earned more than luck "
            f"explains with {SURE * 100:g} %. The past is still no promise."
        )
    return "Don't trust this."


def audit_first(found: Findings) -> str:
    """Say what to do about an outcome that can hardly be true, else ""."""
    if not found.judgement.too_good:
        return ""
    return f"Too good to be true: audit it first: {audit_command(found)}"


def audit_command(found: Findings) -> str:
    """Write the command that audits what is best now."""
    return " ".join(filter(None, ("/audit", found.now.name, parameters_in_words(found.now))))


def span(found: Findings) -> str:
    """Say from when to when it was tested, and what in-sample means."""
    first = from_ms(int(found.candles.time[found.windows[0].split]))
    last = found.candles.last_close_time
    begun = f"{first:%d %b}" if first.year == last.year else f"{first:%d %b %Y}"
    return (
        f"Out-of-sample: {begun} – {last:%d %b %Y}, {len(found.windows)} stretches, each with what "
        "was best before it. In-sample: what is best now, on the same dates."
    )


def heatmap(found: Findings, title: str, *, demo: bool) -> HeatmapChart:
    """Specify the picture of the two parameters that matter most."""
    heat = found.heat
    fixed = {name: value for name, value in found.now if name not in (heat.across, heat.down)}
    others = " ".join(f"{name}={in_digits(value)}" for name, value in fixed.items())
    return HeatmapChart(
        title=title,
        unit=f"Sharpe ratio on all candles{f' · {others}' if others else ''}",
        across=heat.across,
        columns=tuple(f"{value:g}" for value in heat.columns),
        down=heat.down,
        rows=tuple(f"{value:g}" for value in heat.rows),
        values=heat.sharpe,
        chosen=heat.chosen,
        demo=demo,
    )
