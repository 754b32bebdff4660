"""Charts as PNG pictures for the chat; importing this package does not load matplotlib."""

from bot.charts.pool import draw, render, warm

__all__ = ["draw", "render", "warm"]
