"""Draws a reliability diagram: how often prices rose against the chances given for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.charts import theme
from bot.charts.frame import Key, Tick, draw_grid, draw_header, draw_watermark
from bot.charts.page import Box, Page
from bot.charts.scale import Scale
from desk.chart_spec import CalibrationChart
from trading.errors import NotEnoughHistory

if TYPE_CHECKING:
    from trading.standing import Bin

PLOT = 620
MOST_SERIES = 4
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
INSET = 28  # so that points at 0 % and 100 % are whole
DOT = 9
CAP = 7
APART = 16  # between the points of two series in one bin
BAR = 3.0
NOTE = "prices rose, of 100 such calls ↑   counts below"


def draw_calibration(chart: CalibrationChart) -> bytes:
    """Draw the diagram as PNG. Raises NotEnoughHistory when it has no point at all."""
    series = [(name, bins) for name, bins in chart.series.items() if bins][:MOST_SERIES]
    if not series:
        raise NotEnoughHistory(f"{chart.title}: there is nothing to draw")
    head = 3 * theme.ROW + theme.TITLE + 2 * theme.MARGIN
    foot = theme.MARGIN + (2 + len(series)) * theme.ROW
    page = Page(theme.WIDTH, head + PLOT + foot)
    colours = dict(zip((name for name, _ in series), theme.OVERLAYS, strict=False))
    keys = [Key(name, colours[name], area=True) for name, _ in series]
    draw_header(page, chart.title, NOTE, keys, demo=chart.demo)
    gutter = page.text_width("100 %", theme.SMALL) + 12
    box = Box(theme.MARGIN + gutter, foot, page.width - theme.MARGIN, foot + PLOT)
    across = Scale(0.0, 1.0, box.left + INSET, box.right - INSET)
    up = Scale(0.0, 1.0, box.bottom + INSET, box.top - INSET)
    _draw_axes(page, box, across, up)
    if chart.demo:
        draw_watermark(page, box)
    for place, (name, bins) in enumerate(series):
        shift = APART * (place - (len(series) - 1) / 2)
        _draw_points(page, box, bins, across, up, colours[name], shift)
        y = box.bottom - (1.5 + place) * theme.ROW
        _draw_counts(page, bins, across, y, colours[name])
    page.text(
        (box.left + box.right) / 2,
        theme.MARGIN + theme.ROW / 2,
        "chance that was given for a rise →",
        theme.SMALL,
        theme.MUTED,
        align="center",
    )
    return page.png()


def _draw_axes(page: Page, box: Box, across: Scale, up: Scale) -> None:
    draw_grid(page, box, [Tick(up.at(value), "") for value in TICKS])
    for value in TICKS:
        x, text = across.at(value), f"{value * 100:.0f} %"
        page.rules(np.array([[[x, box.bottom], [x, box.top]]]), theme.GRID, 1.5)
        page.text(x, box.bottom - theme.ROW / 2, text, theme.SMALL, theme.MUTED, align="center")
        page.text(box.left - 8, up.at(value), text, theme.SMALL, theme.MUTED, align="right")
    diagonal = np.array([[[across.at(0.0), up.at(0.0)], [across.at(1.0), up.at(1.0)]]])
    page.rules(diagonal, theme.MUTED, 2.0, dashes=(6.0, 4.0))


def _draw_points(
    page: Page,
    box: Box,
    bins: Sequence[Bin],
    across: Scale,
    up: Scale,
    colour: str,
    shift: float,
) -> None:
    for one in bins:
        x = across.at(one.stated) + shift
        low, high, y = (up.at(value) for value in (one.rose.low, one.rose.high, one.rose.value))
        ends = [[[x, low], [x, high]]]
        ends += [[[x - CAP, end], [x + CAP, end]] for end in (low, high)]
        page.rules(np.array(ends), colour, BAR)
        page.pill(Box(x - DOT, y - DOT, x + DOT, y + DOT), colour, clip=box)


def _draw_counts(page: Page, bins: Sequence[Bin], across: Scale, y: float, colour: str) -> None:
    """Write how many calls each point stands for, under it; neighbours never overlap."""
    taken = 0.0
    for one in bins:
        text = str(one.count)
        half = page.text_width(text, theme.SMALL) / 2
        x = max(across.at(one.stated), taken + half)
        page.text(x, y, text, theme.SMALL, colour, align="center")
        taken = x + half + 10
