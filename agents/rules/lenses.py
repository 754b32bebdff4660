"""How the rule-based analyst decides: three lenses, each with its own plain rule.

trend           follows EMA 20 against EMA 50 (above: long, below: short) when the MACD histogram
                has the same sign and the last price is on the same side of EMA 50; flat
                otherwise, and whenever ADX(14) is below 20.
mean reversion  against a stretched price: long when RSI(14) is at most 30 and %B at most 0.1,
                short when RSI(14) is at least 70 and %B at least 0.9, but flat when ADX(14) of 40
                or more says that a strong trend runs the other way. Else with the averages on a
                pull-back: long when EMA 20 is above EMA 50 with RSI(14) at most 50 and %B at most
                0.4, short mirrored. Flat otherwise.
momentum        follows the forecast if that has an edge, else the market's own past
                (agents.rules.momentum).

No lens votes on a market that it could not see: without the present price or what its own rule
needs it raises Unreadable. Stops are multiples of ATR(14), within 0.5 % and 10 % of the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agents.answer import Stance
from agents.rules import phrases as say
from agents.rules import phrases_lenses as lens_says
from agents.rules.momentum import momentum
from agents.rules.opinion import WAY, Opinion, Unreadable, exits, has_edge
from agents.rules.phrases import Phrase
from agents.rules.seen import Seen, SeenFact
from desk.chinese import strategy_in
from desk.language import Language

NO_TREND, CLEAR_TREND, STRONG_TREND = 20.0, 25.0, 40.0
OVERSOLD, MIDDLE, OVERBOUGHT = 30.0, 50.0, 70.0
LOW_BAND, HIGH_BAND = 0.1, 0.9
DIP_BAND, BOUNCE_BAND = 0.4, 0.6
SAYS = MappingProxyType({1: say.UP, -1: say.DOWN, 0: say.NO_WAY})
MOMENTUM = MappingProxyType(
    {1: lens_says.MOMENTUM_UP, -1: lens_says.MOMENTUM_DOWN, 0: lens_says.NO_MOMENTUM}
)


Lens = Callable[[Seen, Language], Opinion]


def trend(seen: Seen, language: Language = Language.EN) -> Opinion:
    """Follow the averages when momentum and the price agree with them."""
    order = seen.find("indicators", "EMA 20/50")
    macd = seen.find("indicators", "MACD histogram")
    if order is None or macd is None or macd.number is None:
        raise Unreadable(lens_says.AVERAGES)
    adx = seen.find("indicators", "ADX")
    strength = adx.number if adx else None
    side, momentum = _side(order), (macd.number > 0) - (macd.number < 0)
    stance: Stance = "flat"
    if strength is not None and strength < NO_TREND:
        headline = lens_says.NO_CLEAR_TREND
    elif not side or side != momentum:
        headline = lens_says.DISAGREE
    elif _crossed_back(seen, side):
        headline = lens_says.CROSSED_BACK
    else:
        stance = "long" if side > 0 else "short"
        headline = lens_says.TREND_AGREES
    way = WAY[stance](language) if stance in WAY else ""
    reasons = [
        _averages(order, side, language),
        lens_says.HISTOGRAM(language, macd=macd.slot, momentum=MOMENTUM[momentum](language)),
    ]
    if adx is not None and strength is not None:
        told = lens_says.STRENGTH(language, adx=adx.slot, strength=_strength(strength)(language))
        reasons.append(told)
    aside = _forecast_aside(seen, stance, language)
    order_exits = exits(seen, stance, 2.0, 3.0, "1")
    return Opinion(stance, headline(language, way=way, aside=aside), tuple(reasons), order_exits)


def mean_reversion(seen: Seen, language: Language = Language.EN) -> Opinion:
    """Trade against a stretched price, or with the averages on a pull-back."""
    rsi = seen.find("indicators", "RSI")
    band = seen.find("indicators", "%B")
    if rsi is None or rsi.number is None or band is None or band.number is None:
        raise Unreadable(lens_says.BANDS)
    order, adx = seen.find("indicators", "EMA 20/50"), seen.find("indicators", "ADX")
    side = _side(order) if order else 0
    stretched = _stretched(rsi.number, band.number)
    reasons = [
        lens_says.RSI_IS(language, rsi=rsi.slot, range=_range(rsi.number)(language)),
        lens_says.BAND_IS(language, band=band.slot, place=_place(band.number)(language)),
    ]
    stance: Stance = "flat"
    headline = lens_says.NOT_STRETCHED
    if stretched and side == stretched and adx and (adx.number or 0.0) >= STRONG_TREND:
        headline = lens_says.STRONG_AGAINST
        reasons.append(lens_says.TOO_STRONG(language, adx=adx.slot))
    elif stretched:
        stance = "long" if stretched < 0 else "short"
        headline = lens_says.SNAP_BACK
    elif order and _pulled_back(side, rsi.number, band.number):
        stance = "long" if side > 0 else "short"
        headline = lens_says.PULLED_BACK
        reasons.append(_averages(order, side, language))
    way = SAYS[stretched or side](language)
    order_exits = exits(seen, stance, 1.5, 1.5, "0.5")
    return Opinion(stance, headline(language, way=way), tuple(reasons), order_exits)


LENSES: Mapping[str, Lens] = MappingProxyType(
    {"trend": trend, "mean reversion": mean_reversion, "momentum": momentum}
)


def on_the_past(seen: Seen, language: Language = Language.EN) -> str:
    """Say how the tested strategy did beside holding; "" when none was tested."""
    made = seen.find("backtest", " return")
    held = seen.find("backtest", "Buy and hold")
    fell = seen.find("backtest", "Max drawdown")
    if not (made and held and fell) or made.number is None or held.number is None:
        return ""
    return lens_says.IN_THE_BACKTEST(
        language,
        strategy=strategy_in(made.label.removesuffix(" return"), language),
        made=made.slot,
        held=held.slot,
        fell=fell.slot,
        beside=beside_holding(made.number, held.number)(language),
    )


def beside_holding(made: float, held: float) -> Phrase:
    """Say how a return compares with buying and holding, without making a loss sound good."""
    if made == held:
        return lens_says.SAME
    if made < held:
        return lens_says.WORSE
    return lens_says.BETTER if made >= 0 else lens_says.SMALLER_LOSS


def _averages(order: SeenFact, side: int, language: Language) -> str:
    return lens_says.AVERAGES_SAY(language, order=order.slot, way=SAYS[side](language))


def _crossed_back(seen: Seen, side: int) -> bool:
    price, slow = seen.number("quote", "Last price"), seen.number("indicators", "EMA 50")
    return price is not None and slow is not None and (price - slow) * side < 0


def _forecast_aside(seen: Seen, stance: Stance, language: Language) -> str:
    edge = seen.find("forecast", "Forecast edge")
    if edge is None or stance == "flat" or has_edge(edge):
        return ""
    return lens_says.BUT_NO_EDGE(language)


def _side(order: SeenFact) -> int:
    return {"above": 1, "below": -1}.get(order.value, 0)


def _stretched(rsi: float, band: float) -> int:
    """+1 stretched up, -1 stretched down, 0 neither."""
    if rsi <= OVERSOLD and band <= LOW_BAND:
        return -1
    return 1 if rsi >= OVERBOUGHT and band >= HIGH_BAND else 0


def _pulled_back(side: int, rsi: float, band: float) -> bool:
    if side > 0:
        return rsi <= MIDDLE and band <= DIP_BAND
    return side < 0 and rsi >= MIDDLE and band >= BOUNCE_BAND


def _range(rsi: float) -> Phrase:
    if rsi <= OVERSOLD:
        return lens_says.OVERSOLD
    return lens_says.OVERBOUGHT if rsi >= OVERBOUGHT else lens_says.NEITHER


def _place(band: float) -> Phrase:
    if band <= LOW_BAND:
        return lens_says.LOWER_BAND
    if band >= HIGH_BAND:
        return lens_says.UPPER_BAND
    return lens_says.UPPER_HALF if band >= 0.5 else lens_says.LOWER_HALF


def _strength(adx: float) -> Phrase:
    if adx < NO_TREND:
        return lens_says.WEAKEST
    return lens_says.CLEAR if adx >= CLEAR_TREND else lens_says.WEAK
