"""Draws how a figure changes over two parameters, the chosen pair marked."""

from __future__ import annotations

import math

import numpy as np

from bot.charts import theme
from bot.charts.frame import Key, draw_header, draw_watermark
from bot.charts.page import Box, Page, printable
from desk.chart_spec import HeatmapChart
from trading.errors import NotEnoughHistory

CELL = 68
GAP = 3
# Blue and orange stay apart for people who can't tell red from green; grey lies between them.
GOOD = (0x4A, 0xA3, 0xF0)
BAD = (0xE8, 0x8A, 0x2B)
MIDDLE = (0x2E, 0x3A, 0x46)
BRIGHT = 0.5  # luminance above which dark letters are read better
MARK = 5.0
_TICK = 10


def draw_heatmap(chart: HeatmapChart) -> bytes:
    """Draw a heatmap as PNG. Raises NotEnoughHistory when it has no value at all."""
    if not np.isfinite(chart.values).any():
        raise NotEnoughHistory(f"{chart.title}: there is nothing to draw")
    rows = len(chart.values)
    head = 2 * theme.ROW + theme.TITLE + 2 * theme.MARGIN + (theme.ROW if chart.down else 0)
    foot = 2 * theme.ROW + theme.MARGIN
    page = Page(theme.WIDTH, head + rows * CELL + foot)
    keys = [Key("above 0", colour(1.0), area=True), Key("below 0", colour(-1.0), area=True)]
    keys.append(Key("chosen (outlined)", theme.INK, area=True))
    draw_header(page, chart.title, printable(chart.unit), keys, demo=chart.demo)
    labels = [printable(text) for text in chart.rows] if chart.down else []
    gutter = max((page.text_width(text, theme.SMALL) for text in labels), default=0.0)
    left = round(theme.MARGIN + gutter + (_TICK if labels else 0))
    if chart.down:
        y = foot + rows * CELL + theme.ROW / 2
        page.text(theme.MARGIN, y, f"{printable(chart.down)} ↑", theme.SMALL, theme.MUTED)
    box = Box(left, foot, page.width - theme.MARGIN, foot + rows * CELL)
    fills = _draw_cells(page, box, chart)
    if chart.demo:
        # Under the figures: they are small, and all of them must be read.
        draw_watermark(page, box)
    _draw_figures(page, box, chart, fills)
    _draw_axes(page, box, chart, labels)
    _draw_mark(page, _cell(box, chart, *chart.chosen))
    return page.png()


def colour(share: float) -> str:
    """Return the colour of −1 (worst) … 1 (best)."""
    end = GOOD if share > 0 else BAD
    mixed = [m + (e - m) * abs(share) ** 0.8 for m, e in zip(MIDDLE, end, strict=True)]
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def cell_text(value: float) -> str:
    """Write a value in at most five letters; "" where there is none."""
    if not math.isfinite(value):
        return ""
    size = abs(value)
    if size >= 1_000:
        return "≫" if value > 0 else "≪"
    text = f"{size:.0f}" if round(size, 1) >= 100 else f"{size:.1f}"
    return f"−{text}" if value < 0 and float(text) else text


def _cell(box: Box, chart: HeatmapChart, row: int, column: int) -> Box:
    rows, columns = chart.values.shape
    width, height = box.width / columns, box.height / rows
    x, y = box.left + column * width, box.bottom + row * height
    return Box(round(x), round(y), round(x + width) - GAP, round(y + height) - GAP)


def _draw_cells(page: Page, box: Box, chart: HeatmapChart) -> dict[tuple[int, int], str]:
    """Fill the cells that have a value; return the colour of each."""
    fills = {}
    finite = chart.values[np.isfinite(chart.values)]
    # A single odd value must not take the colour from all others.
    most = max(float(np.percentile(np.abs(finite), 90)), 1e-12)
    for (row, column), value in np.ndenumerate(chart.values):
        if math.isfinite(value):
            fills[row, column] = colour(min(max(float(value) / most, -1.0), 1.0))
            cell = _cell(box, chart, row, column)
            edges = np.array([[cell.left, cell.bottom, cell.right, cell.top]])
            page.rects(edges, fills[row, column], clip=box)
    return fills


def _draw_figures(
    page: Page, box: Box, chart: HeatmapChart, fills: dict[tuple[int, int], str]
) -> None:
    for (row, column), fill in fills.items():
        cell = _cell(box, chart, row, column)
        x, y = (cell.left + cell.right) / 2, (cell.bottom + cell.top) / 2
        ink = theme.BACKGROUND if luminance(fill) > BRIGHT else theme.INK
        text = cell_text(float(chart.values[row, column]))
        page.text(x, y, text, theme.SMALL, ink, align="center")


def _draw_axes(page: Page, box: Box, chart: HeatmapChart, labels: list[str]) -> None:
    for row, text in enumerate(labels):
        cell = _cell(box, chart, row, 0)
        y = (cell.bottom + cell.top) / 2
        page.text(box.left - _TICK, y, text, theme.SMALL, theme.MUTED, align="right")
    for column, text in enumerate(chart.columns):
        cell = _cell(box, chart, 0, column)
        x = (cell.left + cell.right) / 2
        y = box.bottom - theme.ROW / 2 - GAP
        page.text(x, y, printable(text), theme.SMALL, theme.MUTED, align="center")
    middle = (box.left + box.right) / 2
    y = box.bottom - 1.5 * theme.ROW
    page.text(middle, y, f"{printable(chart.across)} →", theme.SMALL, theme.MUTED, align="center")


def _draw_mark(page: Page, cell: Box) -> None:
    half = MARK / 2
    left, right = cell.left + half, cell.right - half
    low, high = cell.bottom + half, cell.top - half
    ends = [
        [[cell.left, low], [cell.right, low]],
        [[cell.left, high], [cell.right, high]],
        [[left, cell.bottom], [left, cell.top]],
        [[right, cell.bottom], [right, cell.top]],
    ]
    page.rules(np.array(ends, np.float64), theme.INK, MARK)


def luminance(fill: str) -> float:
    """Relative brightness of a colour, 0 to 1 (Rec. 709 weights, gamma left alone)."""
    red, green, blue = (int(fill[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
