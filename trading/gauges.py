"""Names of the values that alerts wait for, as the watch's index of levels knows them.

A symbol's price goes by the symbol itself, `BTC/USDT`; a move by `BTC/USDT move 60 up`; an
indicator of closed candles by `BTC/USDT 1h RSI(14)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, cast, get_args

from trading.candles import Timeframe

Way = Literal["up", "down", "either"]
MOVE = "move"


@dataclass(frozen=True)
class MoveGauge:
    """How far the price stands (a fraction, never negative) from the extreme of the last minutes.

    "up": above the lowest price of the window; "down": below the highest; "either": the larger.
    """

    symbol: str
    minutes: int
    way: Way

    def __str__(self) -> str:
        return f"{self.symbol} {MOVE} {self.minutes} {self.way}"


@dataclass(frozen=True)
class IndicatorGauge:
    """An indicator (trading.indicator_names) at the newest closed candle."""

    symbol: str
    timeframe: Timeframe
    indicator: str

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe} {self.indicator}"


@dataclass(frozen=True)
class GaugeValue:
    """What a gauge showed at a time; of a candle that was missed, `opened` is its beginning."""

    gauge: str
    value: Decimal
    at: datetime
    opened: datetime | None = None


def symbol_of(gauge: str) -> str:
    """Return the symbol that a gauge's value comes from: `BTC/USDT` of `BTC/USDT 1h RSI(14)`."""
    return gauge.partition(" ")[0]


@lru_cache(maxsize=10_000)
def parse_gauge(name: str) -> MoveGauge | IndicatorGauge | None:
    """Read a gauge's name; None: it is a symbol, and the value its price."""
    symbol, _, rest = name.partition(" ")
    if not rest:
        return None
    first, _, last = rest.partition(" ")
    if first != MOVE:
        return IndicatorGauge(symbol, Timeframe(first), last)
    minutes, _, way = last.partition(" ")
    if way not in get_args(Way):
        raise ValueError(f"'{name}' names no gauge")
    return MoveGauge(symbol, int(minutes), cast(Way, way))


def moves_of(gauges: Iterable[str]) -> list[MoveGauge]:
    """Pick the moves out of the names of gauges."""
    return [gauge for gauge in map(parse_gauge, gauges) if isinstance(gauge, MoveGauge)]


def indicators_of(gauges: Iterable[str]) -> list[IndicatorGauge]:
    """Pick the indicators out of the names of gauges."""
    return [gauge for gauge in map(parse_gauge, gauges) if isinstance(gauge, IndicatorGauge)]
