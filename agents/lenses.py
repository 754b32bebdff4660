"""How the rule-based analyst decides: three lenses, each with its own plain rule.

trend           follows EMA 20 against EMA 50 (above: long, below: short) when the MACD histogram
                has the same sign and the last price is on the same side of EMA 50; flat
                otherwise, and whenever ADX(14) is below 20.
mean reversion  against a stretched price: long when RSI(14) is at most 30 and %B at most 0.1,
                short when RSI(14) is at least 70 and %B at least 0.9, but flat when ADX(14) of 40
                or more says that a strong trend runs the other way. Else with the averages on a
                pull-back: long when EMA 20 is above EMA 50 with RSI(14) at most 50 and %B at most
                0.4, short mirrored. Flat otherwise.
forecast        follows the forecast's probability if its walk-forward test found an edge. Without
                one it says so and takes plain momentum at a quarter of the size: the side of
                EMA 20 against EMA 50, when the change over the last period has the same sign and
                is at least one ATR(14). Flat otherwise.

Stops are multiples of ATR(14), within 0.5 % and 10 % of the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from agents.answer import Stance
from agents.seen import Seen, SeenFact

NO_TREND, CLEAR_TREND, STRONG_TREND = 20.0, 25.0, 40.0
OVERSOLD, MIDDLE, OVERBOUGHT = 30.0, 50.0, 70.0
LOW_BAND, HIGH_BAND = 0.1, 0.9
DIP_BAND, BOUNCE_BAND = 0.4, 0.6
LEAST_STOP, MOST_STOP = 0.005, 0.10
WAY = {"long": "up", "short": "down"}
SAYS = {1: "up", -1: "down", 0: "nothing"}
MOMENTUM = {1: "up", -1: "down", 0: "absent"}


@dataclass(frozen=True)
class Exits:
    """Distances as fractions of the entry; None leaves them to the desk's defaults."""

    stop: Decimal | None
    target: Decimal | None
    size: Decimal


@dataclass(frozen=True)
class Opinion:
    """A stance with its reasons; figures stand as slots."""

    stance: Stance
    headline: str
    reasons: tuple[str, ...]
    exits: Exits | None = None


class Unreadable(Exception):
    """The facts that the lens needs are missing; the message names them."""


Lens = Callable[[Seen], Opinion]


def trend(seen: Seen) -> Opinion:
    """Follow the averages when momentum and the price agree with them."""
    order = seen.find("indicators", "EMA 20/50")
    macd = seen.find("indicators", "MACD histogram")
    if order is None or macd is None or macd.number is None:
        raise Unreadable("the averages and the MACD histogram")
    adx = seen.find("indicators", "ADX")
    strength = adx.number if adx else None
    side, momentum = _side(order), (macd.number > 0) - (macd.number < 0)
    stance: Stance = "flat"
    if strength is not None and strength < NO_TREND:
        headline = "There is no clear trend to follow"
    elif not side or side != momentum:
        headline = "The averages and momentum disagree, so there is no trend to follow"
    elif _crossed_back(seen, side):
        headline = "The price has crossed back over its slow average, so the trend is in doubt"
    else:
        stance = "long" if side > 0 else "short"
        headline = f"The trend is {WAY[stance]} and momentum agrees"
    reasons = [
        f"EMA 20/50 is {order.slot}, so the averages say {SAYS[side]}.",
        f"The MACD histogram is {macd.slot}: momentum is {MOMENTUM[momentum]}.",
    ]
    if adx is not None and strength is not None:
        reasons.append(f"ADX(14) is {adx.slot}, which means {_strength(strength)}.")
    headline += _forecast_aside(seen, stance)
    return Opinion(stance, f"{headline}.", tuple(reasons), _exits(seen, stance, 2.0, 3.0, "1"))


def mean_reversion(seen: Seen) -> Opinion:
    """Trade against a stretched price, or with the averages on a pull-back."""
    rsi = seen.find("indicators", "RSI")
    band = seen.find("indicators", "%B")
    if rsi is None or rsi.number is None or band is None or band.number is None:
        raise Unreadable("RSI(14) and the Bollinger bands")
    order, adx = seen.find("indicators", "EMA 20/50"), seen.find("indicators", "ADX")
    side = _side(order) if order else 0
    stretched = _stretched(rsi.number, band.number)
    reasons = [
        f"RSI(14) is {rsi.slot}: {_range(rsi.number)}.",
        f"Bollinger %B is {band.slot}: {_place(band.number)}.",
    ]
    stance: Stance = "flat"
    if stretched and side == stretched and adx and (adx.number or 0.0) >= STRONG_TREND:
        headline = "The price is stretched, but a strong trend runs against a return"
        reasons.append(f"ADX(14) is {adx.slot}: too strong a trend to stand against.")
    elif stretched:
        stance = "long" if stretched < 0 else "short"
        headline = f"The price is stretched {'down' if stretched < 0 else 'up'} and may snap back"
    elif order and _pulled_back(side, rsi.number, band.number):
        stance = "long" if side > 0 else "short"
        headline = f"The price has pulled back within a trend that points {WAY[stance]}"
        reasons.append(f"EMA 20/50 is {order.slot}, so the averages say {SAYS[side]}.")
    else:
        headline = "The price is not stretched, so there is nothing to fade"
    exits = _exits(seen, stance, 1.5, 1.5, "0.5")
    return Opinion(stance, f"{headline}.", tuple(reasons), exits)


def by_forecast(seen: Seen) -> Opinion:
    """Follow the forecast if it has proved an edge on unseen candles, else momentum, small."""
    chance = seen.find("forecast", "Forecast ↑")
    edge = seen.find("forecast", "Forecast edge")
    if chance is None or chance.number is None or edge is None:
        raise Unreadable("the forecast")
    reasons = [f"The forecast gives a chance of {chance.slot} for a higher close."]
    accuracy = seen.find("forecast", "Forecast accuracy")
    naive = seen.find("forecast", "Naive rate")
    if accuracy and naive:
        reasons.append(
            f"Walk-forward its accuracy was {accuracy.slot}, the naive rate {naive.slot}: "
            f"{edge.slot}."
        )
    stance: Stance = "flat"
    if edge.value.strip().lower() != "edge":
        return _by_momentum(seen, reasons)
    if chance.number == 0.5:
        headline = "The forecast is undecided"
    else:
        stance = "long" if chance.number > 0.5 else "short"
        headline = f"The forecast points {WAY[stance]} and has shown an edge"
    exits = _exits(seen, stance, 2.0, 2.0, "0.5")
    return Opinion(stance, f"{headline}.", tuple(reasons), exits)


def _by_momentum(seen: Seen, reasons: list[str]) -> Opinion:
    order = seen.find("indicators", "EMA 20/50")
    change = seen.find("indicators", "Change")
    atr = seen.find("indicators", "ATR")
    side = _side(order) if order else 0
    moved = change.number if change and change.number is not None else 0.0
    usual = atr.number if atr and atr.number is not None else 0.0
    if order is None or change is None or not side or side * moved < usual or not usual:
        headline = (
            "The forecast has no edge and momentum is unclear, so there is no reason to trade"
        )
        return Opinion("flat", f"{headline}.", tuple(reasons))
    stance: Stance = "long" if side > 0 else "short"
    reasons.append(
        f"EMA 20/50 is {order.slot} and {change.label} is {change.slot}: momentum is {WAY[stance]}."
    )
    headline = (
        f"The forecast has no edge; momentum alone points {WAY[stance]}, so the size is small"
    )
    return Opinion(stance, f"{headline}.", tuple(reasons), _exits(seen, stance, 2.0, 2.0, "0.25"))


LENSES: Mapping[str, Lens] = MappingProxyType(
    {"trend": trend, "mean reversion": mean_reversion, "forecast": by_forecast}
)


def on_the_past(seen: Seen) -> str:
    """Say how the tested strategy did beside holding; "" when none was tested."""
    made = seen.find("backtest", " return")
    held = seen.find("backtest", "Buy and hold")
    fell = seen.find("backtest", "Max drawdown")
    if not (made and held and fell) or made.number is None or held.number is None:
        return ""
    strategy = made.label.removesuffix(" return")
    return (
        f"In the backtest {strategy} made a return of {made.slot}, buy and hold {held.slot}, with "
        f"a max drawdown of {fell.slot}: {beside_holding(made.number, held.number)}."
    )


def beside_holding(made: float, held: float) -> str:
    """Say how a return compares with buying and holding, without making a loss sound good."""
    if made >= 0:
        return "better than holding" if made > held else "worse than holding"
    return "a loss, though a smaller one than holding" if made > held else "worse than holding"


def _crossed_back(seen: Seen, side: int) -> bool:
    price, slow = seen.number("quote", "Last price"), seen.number("indicators", "EMA 50")
    return price is not None and slow is not None and (price - slow) * side < 0


def _forecast_aside(seen: Seen, stance: Stance) -> str:
    edge = seen.find("forecast", "Forecast edge")
    if edge is None or stance == "flat":
        return ""
    return "" if edge.value.strip().lower() == "edge" else ", but the forecast shows no edge"


def _exits(seen: Seen, stance: Stance, stop: float, target: float, size: str) -> Exits | None:
    if stance == "flat":
        return None
    atr = seen.find("indicators", "ATR")
    if atr is None or atr.number is None or not 0 < atr.number < 1:
        return Exits(None, None, Decimal(size))
    return Exits(_distance(stop * atr.number), _distance(target * atr.number), Decimal(size))


def _distance(fraction: float) -> Decimal:
    return Decimal(str(round(min(max(fraction, LEAST_STOP), MOST_STOP), 4)))


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


def _range(rsi: float) -> str:
    if rsi <= OVERSOLD:
        return "oversold"
    return "overbought" if rsi >= OVERBOUGHT else "neither overbought nor oversold"


def _place(band: float) -> str:
    if band <= LOW_BAND:
        return "at the lower band"
    if band >= HIGH_BAND:
        return "at the upper band"
    return f"in the {'upper' if band >= 0.5 else 'lower'} half of the bands"


def _strength(adx: float) -> str:
    if adx < NO_TREND:
        return "no clear trend"
    return "a clear trend" if adx >= CLEAR_TREND else "a weak trend"
