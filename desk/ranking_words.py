"""A ranking in words and figures: which columns it shows, and what a reader must know of them."""

from __future__ import annotations

from desk.ranking import Ranking
from trading.factor_names import KINDS, FactorName
from trading.factors import UNKNOWN, Profile

BESIDE: tuple[FactorName, ...] = ("momentum", "volatility", "beta", "correlation")
MARKET: tuple[FactorName, ...] = ("beta", "correlation")
COLUMNS = 4
LONGEST_REASON = 160
SCREEN = "A screen of the past, no forecast."
Row = tuple[str, float | int, str]


def columns(by: FactorName) -> tuple[FactorName, ...]:
    """Return the factors that a ranking shows: the one asked for, then those it is read with."""
    beside = [*(MARKET if by in MARKET else ()), *BESIDE]
    return tuple(dict.fromkeys((by, *beside)))[:COLUMNS]


def figures(ranking: Ranking, profile: Profile) -> list[Row]:
    """Return label, value and unit of what is shown of a symbol; what is not known is left out."""
    shown = [profile.factors[name] for name in columns(ranking.by)]
    rows: list[Row] = [(one.label, one.value, one.unit) for one in shown if one.value is not None]
    market = profile.market
    if market is not None and ranking.by == "correlation":
        # In place of what has less to do with it: five figures are enough for a symbol.
        return [
            *rows[:2],
            ("Correlation to BTC, low end", market.low, ""),
            ("Correlation to BTC, high end", market.high, ""),
            ("Returns in common with BTC", market.returns, "candles"),
        ]
    if market is not None and ranking.by == "beta":
        rows.append(("Returns in common with BTC", market.returns, "candles"))
    return rows


def note(ranking: Ranking) -> str:
    """Say what was ranked by, over which time, what the first figure means, and who is missing."""
    kind = KINDS[ranking.by]
    lines = [
        f"{kind.label}, {kind.first}: {kind.said}.",
        f"Measured on {ranking.days:g} days of {ranking.timeframe} candles. {SCREEN}",
        *_first(ranking),
        *_short(ranking),
    ]
    unknown = [
        f"– {one.symbol}: {one.factors[ranking.by].meaning.removeprefix(UNKNOWN)}"
        for one in ranking.profiles
        if one.value(ranking.by) is None
    ]
    lines += ["Not known:", *unknown] if unknown else []
    if ranking.refused:
        lines += ["Left out:", *(f"– {one.symbol}: {_cut(one.reason)}" for one in ranking.refused)]
    return "\n".join(lines)


def _first(ranking: Ranking) -> list[str]:
    """Say in plain words what the figure of the first one beside BTC means, where that helps."""
    if ranking.by.startswith("momentum"):
        return []
    others = (one for one in ranking.profiles if one.symbol != ranking.market)
    first = next(others, ranking.profiles[0])
    factor = first.factors[ranking.by]
    if factor.value is None or factor.meaning == KINDS[ranking.by].said:
        return []
    return [f"{first.symbol}: {factor.meaning}."]


def _short(ranking: Ranking) -> list[str]:
    """Name those whose candles don't fill the window."""
    few = [one for one in ranking.profiles if one.history < 0.9 * ranking.candles]
    return [f"{one.symbol} has {one.history} of {ranking.candles + 1} candles." for one in few]


def _cut(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1].rstrip()}…"
