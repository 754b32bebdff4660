"""What both kinds of chart have around their picture: title, legend, axes, price tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.charts import theme
from bot.charts.labels import spread
from bot.charts.page import Box, Page, printable
from bot.charts.scale import Scale, time_ticks

_TAG_PAD = 9
_LEGEND_ROWS = 3


@dataclass(frozen=True)
class Key:
    """A legend entry, of a line or (`area`) of a shaded area."""

    name: str
    colour: str
    area: bool = False


@dataclass(frozen=True)
class Tag:
    """A label beside the price axis, wanted at the height `y`; `solid` fills it with colour.

    A `pinned` one belongs to a price beyond the picture.
    """

    text: str
    colour: str
    y: float
    solid: bool = False
    pinned: bool = False


@dataclass(frozen=True)
class Tick:
    """A labelled height."""

    y: float
    text: str


def draw_header(page: Page, title: str, note: str, keys: Sequence[Key], *, demo: bool) -> float:
    """Write title, note and legend from the top down; return where the header ends."""
    room = page.width - 2.0 * theme.MARGIN
    y = page.height - theme.MARGIN - theme.TITLE / 2
    heading, size = _fit(page, printable(title), theme.TITLE, room, bold=True)
    page.text(theme.MARGIN, y, heading, size, theme.INK, bold=True)
    y -= theme.TITLE / 2 + theme.ROW / 2 + 2
    if demo:
        room -= _draw_badge(page, "DEMO DATA", y) + 2 * _TAG_PAD
    note, size = _fit(page, note, theme.SMALL, room)
    page.text(theme.MARGIN, y, note, size, theme.MUTED)
    return _draw_legend(page, keys, y - theme.ROW) + theme.ROW / 2


def _draw_badge(page: Page, text: str, y: float) -> float:
    width = page.text_width(text, theme.SMALL, bold=True) + 2 * _TAG_PAD
    right = page.width - theme.MARGIN
    half = theme.TAG_HEIGHT / 2
    page.pill(Box(right - width, y - half, right, y + half), theme.WARNING)
    middle = right - width / 2
    page.text(middle, y, text, theme.SMALL, theme.BACKGROUND, bold=True, align="center")
    return width


def _draw_legend(page: Page, keys: Sequence[Key], y: float) -> float:
    """Write keys in rows from `y` down; return the height of the next free row."""
    swatch, gap = 30, 26
    right = page.width - theme.MARGIN
    x, rows = float(theme.MARGIN), 1
    for left, key in zip(range(len(keys), 0, -1), keys, strict=True):
        name, _ = _fit(page, printable(key.name), theme.SMALL, 0.6 * page.width)
        width = swatch + 8 + page.text_width(name, theme.SMALL)
        if x > theme.MARGIN and x + width > right:
            x, y, rows = theme.MARGIN, y - theme.ROW, rows + 1
        if rows > _LEGEND_ROWS:
            more = f"and {left} more"
            page.text(right, y + theme.ROW, more, theme.SMALL, theme.MUTED, align="right")
            return y
        half = 9 if key.area else 2
        page.pill(Box(x, y - half, x + swatch, y + half), key.colour)
        page.text(x + swatch + 8, y, name, theme.SMALL, theme.INK)
        x += width + gap
    return y - theme.ROW if keys else y


def _fit(
    page: Page, text: str, size: float, room: float, *, bold: bool = False
) -> tuple[str, float]:
    """Shrink text to the smallest size allowed, then cut it, so that it fits into `room`."""
    width = page.text_width(text, size, bold=bold)
    if width <= room:
        return text, size
    size = max(theme.SMALL, size * room / width)
    while len(text) > 1 and page.text_width(text + "…", size, bold=bold) > room:
        # Cutting in proportion finds the length in a few steps, even for a page of text.
        width = page.text_width(text + "…", size, bold=bold)
        text = text[: min(len(text) - 1, int(len(text) * room / width) + 1)]
    return text.rstrip() + "…", size


def gutter(page: Page, ticks: Sequence[str], tags: Sequence[str]) -> float:
    """Width that labels right of the picture need, margin included."""
    widest_tick = max((page.text_width(text, theme.SMALL) for text in ticks), default=0.0)
    widest_tag = max((page.text_width(text, theme.SMALL, bold=True) for text in tags), default=0.0)
    return max(widest_tick + _TAG_PAD, widest_tag + 2 * _TAG_PAD) + 8 + theme.MARGIN / 2


def draw_grid(page: Page, box: Box, ticks: Sequence[Tick]) -> None:
    ends = np.array([[[box.left, tick.y], [box.right, tick.y]] for tick in ticks])
    page.rules(ends, theme.GRID, 1.5)


def draw_time_axis(page: Page, box: Box, scale: Scale, y: float) -> None:
    """Draw vertical rules over `box` and write their times in UTC, centred on the height `y`."""
    placed = -np.inf
    page.text(page.width - theme.MARGIN / 2, y, "UTC", theme.SMALL, theme.MUTED, align="right")
    for moment, text in time_ticks(scale.low, scale.high, int(box.width / 130)):
        x = scale.at(float(moment))
        half = page.text_width(text, theme.SMALL) / 2
        page.rules(np.array([[[x, box.bottom], [x, box.top]]]), theme.GRID, 1.5)
        if x - half < max(4, placed + 16) or x + half > box.right + 24:
            continue
        page.text(x, y, text, theme.SMALL, theme.MUTED, align="center")
        placed = x + half


def draw_tags(page: Page, box: Box, ticks: Sequence[Tick], tags: Sequence[Tag]) -> None:
    """Write tags right of `box`, none over another, and the tick labels that stay free.

    Tags that find no room (more than fit in the height) are left out, the last ones first.
    """
    size = theme.TAG_HEIGHT + 4
    tags = tags[: int(box.height // size)]
    heights = spread([tag.y for tag in tags], size, box.bottom, box.top)
    for tick in ticks:
        if all(abs(tick.y - y) > (size + theme.SMALL) / 2 for y in heights):
            page.text(box.right + 8 + _TAG_PAD, tick.y, tick.text, theme.SMALL, theme.MUTED)
    for tag, y in zip(tags, heights, strict=True):
        _draw_tag(page, box.right, tag, y)


def _draw_tag(page: Page, x: float, tag: Tag, y: float) -> None:
    left, half = x + 8, theme.TAG_HEIGHT / 2
    width = page.text_width(tag.text, theme.SMALL, bold=True) + 2 * _TAG_PAD
    if not tag.pinned:
        page.rules(np.array([[[x, tag.y], [left, y]]]), tag.colour, 2)
    fill = tag.colour if tag.solid else theme.BACKGROUND
    page.pill(Box(left, y - half, left + width, y + half), fill, tag.colour)
    ink = theme.BACKGROUND if tag.solid else tag.colour
    page.text(left + _TAG_PAD, y, tag.text, theme.SMALL, ink, bold=True)


def draw_watermark(page: Page, box: Box) -> None:
    """Write DEMO DATA across the picture, faint enough to see the chart through it."""
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    size = min(theme.WATERMARK, box.width / 6.5)
    page.text(x, y, "DEMO DATA", size, theme.INK, bold=True, align="center", turn=28, alpha=0.15)
