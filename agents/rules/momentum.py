"""The third lens: the forecast where it has an edge, else time-series momentum.

A forecast without an edge, which is the usual case, gives no reason to trade. The lens says so, and
votes by what the market did: with its own past return when that is at least half a standard
deviation of what its volatility makes usual over that time, flat otherwise (the sign rule of
Moskowitz, Ooi, Pedersen, "Time series momentum", 2012, with a band in which it is silent). Candles
of up to an hour look back a day, up to half a day a week, longer ones 30 days. All that is a habit
of markets and no proof about this one, so it asks for a quarter of the usual size.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.answer import Stance
from agents.rules import phrases_lenses as lens_says
from agents.rules.opinion import WAY, Opinion, Unreadable, exits, has_edge
from agents.rules.seen import Seen, SeenFact
from desk.chinese import label_in
from desk.language import Language
from trading.candles import Timeframe
from trading.factor_names import KINDS, FactorName

CLEAR_MOVE = 0.5  # standard deviations
DAYS_A_YEAR = 365
SIZE_WITH_EDGE, SIZE_WITHOUT = "0.5", "0.25"


@dataclass(frozen=True)
class _Lookback:
    """Which past return speaks for candles of up to `longest`, and on which it is measured."""

    longest: Timeframe
    by: FactorName
    days: int
    on: Timeframe


# The shortest first; a ranking that is asked for a shorter one shows the longest beside it.
_LOOKBACKS = (
    _Lookback(Timeframe.H1, "momentum_1d", 1, Timeframe.H1),
    _Lookback(Timeframe.H12, "momentum_7d", 7, Timeframe.H4),
    _Lookback(Timeframe.W1, "momentum", 30, Timeframe.D1),
)


def past_of(symbol: str, timeframe: Timeframe) -> dict[str, object]:
    """Return what to ask the tool `rank` for, so that this lens can vote."""
    back = next(one for one in _LOOKBACKS if timeframe.ms <= one.longest.ms)
    return {"symbols": [symbol], "timeframe": back.on.value, "by": back.by}


def momentum(seen: Seen, language: Language = Language.EN) -> Opinion:
    """Follow the forecast if it has proved an edge, else a clear move of the past."""
    chance = seen.find("forecast", "Forecast ↑")
    edge = seen.find("forecast", "Forecast edge")
    if chance is None or chance.number is None or edge is None:
        if _moved(seen) is None:
            raise Unreadable(lens_says.FORECAST)
        return _by_the_past(seen, (), lens_says.NO_FORECAST(language), language)
    reasons = [lens_says.CHANCE(language, chance=chance.slot)]
    accuracy = seen.find("forecast", "Forecast accuracy")
    naive = seen.find("forecast", "Naive rate")
    if accuracy and naive:
        told = lens_says.WALK_FORWARD(language, accuracy=accuracy.slot, naive=naive.slot)
        reasons.append(told)
    if has_edge(edge):
        return _by_forecast(seen, chance.number, tuple(reasons), language)
    return _by_the_past(seen, tuple(reasons), lens_says.WITHOUT_EDGE(language), language)


def _by_forecast(
    seen: Seen, chance: float, reasons: tuple[str, ...], language: Language
) -> Opinion:
    if chance == 0.5:
        return Opinion("flat", lens_says.UNDECIDED(language), reasons)
    stance: Stance = "long" if chance > 0.5 else "short"
    headline = lens_says.POINTS(language, way=WAY[stance](language))
    return Opinion(stance, headline, reasons, exits(seen, stance, 2.0, 2.0, SIZE_WITH_EDGE))


def _by_the_past(seen: Seen, reasons: tuple[str, ...], first: str, language: Language) -> Opinion:
    found = _moved(seen)
    if found is None:
        return Opinion("flat", first + lens_says.MOMENTUM_UNKNOWN(language), reasons)
    fact, usual, deviations = found
    told = [
        lens_says.MEASURED(
            language,
            label=label_in(one.label, language),
            timeframe=one.timeframe,
            value=one.slot,
        )
        for one in (fact, usual)
    ]
    reasons = (*told, *reasons)
    if abs(deviations) < CLEAR_MOVE:
        return Opinion("flat", first + lens_says.NO_CLEAR_MOVE(language), reasons)
    stance: Stance = "long" if deviations > 0 else "short"
    headline = first + lens_says.ONLY_THE_PAST(language, way=WAY[stance](language))
    return Opinion(stance, headline, reasons, exits(seen, stance, 2.0, 2.0, SIZE_WITHOUT))


def _moved(seen: Seen) -> tuple[SeenFact, SeenFact, float] | None:
    """The past return, the volatility, and the one in standard deviations of the other."""
    usual = seen.named("rank", KINDS["volatility"].label)
    for back in _LOOKBACKS:
        fact = seen.named("rank", KINDS[back.by].label)
        if fact is not None:
            break
    else:
        return None
    if usual is None or not usual.number or fact.number is None:
        return None
    return fact, usual, fact.number / (usual.number * (back.days / DAYS_A_YEAR) ** 0.5)
