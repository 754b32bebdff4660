from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import bars, flat_bars, scaled, walk, without
from trading.candles import Candles, FloatArray, Timeframe
from trading.indicators import (
    adx,
    atr,
    bollinger,
    day_start,
    ema,
    highest,
    ichimoku,
    lowest,
    macd,
    obv,
    rsi,
    sma,
    stochastic,
    vwap,
)
from trading.pivots import pivot_highs, pivot_lows
from trading.volatility import ewma_volatility, realised_volatility


def returns_of(candles: Candles) -> FloatArray:
    return np.diff(candles.close, prepend=candles.close[:1]) / candles.close


Series = Callable[[Candles], tuple[FloatArray, ...]]
SERIES: Mapping[str, Series] = {
    "sma": lambda c: (sma(c.close, 20),),
    "ema": lambda c: (ema(c.close, 20),),
    "highest": lambda c: (highest(c.high, 10),),
    "lowest": lambda c: (lowest(c.low, 10),),
    "rsi": lambda c: (rsi(c.close),),
    "macd": lambda c: macd(c.close),
    "bollinger": lambda c: bollinger(c.close),
    "atr": lambda c: (atr(c),),
    "adx": lambda c: (adx(c),),
    "stochastic": stochastic,
    "obv": lambda c: (obv(c),),
    "vwap": lambda c: (vwap(c),),
    "vwap of days": lambda c: (vwap(replace(c, timeframe=Timeframe.D1)),),
    "ichimoku": lambda c: tuple(vars(ichimoku(c)).values()),
    "pivots": lambda c: (pivot_highs(c.high), pivot_lows(c.low)),
    "ewma volatility": lambda c: (ewma_volatility(returns_of(c)),),
    "realised volatility": lambda c: (realised_volatility(returns_of(c), 10),),
}


@pytest.mark.parametrize("name", SERIES)
@settings(max_examples=times(15, 300), deadline=None)
@given(
    seed=st.integers(0, 10_000),
    cut=st.integers(1, 239),
    factor=st.floats(0.2, 5.0),
    still=st.booleans(),
)
def test_value_at_a_candle_is_the_same_whatever_comes_later(
    name: str, seed: int, cut: int, factor: float, still: bool
) -> None:
    candles = walk(240, seed)
    if still:
        candles = replace(flat_bars(np.full(240, 5.0)), volume=np.zeros(240))
    other = replace(
        candles,
        **{
            column: np.where(np.arange(240) < cut, vars(candles)[column], changed)
            for column, changed in (
                (each, vars(candles)[each][::-1] * factor)
                for each in ("open", "high", "low", "close", "volume")
            )
        },
    )
    whole = SERIES[name](candles)
    for line, after_cut, with_other_future in zip(
        whole, SERIES[name](candles[:cut]), SERIES[name](other), strict=True
    ):
        np.testing.assert_array_equal(line[:cut], after_cut)
        np.testing.assert_array_equal(line[:cut], with_other_future[:cut])


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("count", [0, 1, 9, 13, 14, 15, 16, 17, 18, 25, 26, 27, 52, 78])
def test_series_of_few_candles_is_as_long_as_they_are(name: str, count: int) -> None:
    for line in SERIES[name](walk(100)[:count]):
        assert line.shape == (count,)
    for line in SERIES[name](flat_bars([3.0] * count)):
        assert line.shape == (count,)


@pytest.mark.parametrize("name", ["rsi", "macd", "bollinger", "atr", "adx", "stochastic"])
def test_series_has_no_hole_once_it_has_begun(name: str) -> None:
    for candles in (walk(300), flat_bars([1e-8] * 300), scaled(walk(300), 2.0**-60)):
        for line in SERIES[name](candles):
            known = np.isfinite(line)
            assert known[-1]
            assert known[int(np.argmax(known)) :].all()


def test_values_are_talibs() -> None:
    candles = walk(400)
    high, low, close = candles.high, candles.low, candles.close
    np.testing.assert_array_equal(macd(close), talib.MACD(close, 12, 26, 9))
    np.testing.assert_array_equal(bollinger(close), talib.BBANDS(close, 20, 2.0, 2.0))
    np.testing.assert_array_equal(atr(candles), talib.ATR(high, low, close, 14))
    np.testing.assert_array_equal(adx(candles), talib.ADX(high, low, close, 14))
    np.testing.assert_array_equal(
        stochastic(candles), talib.STOCH(high, low, close, 14, 3, slowd_period=3)
    )
    np.testing.assert_array_equal(obv(candles), talib.OBV(close, candles.volume))


def test_stochastic_by_hand_and_its_middle_where_there_is_no_range() -> None:
    candles = walk(100)
    raw = [
        100
        * (candles.close[i] - candles.low[i - 13 : i + 1].min())
        / (candles.high[i - 13 : i + 1].max() - candles.low[i - 13 : i + 1].min())
        for i in range(95, 100)
    ]
    slow, mean = stochastic(candles)
    assert slow[-1] == pytest.approx(np.mean(raw[-3:]))
    assert mean[-1] == pytest.approx(np.mean([np.mean(raw[i : i + 3]) for i in range(3)]))
    still = flat_bars([2.0] * 40)
    assert stochastic(still)[0][-1] == 50.0
    moved = flat_bars([2.0] * 40 + [3.0] * 3)
    assert stochastic(moved)[0][-1] == pytest.approx(100.0)
    assert np.isnan(stochastic(moved)[0]).sum() == np.isnan(stochastic(walk(43))[0]).sum()


def test_vwap_begins_anew_at_midnight_by_time_not_by_position() -> None:
    candles = without(walk(100), 50, 53)
    line = vwap(candles)
    start = day_start(candles)
    assert candles.time[start] % Timeframe.D1.ms == 0
    typical = (candles.high + candles.low + candles.close) / 3
    expected = np.average(typical[start:], weights=candles.volume[start:])
    assert line[-1] == pytest.approx(expected)
    assert line[start] == pytest.approx(typical[start])


def test_vwap_of_a_day_whose_beginning_is_not_known_is_unknown() -> None:
    line = vwap(walk(60)[5:])
    assert np.isnan(line[:19]).all()
    assert np.isfinite(line[19:]).all()


def test_vwap_without_volume_is_unknown_until_something_is_traded() -> None:
    candles = walk(48)
    candles.volume[:3] = 0.0
    candles.volume[24:] = 0.0
    line = vwap(candles)
    assert np.isnan(line[:3]).all()
    assert np.isfinite(line[3:24]).all()
    assert np.isnan(line[24:]).all()


def test_vwap_of_days_is_of_the_last_twenty_and_keeps_no_residue_of_a_busy_past() -> None:
    candles = walk(60, timeframe=Timeframe.D1)
    candles.volume[:30] *= 1e15
    candles.volume[30:] *= 1e-9
    typical = (candles.high + candles.low + candles.close) / 3
    expected = np.average(typical[-20:], weights=candles.volume[-20:])
    assert vwap(candles)[-1] == pytest.approx(expected)


def test_ichimoku_by_hand_with_the_cloud_of_26_candles_ago() -> None:
    candles = walk(150)

    def middle(end: int, n: int) -> float:
        return float(candles.high[end - n : end].max() + candles.low[end - n : end].min()) / 2

    lines = ichimoku(candles)
    assert lines.turning[-1] == middle(150, 9)
    assert lines.base[-1] == middle(150, 26)
    edges = sorted([(middle(124, 9) + middle(124, 26)) / 2, middle(124, 52)])
    assert [lines.bottom[-1], lines.top[-1]] == pytest.approx(edges)
    assert np.isfinite(lines.top).sum() == 150 - 77


def test_obv_adds_up_the_volume_of_rises_and_takes_away_that_of_falls() -> None:
    candles = bars([(1.0, 2.0, 1.0, close) for close in (1.0, 2.0, 2.0, 1.5)])
    assert obv(candles).tolist() == [1.0, 2.0, 2.0, 1.0]


def test_averages_for_charts_are_as_long_as_the_candles() -> None:
    values = np.arange(1.0, 11.0)
    assert sma(values, 3)[2:].tolist() == list(range(2, 10))
    assert np.isnan(sma(values, 3)[:2]).all()
    by_hand = [np.nan, np.nan, 2.0]
    for value in values[3:]:
        by_hand.append(by_hand[-1] + (value - by_hand[-1]) * 2 / 4)
    np.testing.assert_allclose(ema(values, 3), by_hand)


def test_rsi_keeps_a_true_zero() -> None:
    assert rsi(100.0 - np.arange(50.0))[-1] == 0.0
    assert rsi(np.full(50, 7.0))[-1] == 50.0
