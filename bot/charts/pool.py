"""The doors of this package: draw a chart spec here, or in a thread beside the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from desk.chart_spec import CalibrationChart, CandleChart, ChartSpec, HeatmapChart


def render(spec: ChartSpec) -> bytes:
    """Draw a chart as PNG bytes, the same bytes for the same spec.

    May run in several threads at once. Raises NotEnoughHistory when there is nothing to draw.
    """
    # matplotlib takes about half a second to load, so it waits for the first chart (or warm()).
    from bot.charts.calibration import draw_calibration
    from bot.charts.candles import draw_candles
    from bot.charts.equity import draw_equity
    from bot.charts.heatmap import draw_heatmap

    if isinstance(spec, HeatmapChart):
        return draw_heatmap(spec)
    if isinstance(spec, CalibrationChart):
        return draw_calibration(spec)
    return draw_candles(spec) if isinstance(spec, CandleChart) else draw_equity(spec)


@cache
def _pool() -> ThreadPoolExecutor:
    """One thread: drawing holds the interpreter lock, so a second would only slow the chat."""
    return ThreadPoolExecutor(1, thread_name_prefix="charts")


async def draw(spec: ChartSpec) -> bytes:
    """Draw a chart without holding up the event loop; result and errors as in `render`."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), render, spec)


def warm() -> None:
    """Load matplotlib and its fonts in the drawing thread; blocks, so call it in a thread."""
    _pool().submit(_load).result()


def _load() -> None:
    from bot.charts.page import Page

    page = Page(64, 64)
    page.text(4, 4, "0", 24, "#ffffff")
    page.text(4, 4, "0", 24, "#ffffff", bold=True)
    page.png()
