"""Curves as the numbers of an inline SVG, so that the template writes no markup of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.charts.bars import telling_points
from bot.charts.figures import Figures
from bot.charts.scale import Scale, padded, round_ticks, time_ticks
from desk.figures import grouped
from trading.candles import FloatArray, IntArray

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 400, 4, 352, 8, 20  # the room right of RIGHT is for labels
MOST_POINTS = 700


@dataclass(frozen=True)
class Line:
    """A curve: `kind` is its class in the style sheet, `path` its SVG path."""

    kind: str
    path: str


@dataclass(frozen=True)
class Label:
    """A text at a place; of an axis, with a rule through the picture."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A trade: a triangle, its tip at the time and price."""

    kind: str
    points: str


@dataclass(frozen=True)
class Picture:
    """What the template draws; coordinates are SVG's, from the upper left corner."""

    title: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: tuple[Line, ...]
    heights: tuple[Label, ...]
    times: tuple[Label, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    """Values to draw; an `area` is filled up to zero."""

    kind: str
    values: FloatArray
    area: bool = False


@dataclass(frozen=True)
class Point:
    """A buy or a sell, at ms UTC and a price."""

    kind: str
    time: float
    price: float


def picture(
    title: str,
    time: IntArray,
    curves: Sequence[Curve],
    height: int,
    *,
    percent: bool = False,
    points: Sequence[Point] = (),
) -> Picture:
    """Lay out curves over one time axis; `percent`: the values are fractions."""
    low = min(float(curve.values.min()) for curve in curves)
    high = max(float(curve.values.max()) for curve in curves)
    span = (low * 1.05, 0.0) if percent and low < 0 else padded(low, high)
    bottom = height - BOTTOM
    across = Scale(float(time[0]), float(max(time[-1], time[0] + 1)), LEFT, RIGHT)
    up = Scale(*span, bottom, TOP)
    return Picture(
        title,
        WIDTH,
        height,
        LEFT,
        RIGHT,
        TOP,
        bottom,
        tuple(_line(curve, time, across, up) for curve in curves),
        tuple(_heights(span, up, percent=percent)),
        tuple(_times(across, bottom)),
        tuple(_mark(point, across, up) for point in points),
    )


def _line(curve: Curve, time: IntArray, across: Scale, up: Scale) -> Line:
    kept = telling_points(curve.values, MOST_POINTS)
    x, y = across(time[kept].astype(np.float64)), up(curve.values[kept])
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    if curve.area:
        ground = up.at(0.0)
        path += f"L{x[-1]:.1f} {ground:.1f}L{x[0]:.1f} {ground:.1f}Z"
    return Line(curve.kind, path)


def _heights(span: tuple[float, float], up: Scale, *, percent: bool) -> list[Label]:
    values, step = round_ticks(*span, 5)
    if percent:
        decimals = 1 if step < 0.01 else 0
        return [Label(RIGHT + 4, up.at(v), f"{grouped(v * 100, decimals)} %") for v in values]
    figures = Figures.for_axis(max(map(abs, span)), step)
    return [Label(RIGHT + 4, up.at(value), figures.text(value)) for value in values]


def _times(across: Scale, bottom: float) -> list[Label]:
    labels: list[Label] = []
    for moment, text in time_ticks(across.low, across.high, 6):
        x = across.at(float(moment))
        if LEFT + 8 < x < RIGHT - 8 and (not labels or x - labels[-1].x > 34):
            labels.append(Label(x, bottom + 13, text))
    return labels


def _mark(point: Point, across: Scale, up: Scale) -> Mark:
    x, y = across.at(point.time), up.at(point.price)
    base = y + (7 if point.kind == "buy" else -7)
    return Mark(point.kind, f"{x:.1f},{y:.1f} {x - 4:.1f},{base:.1f} {x + 4:.1f},{base:.1f}")
