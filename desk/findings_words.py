"""A search's findings as rows of facts, as a chart, and in plain words."""

from __future__ import annotations

from math import isnan

from desk.chart_spec import HeatmapChart
from desk.edge import SURE
from desk.findings import Findings
from desk.rule_words import parameters_in_words, rules_in_words
from desk.trial import Trial
from trading.search_windows import Figures

OUT, INSIDE, HOLD = "out-of-sample", "in-sample", "buy and hold"
VERDICT, NOW = "Search verdict", "Parameters now"
HOLDS, DOUBT = "holds", "don't trust this"
Row = tuple[str, float | int | str, str]


def rows(found: Findings) -> tuple[Row, ...]:
    """Return label, value and unit of every fact."""
    evidence = found.evidence
    split = evidence.overfitting
    return (
        (VERDICT, HOLDS if found.judgement.holds else DOUBT, ""),
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
    """Say from where to where the choices of a parameter went, such as `12 and 40`."""
    values = [getattr(one, name) for one in (*found.chosen, found.now)]
    least, most = min(values), max(values)
    return f"{least:g}" if least == most else f"{least:g} and {most:g}"


def note(found: Findings) -> str:
    """Say whether to trust it and why, and what the columns mean."""
    return f"{verdict(found)} {rules_of(found)} {MEANING}"


def rules_of(found: Findings) -> str:
    """Say by which rules every set was tried."""
    candles = found.candles
    return rules_in_words(Trial((candles.symbol,), candles.timeframe, found.now, found.rules))


def verdict(found: Findings) -> str:
    """Say whether to trust it, with every reason against it."""
    if found.judgement.holds:
        return (
            "It holds: it earned on candles that its parameters were not chosen on, more than "
            f"luck explains with {SURE:.0%}. The past is still no promise."
        )
    return "Don't trust this. " + " ".join(found.judgement.reasons)


MEANING = (
    "Out-of-sample: parameters chosen on the candles before each stretch. In-sample: the "
    "parameters that are best now, on these same candles, which they were chosen on. Each "
    "stretch begins and ends flat."
)


def heatmap(found: Findings, title: str, *, demo: bool) -> HeatmapChart:
    """Specify the picture of the two parameters that matter most."""
    heat = found.heat
    fixed = {name: value for name, value in found.now if name not in (heat.across, heat.down)}
    others = " ".join(f"{name}={value:g}" for name, value in fixed.items())
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
