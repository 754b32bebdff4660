"""The heatmap: every value readable, the choice marked, colours that anybody can tell apart."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.charts import render, theme
from bot.charts.heatmap import BAD, BRIGHT, GOOD, cell_text, colour, luminance
from desk.chart_spec import HeatmapChart
from tests.bot.drawing import drawn_without_warning
from tests.depth import times
from trading.candles import FloatArray
from trading.errors import NotEnoughHistory


def chart(
    values: FloatArray, chosen: tuple[int, int] = (0, 0), *, demo: bool = False
) -> HeatmapChart:
    rows, columns = values.shape
    return HeatmapChart(
        title="SMA cross · BTC/USDT · 1h · binance",
        unit="Sharpe ratio on all candles",
        across="fast",
        columns=tuple(str(10 * n) for n in range(columns)),
        down="slow" if rows > 1 else "",
        rows=tuple(str(100 * n) for n in range(rows)),
        values=values,
        chosen=chosen,
        demo=demo,
    )


def pixels(spec: HeatmapChart) -> FloatArray:
    return np.asarray(Image.open(BytesIO(render(spec))).convert("RGB")).astype(np.float64)


def near(picture: FloatArray, wanted: str) -> int:
    target = [int(wanted[at : at + 2], 16) for at in (1, 3, 5)]
    return int((np.abs(picture - target).max(axis=2) < 6).sum())


GRID = np.linspace(-2.0, 2.0, 64).reshape(8, 8)


def test_chosen_cell_is_outlined_where_it_is() -> None:
    middle, corner = (pixels(chart(GRID, chosen)) for chosen in ((4, 4), (7, 0)))
    moved = np.argwhere(np.abs(middle - corner).max(axis=2) > 40)
    height, width = middle.shape[:2]
    upper_left = moved[(moved[:, 0] < 0.4 * height) & (moved[:, 1] < 0.25 * width)]
    inner = moved[(moved[:, 0] > 0.4 * height) & (moved[:, 1] > 0.4 * width)]
    assert len(upper_left) > 500
    assert len(inner) > 500
    assert len(upper_left) + len(inner) == len(moved)


def test_good_and_bad_differ_in_brightness_order_and_hue() -> None:
    assert near(pixels(chart(GRID)), colour(1.0)) > 2_000
    assert near(pixels(chart(GRID)), colour(-1.0)) > 2_000
    # Blue against orange: told apart with any of the usual colour blindnesses.
    assert GOOD[2] > GOOD[0] + 100
    assert BAD[0] > BAD[2] + 100
    assert luminance(colour(0.0)) < luminance(colour(0.5)) < luminance(colour(1.0))
    assert luminance(colour(0.0)) < luminance(colour(-0.5)) < luminance(colour(-1.0))


@pytest.mark.parametrize("share", np.linspace(-1, 1, 21))
def test_figures_stand_out_from_their_cell(share: float) -> None:
    fill = luminance(colour(float(share)))
    ink = luminance(theme.BACKGROUND if fill > BRIGHT else theme.INK)
    assert abs(fill - ink) > 0.35


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.234, "1.2"),
        (-0.04, "0.0"),
        (-12.34, "−12.3"),
        (99.97, "100"),
        (123.4, "123"),
        (-5e9, "≪"),
        (5e9, "≫"),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_cells_hold_at_most_five_letters(value: float, text: str) -> None:
    assert cell_text(value) == text
    assert len(cell_text(value)) <= 5


def test_missing_cells_stay_empty_and_nothing_at_all_is_told() -> None:
    holed = GRID.copy()
    holed[:, 4:] = np.nan
    whole, half = (near(pixels(chart(grid)), theme.BACKGROUND) for grid in (GRID, holed))
    assert half > whole + 100_000
    with pytest.raises(NotEnoughHistory, match="nothing to draw"):
        render(chart(np.full((2, 2), np.nan)))


def test_demo_is_marked() -> None:
    assert near(pixels(chart(GRID, demo=True)), theme.WARNING) > 2_000


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1.0, 1e12]),
    st.text(max_size=20),
)
@settings(max_examples=times(5, 60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@drawn_without_warning
def test_any_grid_can_be_drawn(
    rows: int, columns: int, seed: int, scale: float, words: str
) -> None:
    random = np.random.default_rng(seed)
    values = scale * random.normal(size=(rows, columns))
    values[random.random((rows, columns)) < 0.2] = np.nan
    values[0, 0] = scale
    spec = chart(values, (rows - 1, columns - 1))
    assert pixels(spec).shape[1] == theme.WIDTH
    odd = HeatmapChart(
        words, words, words, (words,) * columns, words, (words,) * rows, values, (0, 0)
    )
    assert pixels(odd).shape[1] == theme.WIDTH
