"""Charts as pictures: any valid spec becomes one, the same one every time."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.charts import draw, render, theme, warm
from bot.charts import equity as equity_drawing
from bot.charts.bars import telling_points
from bot.charts.frame import Tag, Tick, draw_tags
from bot.charts.page import Box, Page, printable
from desk.chart_spec import CandleChart, EquityChart, Level, Marker
from tests.bot.drawing import drawn_without_warning
from trading.candles import Candles, FloatArray, Timeframe, from_ms, to_ms
from trading.errors import NotEnoughHistory

CRASH = Path("../shared/data/candles_1h/binance/BTC_USDT-1h.csv.gz")
START = to_ms(datetime(2021, 5, 15, tzinfo=UTC))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def walk(count: int, *, seed: int = 1, price: float = 26_905, swing: float = 0.01) -> Candles:
    """Hourly candles of a random walk."""
    rng = np.random.default_rng(seed)
    close = price * np.exp(rng.normal(0, swing, count).cumsum())
    open_ = np.concatenate(([price], close[:-1]))
    reach = np.exp(np.abs(rng.normal(0, swing / 2, (2, count))))
    high, low = np.maximum(open_, close) * reach[0], np.minimum(open_, close) / reach[1]
    time = START + np.arange(count) * Timeframe.H1.ms
    volume = rng.exponential(5, count)
    return Candles("BTC/USDT", Timeframe.H1, time, open_, high, low, close, volume)


def candle_chart(count: int = 100, *, demo: bool = False, seed: int = 1) -> CandleChart:
    candles = walk(count, seed=seed)
    line = candles.close.copy()
    line[:20] = np.nan
    last = float(candles.close[-1])
    levels = (
        Level("entry", last),
        Level("stop", last * 0.97),
        Level("target", last * 1.05),
        Level("support", last * 0.985),
        Level("resistance", last * 1.025),
    )
    return CandleChart("BTC/USDT · 1h", candles, {"EMA 20": line}, levels, demo=demo)


def equity_chart(count: int = 300, *, demo: bool = False) -> EquityChart:
    time = START + np.arange(count) * 3_600_000
    equity = 10_000 + np.random.default_rng(2).normal(0, 9, count).cumsum()
    hold = np.full(count, 10_000.0)
    return EquityChart("Paper account", time, equity, "USDT", hold, "buy and hold", demo)


def pixels(png: bytes) -> FloatArray:
    picture = Image.open(BytesIO(png))
    assert picture.format == "PNG"
    picture.load()
    return np.asarray(picture.convert("RGB"), dtype=np.float64)


def near(picture: FloatArray, colour: str) -> int:
    """How many pixels have a colour, or almost."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(picture - wanted).max(axis=2) < 12).sum())


def test_candle_chart_is_a_small_png_of_the_right_size() -> None:
    png = render(candle_chart())
    assert pixels(png).shape == (theme.CANDLE_HEIGHT, theme.WIDTH, 3)
    assert len(png) < 120_000


def test_equity_chart_is_a_small_png_of_the_right_size() -> None:
    png = render(equity_chart())
    assert pixels(png).shape == (theme.EQUITY_HEIGHT, theme.WIDTH, 3)
    assert len(png) < 120_000


def test_chart_shows_rising_and_falling_candles_the_line_and_each_level() -> None:
    picture = pixels(render(candle_chart()))
    colours = (theme.UP, theme.DOWN, theme.OVERLAYS[0], *theme.LEVELS.values())
    assert all(near(picture, colour) > 300 for colour in colours)


def test_level_far_outside_is_named_but_does_not_squash_the_candles() -> None:
    candles = walk(60)
    plain = pixels(render(CandleChart("X", candles, {})))
    far = (Level("stop", 1.0), Level("target", 1e9))
    pinned = pixels(render(CandleChart("X", candles, {}, far)))
    assert near(pinned, theme.LEVELS["stop"]) > 100
    assert near(pinned, theme.LEVELS["target"]) > 100
    assert near(pinned, theme.UP) > 0.6 * near(plain, theme.UP)


def test_hole_in_time_stays_a_hole() -> None:
    candles = walk(60)
    kept = np.r_[0:20, 40:60]
    columns = (candles.time, candles.open, candles.high, candles.low, candles.close, candles.volume)
    holed = Candles("X", Timeframe.H1, *(column[kept] for column in columns))  # type: ignore[arg-type] # time is int
    line = {"EMA": holed.close * 1.001}
    picture = pixels(render(CandleChart("", holed, line)))
    colours = (theme.UP, theme.DOWN, theme.OVERLAYS[0])
    middle = picture[160:-60, 290:410]
    assert [near(middle, colour) for colour in colours] == [0, 0, 0]
    assert all(near(picture, colour) > 300 for colour in colours)


def test_trades_are_marked_on_both_sides() -> None:
    candles = walk(60)
    buy = Marker(from_ms(int(candles.time[10])), float(candles.open[10]), "buy")
    sell = Marker(from_ms(int(candles.time[40])), float(candles.open[40]), "sell")
    outside = Marker(from_ms(int(candles.time[0])) - timedelta(days=9), 1.0, "sell")
    picture = pixels(render(CandleChart("X", candles, {}, markers=(buy, sell, outside))))
    assert 50 < near(picture, theme.SIDES["buy"]) < 900
    assert 50 < near(picture, theme.SIDES["sell"]) < 900


@pytest.mark.parametrize("kind", ["candles", "equity"])
def test_demo_data_is_marked_across_the_picture_and_in_the_header(kind: str) -> None:
    honest, demo = (
        pixels(render(candle_chart(demo=flag) if kind == "candles" else equity_chart(demo=flag)))
        for flag in (False, True)
    )
    changed = np.abs(honest - demo).max(axis=2) > 8
    assert near(demo, theme.WARNING) > 2_000
    assert changed[150:-60, 40:640].mean() > 0.05
    assert changed[150:-60, 40:640].mean() < 0.35


def test_drawdown_is_shaded_only_where_there_is_one() -> None:
    time = START + np.arange(50) * 3_600_000
    rising = EquityChart("X", time, np.linspace(100, 150, 50), "USDT")
    dipping = replace(rising, equity=np.concatenate((np.linspace(150, 100, 25),) * 2))
    assert near(pixels(render(rising)), theme.SHADE) < 50
    assert near(pixels(render(dipping)), theme.SHADE) > 20_000


def test_nothing_to_draw_is_told() -> None:
    with pytest.raises(NotEnoughHistory, match="no candles"):
        render(CandleChart("X", walk(3)[:0], {}))
    empty = np.array([], dtype=np.int64)
    with pytest.raises(NotEnoughHistory, match="no equity"):
        render(EquityChart("X", empty, empty.astype(np.float64), "USDT"))


def test_same_spec_gives_the_same_bytes_in_any_number_of_threads() -> None:
    specs = [candle_chart(40 + 20 * n, seed=n) for n in range(5)] + [equity_chart(200)]
    alone = [render(spec) for spec in specs]
    assert len(set(alone)) == len(specs)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, specs * 2)) == alone * 2


async def test_draw_off_the_loop_gives_what_render_gives() -> None:
    spec = candle_chart(30)
    warm()
    assert await draw(spec) == render(spec)


def test_importing_charts_does_not_load_matplotlib() -> None:
    code = "import sys, bot.charts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_thousand_candles_make_a_readable_picture() -> None:
    picture = pixels(render(candle_chart(2_000)))
    assert near(picture, theme.UP) > 1_000
    assert near(picture, theme.DOWN) > 1_000


def test_real_crash_is_drawn() -> None:
    if not CRASH.exists():
        pytest.skip("the shared candles are not here")
    with gzip.open(CRASH, "rt") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    candles = Candles.from_rows("BTC/USDT", Timeframe.H1, rows)
    seen = candles.closed_by(datetime(2021, 5, 19, 14, tzinfo=UTC)).tail(100)
    png = render(CandleChart("BTC/USDT · 1h · binance", seen, {}))
    assert len(png) < 120_000
    candles_only = pixels(png)[150:-200, :640]
    assert near(candles_only, theme.DOWN) > near(candles_only, theme.UP) > 1_000


def test_title_in_letters_that_the_font_lacks_or_endless_is_still_one_line() -> None:
    assert printable("a\nb\t\x00c") == "a b ?c"
    assert printable("币安 $x^2$ 🚀") == "?? $x^2$ ?"
    spec = replace(candle_chart(5), title="𝔏 $\\frac{" + "long " * 2_000)
    assert pixels(render(spec)).shape == (theme.CANDLE_HEIGHT, theme.WIDTH, 3)


class Recorder(Page):
    """A page that remembers the boxes drawn on it."""

    def __init__(self) -> None:
        super().__init__(theme.WIDTH, theme.CANDLE_HEIGHT)
        self.boxes: list[Box] = []

    def pill(
        self, box: Box, fill: str, edge: str | None = None, *, clip: Box | None = None
    ) -> None:
        self.boxes.append(box)
        super().pill(box, fill, edge, clip=clip)


@given(st.lists(st.floats(100, 700), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_tags_never_cover_each_other_however_many_there_are(heights: list[float]) -> None:
    page, box = Recorder(), Box(10, 100, 700, 700)
    tags = [Tag(f"entry {y:.0f}", theme.ACCENT, y) for y in heights]
    draw_tags(page, box, [Tick(400, "26 905")], tags)
    drawn = sorted(page.boxes, key=lambda box: box.bottom)
    assert len(drawn) == min(len(tags), 15)
    assert all(below.top <= above.bottom for below, above in pairwise(drawn))
    assert drawn[0].bottom >= box.bottom
    assert drawn[-1].top <= box.top


ANY_PRICE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
ANY_TIME = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 # hypothesis wants naive bounds


@st.composite
def hostile_candles(draw: st.DrawFn) -> Candles:
    count = draw(st.integers(1, 12) | st.sampled_from([300, 2_000]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["flat", "walk", "any"]))
    price = draw(ANY_PRICE)
    if kind == "any" and count <= 12:
        quads = st.lists(ANY_PRICE, min_size=4, max_size=4).map(sorted)
        table = np.array(draw(st.lists(quads, min_size=count, max_size=count)))
    else:
        swing = np.exp(rng.normal(0, 0.0 if kind == "flat" else 0.5, (count, 4)))
        with np.errstate(over="ignore"):
            table = np.sort(np.clip(price * swing, 5e-324, 1.7e308), axis=1)
    timeframe = draw(st.sampled_from([Timeframe.M1, Timeframe.H1, Timeframe.W1]))
    most = max(1, int(100 * 365 * 86_400_000 / timeframe.ms / count))
    steps = rng.integers(1, draw(st.integers(1, most)) + 1, count)
    volume = np.abs(rng.normal(size=count)) * draw(st.sampled_from([0.0, 1.0, 1e-300, 1e307]))
    time = to_ms(draw(ANY_TIME)) + steps.cumsum() * timeframe.ms
    flip = rng.random(count) < 0.5
    first = np.where(flip, table[:, 1], table[:, 2])
    last = np.where(flip, table[:, 2], table[:, 1])
    return Candles("X/Y", timeframe, time, first, table[:, 3], table[:, 0], last, volume)


@given(
    hostile_candles(),
    st.text(max_size=60),
    st.dictionaries(st.text(max_size=30), st.floats() | ANY_PRICE, max_size=9),
    st.lists(
        st.builds(Level, st.sampled_from(["entry", "stop", "target"]), ANY_PRICE), max_size=25
    ),
    st.lists(st.builds(Marker, ANY_TIME, ANY_PRICE, st.sampled_from(["buy", "sell"])), max_size=4),
    st.booleans(),
)
@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@drawn_without_warning
def test_any_valid_candles_can_be_drawn(
    candles: Candles,
    title: str,
    lines: dict[str, float],
    levels: list[Level],
    markers: list[Marker],
    demo: bool,
) -> None:
    warm_up = np.where(np.arange(len(candles)) < 3, np.nan, 1.0)
    drawn = {name: value * warm_up for name, value in lines.items()}
    on_candle = Marker(from_ms(int(candles.time[-1])), float(candles.close[-1]), "buy")
    spec = CandleChart(title, candles, drawn, tuple(levels), (*markers, on_candle), demo)
    assert pixels(render(spec)).shape == (theme.CANDLE_HEIGHT, theme.WIDTH, 3)


@given(
    st.lists(st.floats(allow_nan=True), max_size=30),
    st.floats(allow_infinity=False, allow_nan=False),
    ANY_TIME,
    st.integers(0, 10**11),
    st.sampled_from(["none", "nan", "same", "far"]),
    st.text(max_size=12),
)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@drawn_without_warning
def test_any_valid_equity_can_be_drawn(
    values: list[float], last: float, start: datetime, step: int, other: str, unit: str
) -> None:
    equity = np.array([*values, last])
    benchmarks = {"nan": equity * np.nan, "same": equity.copy(), "far": np.full(len(equity), 1e300)}
    time = to_ms(start) + np.arange(len(equity)) * step
    spec = EquityChart("X", time, equity, unit, benchmarks.get(other), unit)
    assert pixels(render(spec)).shape == (theme.EQUITY_HEIGHT, theme.WIDTH, 3)


def test_equity_of_a_hundred_thousand_points_keeps_its_extremes() -> None:
    chart = equity_chart(100_000)
    chart.equity[61_803], chart.equity[70_001] = 25_000.0, 100.0
    kept = telling_points(chart.equity, equity_drawing.MOST_POINTS)
    assert len(kept) <= equity_drawing.MOST_POINTS
    assert {0, 61_803, 70_001, 99_999} <= set(kept.tolist())
    # The fall of the curve that is drawn is the fall of all of it.
    seen = chart.equity[kept]
    falls = [float((np.maximum.accumulate(one) - one).max()) for one in (seen, chart.equity)]
    assert falls[0] == falls[1]
    assert len(render(chart)) < 120_000


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([100.0, 90.0, 110.0, 105.0], ", at most 10.0 %"),
        ([-5.0, -9.0], ""),
        ([0.0, -1.0], ""),
        ([1e-300, -1e290], ""),
        ([100.0, -20.0], ", at most 120.0 %"),
    ],
)
def test_legend_of_the_shading_names_the_deepest_fall(values: list[float], words: str) -> None:
    assert equity_drawing.deepest(np.array(values)) == words
