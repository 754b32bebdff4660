"""What the indicators say at the newest candle, each value with its plain meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from trading.candles import DAY_MS, Candles, Timeframe, from_ms
from trading.errors import NotEnoughHistory
from trading.indicators import (
    CLOUD_CANDLES,
    VWAP_CANDLES,
    adx,
    atr,
    bollinger,
    day_start,
    ema,
    ichimoku,
    macd,
    obv,
    rsi,
    sma,
    stochastic,
    vwap,
)
from trading.jumps import after_faults, refuse_jumps
from trading.pivots import Turn, nearest_levels

NEEDED = 30  # with fewer there is hardly anything to read
USUAL_CANDLES = 300

Unit = Literal["", "fraction", "price"]
Group = Literal["Trend", "Momentum", "Volatility", "Volume", "Levels"]


@dataclass(frozen=True)
class Reading:
    """An indicator's newest value and its plain meaning.

    `unit` is "" for a plain number or a word, "fraction" (0.01 = 1 %), "price" for quote units.
    """

    label: str
    value: float | str
    unit: Unit
    meaning: str
    group: Group


@dataclass(frozen=True, eq=False)
class Readings:
    """All that could be read, the candles it was read from, and what is to be said besides."""

    candles: Candles
    found: tuple[Reading, ...]
    remarks: tuple[str, ...]


def candles_to_read(timeframe: Timeframe) -> int:
    """Return how many candles all readings need: 300, or a whole day for its VWAP."""
    return max(USUAL_CANDLES, DAY_MS // timeframe.ms + 1)


def read(candles: Candles) -> Readings:
    """Return the newest value of each usual indicator with its meaning.

    A reading is there when there is history enough for it, and when it is defined: %B, ADX and
    the stochastic are not while the market stands still, nor OBV, VWAP and the volume against a
    mean of zero, nor a change over a day when the candle of a day ago is missing. Nothing is read
    across a redenomination or a broken candle: only what follows counts. The remarks say all that.

    Raises NotEnoughHistory under 30 candles, BadCandles when a jump leaves fewer.
    """
    whole = after_faults(candles)
    if len(whole) < NEEDED:
        refuse_jumps(candles.tail(NEEDED))
        raise NotEnoughHistory(
            f"{candles.symbol} {candles.timeframe}: the indicators need {NEEDED} closed candles, "
            f"there are {len(whole)}."
        )
    remarks = [_after_a_jump(whole)] if len(whole) < len(candles) else []
    view = _View(whole)
    enough = [part for part in _PARTS if len(whole) >= part.least]
    found = tuple(one for part in enough for one in part.make(view))
    short = [part for part in _PARTS if len(whole) < part.least]
    if short:
        wanted = ", ".join(f"{' and '.join(part.names)} ({part.least})" for part in short)
        remarks.append(f"There are {len(whole)} candles, too few for {wanted}.")
    remarks += _without_value(enough, found)
    return Readings(whole, found, tuple(remarks))


def readings(candles: Candles) -> tuple[Reading, ...]:
    """Return just the readings; see `read`."""
    return read(candles).found


class _View:
    """The candles, and what several readings are made of."""

    def __init__(self, candles: Candles) -> None:
        self.candles = candles
        self.close = float(candles.close[-1])

    @cached_property
    def range_of_a_candle(self) -> float:
        return float(atr(self.candles)[-1])

    @cached_property
    def fast(self) -> float:
        return float(ema(self.candles.close, 20)[-1])

    @cached_property
    def slow(self) -> float:
        return float(ema(self.candles.close, 50)[-1])

    def side(self, level: float) -> str:
        """Say on which side of a price the close is."""
        return f"price {_side(self.close, level)} it"


@dataclass(frozen=True)
class _Part:
    """Readings that are made together, from at least so many candles; why there may be none."""

    names: tuple[str, ...]
    least: int
    make: Callable[[_View], Iterable[Reading]]
    why_not: str = ""


def _order(view: _View) -> Iterable[Reading]:
    order = _side(view.fast, view.slow)
    meaning = {
        "above": "short average leads: trend up",
        "below": "short average lags: trend down",
        "at": "no trend in the averages",
    }[order]
    word = "equal" if order == "at" else order
    yield Reading("EMA 20/50", word, "", meaning, "Trend")


def _fast(view: _View) -> Iterable[Reading]:
    yield Reading("EMA 20", view.fast, "price", view.side(view.fast), "Trend")


def _slow(view: _View) -> Iterable[Reading]:
    yield Reading("EMA 50", view.slow, "price", view.side(view.slow), "Trend")


def _long(view: _View) -> Iterable[Reading]:
    value = float(sma(view.candles.close, 200)[-1])
    side = _side(view.close, value)
    trend = {"above": "long trend up", "below": "long trend down", "at": "no long trend"}[side]
    yield Reading("SMA 200", value, "price", f"price {side} it: {trend}", "Trend")


def _cloud(view: _View) -> Iterable[Reading]:
    lines = ichimoku(view.candles)
    top, bottom = float(lines.top[-1]), float(lines.bottom[-1])
    if view.close > top:
        where, meaning = "above", "price above it: trend up"
    elif view.close < bottom:
        where, meaning = "below", "price below it: trend down"
    else:
        where, meaning = "in it", "price within it: undecided"
    yield Reading("Ichimoku cloud", where, "", meaning, "Trend")
    turning, base = float(lines.turning[-1]), float(lines.base[-1])
    side = _side(turning, base)
    meaning = {"above": "rising", "below": "falling", "at": "no momentum"}[side]
    word = "equal" if side == "at" else side
    yield Reading("Ichimoku 9/26", word, "", f"9 against 26 candles: {meaning}", "Trend")


def _adx(view: _View) -> Iterable[Reading]:
    value = float(adx(view.candles)[-1])
    if value == 0.0:
        return
    if value >= 50:
        meaning = "very strong trend, either way"
    elif value >= 25:
        meaning = "clear trend, either way"
    elif value >= 20:
        meaning = "weak trend, either way"
    else:
        meaning = "no clear trend"
    yield Reading("ADX(14)", value, "", meaning, "Trend")


def _rsi(view: _View) -> Iterable[Reading]:
    value = float(rsi(view.candles.close, 14)[-1])
    yield Reading("RSI(14)", value, "", _stretched(value, 70), "Momentum")


def _stochastic(view: _View) -> Iterable[Reading]:
    recent = view.candles.tail(14)
    if recent.high.max() == recent.low.min():
        return
    slow, mean = (float(line[-1]) for line in stochastic(view.candles))
    yield Reading("Stochastic %K", slow, "", _stretched(slow, 80), "Momentum")
    side = {"above": "under %K: turning up", "below": "over %K: turning down"}
    meaning = side.get(_side(slow, mean), "level with %K")
    yield Reading("Stochastic %D", mean, "", meaning, "Momentum")


def _stretched(value: float, high: int) -> str:
    if value >= high:
        return "overbought by the usual reading"
    if value <= 100 - high:
        return "oversold by the usual reading"
    return "neither overbought nor oversold"


def _macd(view: _View) -> Iterable[Reading]:
    _, _, histogram = macd(view.candles.close)
    value, before = float(histogram[-1]), float(histogram[-2])
    way = "up" if value > 0 else "down"
    change = "growing" if abs(value) > abs(before) else "fading"
    meaning = f"momentum {way} and {change}" if value else "no momentum"
    yield Reading("MACD histogram", value, "price", meaning, "Momentum")


def _change(view: _View) -> Iterable[Reading]:
    """Change of the close over a day, found by time because candles may be missing."""
    candles = view.candles
    weekly = candles.timeframe is Timeframe.W1
    back = candles.timeframe.ms if weekly else DAY_MS
    wanted = int(candles.time[-1]) - back
    at = int(np.searchsorted(candles.time, wanted, side="right")) - 1
    if at < 0 or wanted - int(candles.time[at]) > back // 8:
        return
    value = view.close / float(candles.close[at]) - 1.0
    word = "risen" if value > 0 else "fallen" if value < 0 else "unchanged"
    meaning = f"{word}, from close to close"
    yield Reading(f"Change {'7 d' if weekly else '24 h'}", value, "fraction", meaning, "Momentum")


def _atr(view: _View) -> Iterable[Reading]:
    value = view.range_of_a_candle / view.close
    yield Reading("ATR(14)", value, "fraction", "usual range of one candle", "Volatility")


def _bollinger(view: _View) -> Iterable[Reading]:
    upper, _, lower = (float(band[-1]) for band in bollinger(view.candles.close))
    if not upper - lower > 0.0:
        return
    value = (view.close - lower) / (upper - lower)
    if value > 1:
        meaning = "over the upper band: stretched up"
    elif value < 0:
        meaning = "under the lower band: stretched"
    else:
        meaning = f"{'upper' if value >= 0.5 else 'lower'} half of the bands (0 to 1)"
    yield Reading("Bollinger %B", value, "", meaning, "Volatility")


def _volume(view: _View) -> Iterable[Reading]:
    mean = float(np.mean(view.candles.volume[-20:]))
    if not mean > 0.0:
        return
    value = float(view.candles.volume[-1]) / mean
    if value >= 2:
        meaning = "unusually busy"
    elif value <= 0.5:
        meaning = "unusually quiet"
    else:
        meaning = "usual activity"
    yield Reading("Volume / mean of 20", value, "", meaning, "Volume")


def _obv(view: _View) -> Iterable[Reading]:
    traded = float(view.candles.volume[-20:].sum())
    if not traded > 0.0:
        return
    values = obv(view.candles)[-20:]
    apart = float(values[-1] - values.mean())
    if abs(apart) <= 1e-9 * traded:
        yield Reading("OBV", "level", "", "volume takes no side", "Volume")
    elif apart > 0:
        yield Reading("OBV", "rising", "", "above its mean of 20: buyers lead", "Volume")
    else:
        yield Reading("OBV", "falling", "", "below its mean of 20: sellers lead", "Volume")


def _vwap(view: _View) -> Iterable[Reading]:
    candles = view.candles
    daily = candles.timeframe.ms >= DAY_MS
    # The day before comes along so that the day's beginning is known to be there.
    part = candles.tail(VWAP_CANDLES) if daily else candles[max(day_start(candles) - 1, 0) :]
    value = float(vwap(part)[-1])
    if np.isnan(value):
        return
    over = f"last {VWAP_CANDLES}" if daily else "since 00:00 UTC"
    yield Reading("VWAP", value, "price", f"{over}: price {_side(view.close, value)} it", "Volume")


def _levels(view: _View) -> Iterable[Reading]:
    found = nearest_levels(view.candles, view.range_of_a_candle)
    for label, turn, way in (
        ("Resistance", found.resistance, "above"),
        ("Support", found.support, "below"),
    ):
        if turn is not None:
            yield Reading(label, turn.price, "price", _distance(view, turn, way), "Levels")


def _distance(view: _View, turn: Turn, way: str) -> str:
    times = "once" if turn.touches == 1 else f"{turn.touches} times"
    share = abs(turn.price / view.close - 1.0)
    return f"{share:.1%} {way}, turned there {times}".replace("%", " %")


def _side(one: float, other: float) -> str:
    if abs(one - other) <= 1e-12 * other:
        return "at"
    return "above" if one > other else "below"


# Averages and Wilder's indicators need more than their length, until they forget their start.
_STILL = "the price stood still"
_IDLE = "nothing was traded"
_PARTS = (
    _Part(("EMA 20/50",), 100, _order),
    _Part(("EMA 20",), 40, _fast),
    _Part(("EMA 50",), 100, _slow),
    _Part(("SMA 200",), 200, _long),
    _Part(("ADX(14)",), 56, _adx, _STILL),
    _Part(("Ichimoku cloud",), CLOUD_CANDLES, _cloud),
    _Part(("RSI(14)",), 42, _rsi),
    _Part(("Stochastic %K",), 18, _stochastic, _STILL),
    _Part(("MACD histogram",), 70, _macd),
    _Part(("Change",), 2, _change, "the candle to compare with is missing"),
    _Part(("ATR(14)",), 42, _atr),
    _Part(("Bollinger %B",), 20, _bollinger, _STILL),
    _Part(("Volume / mean of 20",), 20, _volume, _IDLE),
    _Part(("OBV",), 21, _obv, _IDLE),
    _Part(("VWAP",), VWAP_CANDLES, _vwap, f"{_IDLE}, or the day's beginning is not known"),
    _Part(
        ("Resistance", "Support"),
        42,
        _levels,
        "no turn on that side of the price in the candles read",
    ),
)


def _without_value(parts: Iterable[_Part], found: Iterable[Reading]) -> list[str]:
    """Name those that there is history for but that have no value, with the reason."""
    labels = [one.label for one in found]
    why: dict[str, list[str]] = {}
    for part in parts:
        for name in part.names:
            if not any(label.startswith(name) for label in labels):
                why.setdefault(part.why_not, []).append(name)
    return [f"No {', '.join(names)}: {reason}." for reason, names in why.items()]


def _after_a_jump(whole: Candles) -> str:
    when = f"{from_ms(int(whole.time[0])):%Y-%m-%d %H:%M} UTC"
    return (
        "The price jumped as no trading makes it (a redenomination or a broken feed): only the "
        f"{len(whole)} candles from {when} on are read."
    )
