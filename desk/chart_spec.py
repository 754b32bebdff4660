"""What a chart shows; bot/charts draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from trading.candles import Candles, FloatArray, IntArray

if TYPE_CHECKING:
    from trading.standing import Bin


@dataclass(frozen=True)
class Level:
    """A horizontal line at a price, drawn with its name and figure."""

    name: Literal["entry", "stop", "target", "support", "resistance"]
    price: float


@dataclass(frozen=True)
class Marker:
    """A trade on the candles: a buy or sell at a time and price."""

    at: datetime
    price: float
    side: Literal["buy", "sell"]


@dataclass(frozen=True, eq=False)
class CandleChart:
    """Candles with lines over them (`lines`: name → prices, as long as the candles)."""

    title: str
    candles: Candles
    lines: Mapping[str, FloatArray]
    levels: tuple[Level, ...] = ()
    markers: tuple[Marker, ...] = ()
    demo: bool = False


@dataclass(frozen=True, eq=False)
class EquityChart:
    """Equity over time (`time` in ms UTC, `equity` in `unit`), perhaps beside a benchmark."""

    title: str
    time: IntArray
    equity: FloatArray
    unit: str
    benchmark: FloatArray | None = None
    benchmark_name: str = ""
    demo: bool = False


@dataclass(frozen=True, eq=False)
class HeatmapChart:
    """One value for each pair of two parameters' values; `chosen` (row, column) is marked.

    `values` is (rows, columns), nan where there is none; `rows` and `columns` are their labels,
    ascending. `down` is "" for a single row without a name. `unit` says what the values are.
    """

    title: str
    unit: str
    across: str
    columns: tuple[str, ...]
    down: str
    rows: tuple[str, ...]
    values: FloatArray
    chosen: tuple[int, int]
    demo: bool = False


@dataclass(frozen=True, eq=False)
class CalibrationChart:
    """Chances that were given against what came: the points of each one's reliability diagram."""

    title: str
    series: Mapping[str, Sequence[Bin]]
    demo: bool = False


ChartSpec = CandleChart | EquityChart | HeatmapChart | CalibrationChart
