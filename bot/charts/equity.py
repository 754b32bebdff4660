"""Draws an account's or a strategy's equity, its drawdown and a benchmark."""

from __future__ import annotations

import numpy as np

from bot.charts import theme
from bot.charts.bars import telling_points
from bot.charts.figures import Figures, price_text
from bot.charts.frame import (
    Key,
    Tag,
    Tick,
    draw_grid,
    draw_header,
    draw_tags,
    draw_time_axis,
    draw_watermark,
    gutter,
)
from bot.charts.page import Box, Page, printable
from bot.charts.scale import HOUR, Scale, padded, period, round_ticks
from desk.chart_spec import EquityChart
from desk.figures import percent
from trading.candles import FloatArray
from trading.errors import NotEnoughHistory

MOST_POINTS = 600
_LARGEST = 1e290
_ODD_FALL = 10.0  # as a fraction: an account far below zero has no drawdown to speak of


def draw_equity(chart: EquityChart) -> bytes:
    """Draw an equity chart as PNG. Raises NotEnoughHistory when it has no finite value."""
    time, equity = _finite(chart.time.astype(np.float64), chart.equity)
    if not len(equity):
        raise NotEnoughHistory(f"{chart.title}: there is no equity to draw")
    page = Page(theme.WIDTH, theme.EQUITY_HEIGHT)
    note = " · ".join(filter(None, (printable(chart.unit), period(int(time[0]), int(time[-1])))))
    top = draw_header(page, chart.title, note, _keys(chart, equity), demo=chart.demo)

    span = padded(*_value_range(equity, chart.benchmark))
    scale = Scale(*span, theme.MARGIN / 2 + theme.ROW + 8, top)
    values, step = round_ticks(*span, int(scale.end - scale.start) // 50)
    figures = Figures.for_axis(max(map(abs, span)), step)
    ticks = [Tick(scale.at(value), figures.text(value)) for value in values]
    tags = _tags(chart, scale, float(equity[-1]))
    right = page.width - gutter(page, [t.text for t in ticks], [t.text for t in tags])
    box = Box(theme.MARGIN / 2, scale.start, round(right), top)
    clock = _time_scale(time, box)

    draw_grid(page, box, ticks)
    draw_time_axis(page, box, clock, box.bottom - 8 - theme.ROW / 2)
    _draw_drawdown(page, box, clock, scale, time, equity)
    if chart.benchmark is not None:
        _draw_benchmark(page, box, clock, scale, chart.time.astype(np.float64), chart.benchmark)
    kept = telling_points(equity, MOST_POINTS)
    page.curve(clock(time[kept]), scale(equity[kept]), theme.ACCENT, 3, clip=box)
    if chart.demo:
        draw_watermark(page, box)
    draw_tags(page, box, ticks, tags)
    return page.png()


def _finite(time: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    seen = np.isfinite(values)
    return time[seen], np.clip(values[seen], -_LARGEST, _LARGEST)


def _keys(chart: EquityChart, equity: FloatArray) -> list[Key]:
    keys = [Key("equity", theme.ACCENT)]
    if (np.diff(equity) < 0).any():
        keys.append(Key(f"below its peak{deepest(equity)}", theme.SHADE, area=True))
    if chart.benchmark is not None:
        name = chart.benchmark_name or "benchmark"
        keys.append(Key(name, theme.OVERLAYS[0]))
    return keys


def deepest(equity: FloatArray) -> str:
    """Say the deepest fall as a fraction of its peak; from next to nothing there is none."""
    peak = np.maximum.accumulate(equity)
    held = peak > 0
    with np.errstate(over="ignore"):
        falls = (peak[held] - equity[held]) / peak[held]
    deepest = float(falls.max(initial=0.0))
    return f", at most {percent(deepest)}" if 0 < deepest < _ODD_FALL else ""


def _value_range(equity: FloatArray, benchmark: FloatArray | None) -> tuple[float, float]:
    shown = [equity]
    if benchmark is not None:
        shown.append(np.clip(benchmark[np.isfinite(benchmark)], -_LARGEST, _LARGEST))
    every = np.concatenate(shown)
    return float(every.min()), float(every.max())


def _tags(chart: EquityChart, scale: Scale, last: float) -> list[Tag]:
    tags = [Tag(price_text(last), theme.ACCENT, scale.at(last), solid=True)]
    if chart.benchmark is not None:
        seen = chart.benchmark[np.isfinite(chart.benchmark)]
        if len(seen):
            value = float(seen[-1])
            tags.append(Tag(price_text(value), theme.OVERLAYS[0], scale.at(value)))
    return tags


def _time_scale(time: FloatArray, box: Box) -> Scale:
    start, end = float(time[0]), float(time[-1])
    if end <= start:
        return Scale(start - HOUR, start + HOUR, box.left, box.right)
    room = 0.012 * (end - start)
    return Scale(start - room, end + room, box.left, box.right)


def _draw_benchmark(
    page: Page, box: Box, clock: Scale, scale: Scale, time: FloatArray, values: FloatArray
) -> None:
    time, values = _finite(time, values)
    kept = telling_points(values, MOST_POINTS)
    page.curve(clock(time[kept]), scale(values[kept]), theme.OVERLAYS[0], 2.5, clip=box)


def _draw_drawdown(
    page: Page, box: Box, clock: Scale, scale: Scale, time: FloatArray, equity: FloatArray
) -> None:
    """Shade what is missing to the highest equity so far."""
    kept = telling_points(equity, MOST_POINTS)
    x, y = clock(time[kept]), scale(equity[kept])
    peak = np.maximum.accumulate(y)
    # Where the curve climbs back through its old peak, the shading ends there, not a point later.
    back = np.flatnonzero((y[:-1] < peak[:-1]) & (y[1:] > peak[:-1]))
    share = (peak[back] - y[back]) / (y[back + 1] - y[back])
    x = np.insert(x, back + 1, x[back] + share * (x[back + 1] - x[back]))
    y = np.insert(y, back + 1, peak[back])
    peak = np.maximum.accumulate(y)
    outline = np.concatenate((np.column_stack((x, peak)), np.column_stack((x, y))[::-1]))
    page.polygons([outline], theme.DOWN, theme.SHADE_ALPHA, clip=box)
