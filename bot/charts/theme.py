"""Colours and sizes, made to sit in a dark chat and to be read on a phone.

A phone shows the picture about 360 CSS pixels wide, 2.5 times smaller than it is drawn: text of
24 px here is 9.6 CSS px there, and nothing is drawn smaller.
"""

from __future__ import annotations

from typing import Final

WIDTH: Final = 900
CANDLE_HEIGHT: Final = 900
EQUITY_HEIGHT: Final = 640

MARGIN: Final = 22
TITLE: Final = 34
SMALL: Final = 24
ROW: Final = 38
TAG_HEIGHT: Final = 36
WATERMARK: Final = 104

BACKGROUND: Final = "#17212b"
GRID: Final = "#25323f"
INK: Final = "#eef3f8"
MUTED: Final = "#93a5b7"
UP: Final = "#2fbf8a"
DOWN: Final = "#f2545f"
SHADE_ALPHA: Final = 0.3
SHADE: Final = "#59303b"  # DOWN at that strength over BACKGROUND
ACCENT: Final = "#62b4f5"
WARNING: Final = "#ffb547"

LEVELS: Final = {
    "entry": ACCENT,
    "stop": "#ff7a70",
    "target": "#54dba0",
    "support": "#a9c7e8",
    "resistance": "#a9c7e8",
}
SIDES: Final = {"buy": "#7ef0c1", "sell": "#ff9aa0"}
OVERLAYS: Final = ("#f5c451", "#b794f6", "#5fd4e6", "#f78fc0", "#c3d86d", "#e0a374")
