from __future__ import annotations

import numpy as np
import pytest

from tests.trading.sample_candles import flat_bars, real, scaled, walk, without
from trading.candles import Candles, Timeframe
from trading.errors import NotEnoughHistory
from trading.indicators import NEEDED, Reading, ema, readings, rsi, sma


def named(candles: Candles) -> dict[str, Reading]:
    return {reading.label: reading for reading in readings(candles)}


def wilder_rsi(close: list[float], n: int) -> float:
    """Wilder's own recipe (New Concepts in Technical Trading Systems, 1978)."""
    moves = np.diff(close)
    gain = float(np.clip(moves[:n], 0, None).mean())
    loss = float(-np.clip(moves[:n], None, 0).mean())
    for move in moves[n:]:
        gain = (gain * (n - 1) + max(move, 0.0)) / n
        loss = (loss * (n - 1) + max(-move, 0.0)) / n
    return 100.0 - 100.0 / (1.0 + gain / loss)


def test_every_reading_has_a_meaning_and_a_finite_value() -> None:
    found = readings(walk(500))
    assert [reading.label for reading in found] == [
        "RSI(14)",
        "EMA 20",
        "EMA 50",
        "EMA 20/50",
        "MACD histogram",
        "Bollinger %B",
        "ATR(14)",
        "ADX(14)",
        "Volume / mean of 20",
        "Change 24 h",
    ]
    for reading in found:
        assert reading.meaning
        assert isinstance(reading.value, str) or np.isfinite(reading.value)


def test_rsi_is_wilders() -> None:
    candles = walk(200)
    value = named(candles)["RSI(14)"].value
    assert value == pytest.approx(wilder_rsi(candles.close.tolist(), 14))


def test_rsi_of_a_rise_is_overbought_and_of_a_fall_oversold() -> None:
    rising = named(flat_bars(100 + np.arange(150.0)))
    assert rising["RSI(14)"].value == 100.0
    assert rising["RSI(14)"].meaning == "overbought by the usual reading"
    assert rising["EMA 20/50"].value == "above"
    falling = named(flat_bars(300 - np.arange(150.0)))
    assert falling["RSI(14)"].value == 0.0
    assert falling["RSI(14)"].meaning == "oversold by the usual reading"
    assert falling["EMA 20/50"].value == "below"


def test_market_that_stands_still_reads_as_neither() -> None:
    found = named(flat_bars([0.1] * 150))
    assert found["RSI(14)"].value == 50.0
    assert found["EMA 20/50"].value == "equal"
    assert found["EMA 20"].meaning == "the close is at it"
    assert found["ATR(14)"].value == 0.0
    assert found["Change 24 h"] == Reading("Change 24 h", 0.0, "fraction", "unchanged")
    assert "Bollinger %B" not in found
    assert "ADX(14)" not in found


def test_market_without_volume_has_no_volume_reading() -> None:
    candles = walk(150)
    candles.volume[-20:] = 0.0
    assert "Volume / mean of 20" not in named(candles)


def test_fractions_do_not_depend_on_the_price_level() -> None:
    usual, tiny = named(walk(300)), named(scaled(walk(300), 2.0**-30))
    for label in ("RSI(14)", "EMA 20/50", "Bollinger %B", "ATR(14)", "ADX(14)", "Change 24 h"):
        assert tiny[label] == usual[label]


def test_change_of_a_day_is_found_by_time() -> None:
    candles = walk(200)
    expected = candles.close[-1] / candles.close[-25] - 1
    assert named(candles)["Change 24 h"].value == pytest.approx(expected)
    holed = without(candles, 180, 190)
    assert named(holed)["Change 24 h"].value == pytest.approx(expected)
    assert "Change 24 h" not in named(without(candles, 170, 178))


def test_daily_and_weekly_candles_have_a_change_too() -> None:
    daily = walk(150, timeframe=Timeframe.D1)
    change = named(daily)["Change 24 h"].value
    assert change == pytest.approx(daily.close[-1] / daily.close[-2] - 1)
    assert "Change 7 d" in named(walk(150, timeframe=Timeframe.W1))


def test_too_few_candles_say_how_many_there_are_and_are_needed() -> None:
    with pytest.raises(NotEnoughHistory, match=f"need {NEEDED} closed candles, there are 99"):
        readings(walk(99))


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


def test_real_crash_reads_as_oversold() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    crash = candles[: int(np.argmin(candles.close / candles.open)) + 1]
    found = named(crash)
    assert isinstance(found["RSI(14)"].value, float)
    assert found["RSI(14)"].value < 20
    assert found["EMA 20/50"].value == "below"
