"""Features see a complete grid and no outliers, and still only the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, real, walk, without
from trading.candles import Candles, Timeframe
from trading.cleaning import LEAST_KNOWN, WINDOW, Cleaned, clean
from trading.errors import BadCandles

HOUR = Timeframe.H1.ms


def with_holes(candles: Candles, kept: list[bool]) -> Candles:
    table = np.column_stack(
        [
            candles.time,
            candles.open,
            candles.high,
            candles.low,
            candles.close,
            candles.volume,
        ]
    )
    return Candles.from_rows(candles.symbol, candles.timeframe, table[np.array(kept)])


def by_pandas(view: Cleaned) -> pd.Series:
    """Clip the returns of the real candles by pandas' rolling quantiles of those before."""
    close = pd.Series(np.log(view.candles.close))
    raw = close.diff()[~view.is_filled].iloc[1:]
    past = raw.rolling(WINDOW, min_periods=LEAST_KNOWN)
    low, high = past.quantile(0.25).shift(), past.quantile(0.75).shift()
    fence = (1.5 * (high - low)).where(high > low)
    return raw.clip((low - fence).fillna(-np.inf), (high + fence).fillna(np.inf))


@given(st.data(), st.integers(0, 10_000))
@settings(max_examples=times(25, 400), deadline=None)
def test_the_future_changes_nothing_before_it(data: st.DataObject, seed: int) -> None:
    count = 700
    first, second = walk(count, seed=seed), walk(count, seed=seed + 1)
    cut = data.draw(st.integers(1, count - 1))
    hole = data.draw(st.integers(0, count - 2))
    mixed = Candles(
        first.symbol,
        first.timeframe,
        first.time,
        *(
            np.concatenate([getattr(first, name)[:cut], 5 * getattr(second, name)[cut:]])
            for name in ("open", "high", "low", "close", "volume")
        ),
    )
    holed = [clean(without(each, hole, min(hole + 3, count - 1))) for each in (first, mixed)]
    ours, theirs = holed
    before = int(np.searchsorted(ours.candles.time, int(first.time[cut])))
    for name in ("returns", "is_filled", "is_clipped"):
        assert np.array_equal(getattr(ours, name)[:before], getattr(theirs, name)[:before])
    assert np.array_equal(ours.candles.close[:before], theirs.candles.close[:before])


@given(st.lists(st.booleans(), min_size=400, max_size=400), st.integers(0, 1000))
@settings(max_examples=times(15, 300), deadline=None)
def test_every_hole_is_filled_and_no_real_candle_is_touched(kept: list[bool], seed: int) -> None:
    whole = walk(400, seed=seed)
    kept[0] = kept[-1] = True
    view = clean(with_holes(whole, kept))
    assert np.array_equal(view.candles.time, whole.time)
    assert np.array_equal(view.is_filled, ~np.array(kept))
    assert view.filled == kept.count(False)
    real_ones = ~view.is_filled
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(view.candles, name)
        assert np.array_equal(column[real_ones], getattr(whole, name)[real_ones])
    made, before = np.flatnonzero(view.is_filled), np.flatnonzero(view.is_filled) - 1
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(view.candles, name)[made], view.candles.close[before])
    assert not view.candles.volume[made].any()
    assert not view.returns[made].any()
    assert not (view.is_clipped & view.is_filled).any()


@pytest.mark.parametrize(
    ("path", "symbol", "timeframe", "filled"),
    [
        ("candles_1h/binance/DOGE_USDT-1h", "DOGE/USDT", Timeframe.H1, 11),
        ("candles_1h/coinbase/BTC_USD-1h", "BTC/USD", Timeframe.H1, 0),
        ("edge/bittrex/WAX_BTC-1m_sparse", "WAX/BTC", Timeframe.M1, 7873),
    ],
)
def test_real_returns_are_clipped_as_pandas_would(
    path: str, symbol: str, timeframe: Timeframe, filled: int
) -> None:
    view = clean(real(path, symbol, timeframe))
    expected = by_pandas(view)
    assert view.filled == filled
    assert np.allclose(view.returns[expected.index], expected, rtol=0, atol=1e-15)
    raw = np.diff(np.log(view.candles.close), prepend=np.log(view.candles.close[0]))
    assert np.array_equal(view.is_clipped, view.returns != raw)
    assert view.clipped > 100


def test_a_crash_is_cut_in_the_returns_and_kept_in_the_prices() -> None:
    candles = real("candles_1h/binance/DOGE_USDT-1h", "DOGE/USDT", Timeframe.H1)
    view = clean(candles)
    at = int(np.searchsorted(view.candles.time, 1_621_425_600_000))  # 2021-05-19 12:00 UTC
    assert view.is_clipped[at]
    assert np.log(view.candles.close[at] / view.candles.close[at - 1]) < view.returns[at] < 0
    assert view.candles.close[at] in candles.close


def test_a_market_that_mostly_stands_still_keeps_its_trades() -> None:
    closes = np.full(600, 100.0)
    closes[550:] = 103.0
    view = clean(flat_bars(closes))
    assert view.clipped == 0
    assert np.isclose(view.returns[550], np.log(1.03), rtol=1e-12)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_candles_are_no_trouble(count: int) -> None:
    view = clean(flat_bars([1.0] * count))
    assert len(view.candles) == len(view.returns) == count
    assert view.filled == view.clipped == 0


def test_a_hole_of_years_is_refused_with_its_place() -> None:
    rows = [[0, 1, 1, 1, 1, 1], [300_000 * HOUR, 1, 1, 1, 1, 1]]
    with pytest.raises(BadCandles, match=r"299,999 candles are missing .* 1970-01-01 00:00"):
        clean(Candles.from_rows("AAA/USDT", Timeframe.H1, rows))
