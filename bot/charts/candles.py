"""Draws candles with their lines, levels and trades."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle

import numpy as np

from bot.charts import theme
from bot.charts.bars import Bars, as_bars, length_text
from bot.charts.figures import Figures, compact, price_text
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
from bot.charts.page import Box, Page
from bot.charts.scale import Scale, padded, period, round_ticks
from desk.chart_spec import CandleChart, Level, Marker
from trading.candles import FloatArray, IntArray, to_ms
from trading.errors import NotEnoughHistory

_MOST_BARS = 220
_FEWEST_SLOTS = 16
_VOLUME_SHARE = 0.15
# The candles keep at least this share of the height, however far away a level lies.
_CANDLES_SHARE = 0.5
_LINES_SHARE = 0.6
# A line is not drawn across a hole of more candles than this: nothing is known of it there.
_LONG_GAP = 12


@dataclass(frozen=True)
class Layout:
    """Where things are: the price pane, the volume strip and the scales of both."""

    prices: Box
    volumes: Box
    time: Scale
    price: Scale
    ticks: tuple[Tick, ...]


def draw_candles(chart: CandleChart) -> bytes:
    """Draw a candle chart as PNG. Raises NotEnoughHistory when it has no candles."""
    if not len(chart.candles):
        raise NotEnoughHistory(f"{chart.candles.symbol}: there are no candles to draw")
    page = Page(theme.WIDTH, theme.CANDLE_HEIGHT)
    bars = as_bars(chart.candles, _MOST_BARS)
    keys = [Key(name, colour) for (name, _), colour in _coloured(chart)] + _marker_keys(chart)
    top = draw_header(page, chart.title, _note(chart, bars), keys, demo=chart.demo)
    low, high = padded(*_price_range(chart, bars))
    place = _lay_out(page, chart, bars, (low, high), top)
    draw_grid(page, place.prices, place.ticks)
    bottom = place.volumes.bottom
    whole = Box(place.prices.left, bottom, place.prices.right, place.prices.top)
    draw_time_axis(page, whole, place.time, bottom - theme.ROW / 2)
    _draw_volume(page, place, bars)
    _draw_bars(page, place, bars)
    for (_, values), colour in _coloured(chart):
        _draw_line(page, place, chart, values, colour)
    _draw_levels(page, place, chart.levels)
    _draw_markers(page, place, chart.markers)
    if chart.demo:
        draw_watermark(page, place.prices)
    tags = _price_tags(chart, place.price)
    draw_tags(page, place.prices, place.ticks, tags)
    return page.png()


def _coloured(chart: CandleChart) -> list[tuple[tuple[str, FloatArray], str]]:
    return list(zip(chart.lines.items(), cycle(theme.OVERLAYS), strict=False))


def _marker_keys(chart: CandleChart) -> list[Key]:
    """Name the triangles of the sides that were traded."""
    there = {marker.side for marker in chart.markers}
    names = (("buy", "▲ bought"), ("sell", "▼ sold"))
    return [Key(name, theme.SIDES[side], area=True) for side, name in names if side in there]


def _note(chart: CandleChart, bars: Bars) -> str:
    candles = chart.candles
    note = period(int(candles.time[0]), int(candles.time[-1]) + candles.timeframe.ms)
    return f"{note} · 1 bar = {length_text(bars.length)}" if bars.merged else note


def _price_range(chart: CandleChart, bars: Bars) -> tuple[float, float]:
    """Choose what to show: all candles, then lines and levels while candles stay readable."""
    bottom, top = float(bars.low.min()), float(bars.high.max())
    low, high = bottom, top
    size = max(high - low, 0.01 * high)
    room = size * (1 / _LINES_SHARE - 1) / 2
    for values in chart.lines.values():
        seen = values[np.isfinite(values)]
        if len(seen):
            low = min(low, max(float(seen.min()), bottom - room))
            high = max(high, min(float(seen.max()), top + room))
    for level in sorted(chart.levels, key=lambda level: _distance(level.price, low, high)):
        wider = min(low, level.price), max(high, level.price)
        if wider[1] - wider[0] <= size / _CANDLES_SHARE:
            low, high = wider
    return low, high


def _distance(price: float, low: float, high: float) -> float:
    return max(low - price, price - high, 0.0)


def _lay_out(
    page: Page, chart: CandleChart, bars: Bars, span: tuple[float, float], top: float
) -> Layout:
    bottom = theme.MARGIN / 2 + theme.ROW
    volume_height = round(_VOLUME_SHARE * (top - bottom))
    ground = bottom + volume_height + 10
    price = Scale(*span, ground, top)
    values, step = round_ticks(*span, int(price.end - price.start) // 65)
    figures = Figures.for_axis(max(map(abs, span)), step)
    ticks = tuple(Tick(price.at(value), figures.text(value)) for value in values)
    texts = [tag.text for tag in _price_tags(chart, price)]
    right = page.width - gutter(page, [*(tick.text for tick in ticks), _volume_text(bars)], texts)
    prices = Box(theme.MARGIN / 2, ground, round(right), top)
    volumes = Box(prices.left, bottom, prices.right, bottom + volume_height)
    return Layout(prices, volumes, _time_scale(bars, prices), price, ticks)


def _time_scale(bars: Bars, box: Box) -> Scale:
    """Map time to pixels; a few candles stand in the middle instead of growing into walls."""
    start, end = float(bars.time[0]), float(bars.time[-1] + bars.length)
    slots = (end - start) / bars.length
    before = max(0.5, (_FEWEST_SLOTS - slots) / 2) * bars.length
    return Scale(start - before, end + max(before, 0.015 * (end - start)), box.left, box.right)


def _price_tags(chart: CandleChart, scale: Scale) -> list[Tag]:
    """The last close first, then each level; one beyond the picture is pinned with an arrow."""
    last = float(chart.candles.close[-1])
    colour = theme.UP if last >= chart.candles.open[-1] else theme.DOWN
    tags = [Tag(f"close {price_text(last)}", colour, scale.at(last), solid=True)]
    for level in chart.levels:
        held = scale.holds(level.price)
        arrow = "" if held else "↑ " if level.price > scale.high else "↓ "
        y = min(max(scale.at(level.price), scale.start), scale.end)
        text = f"{arrow}{level.name} {price_text(level.price)}"
        tags.append(Tag(text, theme.LEVELS[level.name], y, pinned=not held))
    return tags


def _columns(place: Layout, bars: Bars) -> tuple[IntArray, int]:
    """Left edges of the bars' bodies and their width, in whole pixels."""
    slot = place.prices.width * bars.length / (place.time.high - place.time.low)
    width = 2 * round(max(0.0, slot * 0.72 - 1) / 2) + 1
    centres = place.time(bars.time.astype(np.float64) + bars.length / 2)
    return np.rint(centres - width / 2).astype(np.int64), width


def _draw_bars(page: Page, place: Layout, bars: Bars) -> None:
    left, width = _columns(place, bars)
    # Body and wick are both odd, so that the wick stands in the middle to the pixel.
    thin = 1 if width < 9 else 3
    inset = (width - thin) // 2
    first, last = np.rint(place.price(bars.open)), np.rint(place.price(bars.close))
    bottom = np.minimum(first, last)
    # A candle that closes where it opened still needs a body to be seen.
    top = np.maximum(np.maximum(first, last), bottom + 2)
    low, high = np.rint(place.price(bars.low)), np.rint(place.price(bars.high))
    wicks = np.column_stack((left + inset, low, left + inset + thin, high))
    bodies = np.column_stack((left, bottom, left + width, top))
    for rising, colour in ((True, theme.UP), (False, theme.DOWN)):
        chosen = (bars.close >= bars.open) == rising
        both = np.concatenate((wicks[chosen], bodies[chosen]))
        page.rects(both, colour, clip=place.prices)


def _draw_volume(page: Page, place: Layout, bars: Bars) -> None:
    box = place.volumes
    volume, most = bars.volume, float(bars.volume.max())
    if most <= 0:
        return
    left, width = _columns(place, bars)
    ground = np.full(len(left), box.bottom)
    top = box.bottom + np.rint(volume / most * (box.height - 4))
    columns = np.column_stack((left, ground, left + width, top))
    for rising, colour in ((True, theme.UP), (False, theme.DOWN)):
        page.rects(columns[(bars.close >= bars.open) == rising], colour, 0.5, clip=box)
    y = box.top - theme.SMALL / 2 - 2
    page.text(box.right + 17, y, _volume_text(bars), theme.SMALL, theme.MUTED)


def _volume_text(bars: Bars) -> str:
    """The height of the volume strip, base units."""
    return f"vol {compact(float(bars.volume.max()))}"


def _draw_line(
    page: Page, place: Layout, chart: CandleChart, values: FloatArray, colour: str
) -> None:
    candles = chart.candles
    x = place.time(candles.time.astype(np.float64) + candles.timeframe.ms / 2)
    y = place.price(np.where(np.isfinite(values), values, np.nan))
    gaps = np.flatnonzero(np.diff(candles.time) > _LONG_GAP * candles.timeframe.ms) + 1
    x, y = np.insert(x, gaps, np.nan), np.insert(y, gaps, np.nan)
    page.curve(x, y, colour, 3, clip=place.prices)


def _draw_levels(page: Page, place: Layout, levels: tuple[Level, ...]) -> None:
    box = place.prices
    for level in levels:
        if place.price.holds(level.price):
            y = place.price.at(level.price)
            ends = np.array([[[box.left, y], [box.right, y]]])
            page.rules(ends, theme.LEVELS[level.name], 2.5, (5, 3))


def _draw_markers(page: Page, place: Layout, markers: tuple[Marker, ...]) -> None:
    """Draw a triangle per trade, its tip at the trade's time and price."""
    size = 13.0 if len(markers) <= 40 else 9.0 if len(markers) <= 100 else 6.0
    for side, direction in (("buy", -1.0), ("sell", 1.0)):
        shapes = []
        for marker in markers:
            moment = to_ms(marker.at)
            if marker.side != side or not place.time.holds(moment):
                continue
            x = place.time.at(moment)
            y = min(max(place.price.at(marker.price), place.prices.bottom), place.prices.top)
            base = y + direction * 1.7 * size
            shapes.append(np.array([[x, y], [x - size, base], [x + size, base]]))
        centres = [shape.mean(axis=0) for shape in shapes]
        rims = [c + (s - c) * 1.35 for s, c in zip(shapes, centres, strict=True)]
        page.polygons(rims, theme.BACKGROUND, clip=place.prices)
        page.polygons(shapes, theme.SIDES[side], clip=place.prices)
