"""A page of pixels: the few shapes that a chart is made of, drawn by matplotlib's Agg.

Coordinates are pixels from the lower left corner. What is drawn later lies on top. Each page has
a Figure of its own, so pages may be drawn in several threads at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import get_data_path
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform
from PIL import Image

from bot.charts import theme
from trading.candles import FloatArray
from trading.measure import THIN_SPACE

_DPI = 100
Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


class Page:
    """One picture in the making."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._figure = Figure((width / _DPI, height / _DPI), _DPI, facecolor=theme.BACKGROUND)
        self._canvas = FigureCanvasAgg(self._figure)
        self._order = 0

    def _add(self, artist: Artist, clip: Box | None = None) -> None:
        self._order += 1
        artist.set_zorder(self._order)
        self._figure.add_artist(artist)
        if clip:
            artist.set_clip_box(Bbox([[clip.left, clip.bottom], [clip.right, clip.top]]))

    def rects(self, edges: FloatArray, colour: str, alpha: float = 1.0, *, clip: Box) -> None:
        """Fill crisp rectangles; `edges` is (n, 4): left, bottom, right, top in whole pixels."""
        corners = edges[:, [0, 1, 0, 3, 2, 3, 2, 1]].reshape(-1, 4, 2)
        self._polygons(list(corners), colour, alpha, clip, smooth=False)

    def polygons(
        self, shapes: Sequence[FloatArray], colour: str, alpha: float = 1.0, *, clip: Box
    ) -> None:
        """Fill shapes, each (m, 2) points."""
        self._polygons(shapes, colour, alpha, clip, smooth=True)

    def _polygons(
        self,
        shapes: Sequence[FloatArray],
        colour: str,
        alpha: float,
        clip: Box,
        *,
        smooth: bool,
    ) -> None:
        if not len(shapes):
            return
        artist = PolyCollection(
            shapes,
            facecolors=[colour],
            linewidths=[0],
            antialiaseds=[smooth],
            alpha=alpha,
            transform=IdentityTransform(),
        )
        self._add(artist, clip)

    def rules(
        self,
        ends: FloatArray,
        colour: str,
        width: float = 1.0,
        dashes: tuple[float, float] | None = None,
    ) -> None:
        """Draw straight lines; `ends` is (n, 2, 2): from and to."""
        if not len(ends):
            return
        artist = LineCollection(
            list(ends),
            colors=[colour],
            linewidths=[_points(width)],
            linestyles=[(0, dashes) if dashes else "solid"],
            transform=IdentityTransform(),
        )
        self._add(artist)

    def curve(
        self,
        x: FloatArray,
        y: FloatArray,
        colour: str,
        width: float,
        *,
        clip: Box,
    ) -> None:
        """Draw a line through points; NaN interrupts it, a lone point becomes a dot."""
        artist = Line2D(
            x,
            y,
            color=colour,
            linewidth=_points(width),
            solid_capstyle="round",
            solid_joinstyle="round",
        )
        artist.set_transform(IdentityTransform())
        self._add(artist, clip)
        seen = np.isfinite(y)
        lone = seen & ~np.r_[False, seen[:-1]] & ~np.r_[seen[1:], False]
        for px, py in zip(x[lone], y[lone], strict=True):
            self.pill(Box(px - 6, py - 6, px + 6, py + 6), colour, clip=clip)

    def pill(
        self, box: Box, fill: str, edge: str | None = None, *, clip: Box | None = None
    ) -> None:
        """Draw a filled box with round corners."""
        artist = FancyBboxPatch(
            (box.left, box.bottom),
            box.width,
            box.height,
            boxstyle=f"round,pad=0,rounding_size={min(7, box.height / 2)}",
            facecolor=fill,
            edgecolor=edge or fill,
            linewidth=_points(2 if edge else 0),
            transform=IdentityTransform(),
        )
        self._add(artist, clip)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        align: Align = "left",
        turn: float = 0.0,
        alpha: float = 1.0,
    ) -> None:
        """Write one line with its capitals centred on `y`; `size` in pixels, `turn` in degrees."""
        artist = Text(
            x,
            y,
            text,
            color=colour,
            alpha=alpha,
            fontproperties=_font(size, bold),
            horizontalalignment=align,
            verticalalignment="center_baseline" if not turn else "center",
            rotation=turn,
            parse_math=False,
            transform=IdentityTransform(),
        )
        self._add(artist)

    def text_width(self, text: str, size: float, *, bold: bool = False) -> float:
        return _text_width(text, size, bold)

    def png(self) -> bytes:
        """Draw everything."""
        self._canvas.draw()  # type: ignore[no-untyped-call] # unannotated there
        pixels = self._canvas.buffer_rgba()  # type: ignore[no-untyped-call] # unannotated there
        picture = Image.fromarray(np.asarray(pixels)).convert("RGB")
        # A chart has few colours: 256 of them halve the file and the time that writing it takes.
        few = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        file = BytesIO()
        few.save(file, "PNG", compress_level=6)
        return file.getvalue()


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI


@lru_cache(2_000)
def _text_width(text: str, size: float, bold: bool) -> float:
    """Measure a line in pixels; most labels of a chart stand on the one before, too."""
    canvas = FigureCanvasAgg(Figure((1, 1), _DPI))
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call] # unannotated there
    width, _, _ = renderer.get_text_width_height_descent(text, _font(size, bold), False)
    return float(width)


def _file(bold: bool) -> Path:
    """matplotlib's own font: the same picture on every computer, and no search for fonts."""
    return Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf")


def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(fname=_file(bold), size=_points(size))


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font([str(_file(True))]).get_charmap())


def printable(text: str) -> str:
    """One line of what the font can show; other letters become question marks."""
    shown = ("?" if ord(c) not in _glyphs() else c for c in " ".join(text.split()))
    return "".join(c for c in shown if c.isprintable() or c == THIN_SPACE)
