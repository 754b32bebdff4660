from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import times
from tests.trading.sample_candles import flat_bars, joined, real, scaled, walk, without
from trading.candles import Candles, Timeframe
from trading.errors import BadCandles, NotEnoughHistory
from trading.indicators import ichimoku, stochastic, vwap
from trading.readings import NEEDED, Reading, candles_to_read, read, readings

ALL = [
    "EMA 20/50",
    "EMA 20",
    "EMA 50",
    "SMA 200",
    "ADX(14)",
    "Ichimoku cloud",
    "Ichimoku 9/26",
    "RSI(14)",
    "Stochastic %K",
    "Stochastic %D",
    "MACD histogram",
    "Change 24 h",
    "ATR(14)",
    "Bollinger %B",
    "Volume / mean of 20",
    "OBV",
    "VWAP",
    "Resistance",
    "Support",
]


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


def test_every_reading_has_a_meaning_of_one_line_and_a_finite_value() -> None:
    found = read(walk(500))
    assert [reading.label for reading in found.found] == ALL
    assert found.remarks == ()
    for reading in found.found:
        assert reading.meaning
        assert len(reading.meaning) <= 34
        assert isinstance(reading.value, str) or np.isfinite(reading.value)


@settings(max_examples=times(25, 500), deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(NEEDED, 320),
    timeframe=st.sampled_from(list(Timeframe)),
    power=st.integers(-60, 20),
    idle=st.booleans(),
)
def test_whatever_the_candles_each_reading_has_a_number_or_a_reason_for_none(
    seed: int, count: int, timeframe: Timeframe, power: int, idle: bool
) -> None:
    candles = scaled(walk(count, seed, timeframe), 2.0**power)
    if idle:
        candles.volume[:] = 0.0
    result = read(candles)
    labels = [reading.label for reading in result.found]
    told = " ".join(result.remarks)
    for label in ALL:
        companion = label in ("Ichimoku 9/26", "Stochastic %D")
        assert label in labels or label.split(" 24")[0] in told or companion or "Change" in label
    for reading in result.found:
        assert isinstance(reading.value, str) or np.isfinite(reading.value)
        assert len(reading.meaning) <= 40


def test_rsi_is_wilders() -> None:
    candles = walk(200)
    value = named(candles)["RSI(14)"].value
    assert value == pytest.approx(wilder_rsi(candles.close.tolist(), 14))


def test_rsi_of_a_rise_is_overbought_and_of_a_fall_oversold() -> None:
    rising = named(flat_bars(100 + np.arange(150.0)))
    assert rising["RSI(14)"].value == 100.0
    assert rising["RSI(14)"].meaning == "overbought by the usual reading"
    assert rising["EMA 20/50"].value == "above"
    assert rising["Ichimoku cloud"].value == "above"
    assert rising["Stochastic %K"].meaning == "overbought by the usual reading"
    assert rising["OBV"].value == "rising"
    falling = named(flat_bars(300 - np.arange(150.0)))
    assert falling["RSI(14)"].value == 0.0
    assert falling["RSI(14)"].meaning == "oversold by the usual reading"
    assert falling["EMA 20/50"].value == "below"
    assert falling["Ichimoku cloud"].value == "below"
    assert falling["OBV"].value == "falling"


def test_market_that_stands_still_reads_as_neither_and_says_what_it_has_not() -> None:
    candles = flat_bars([0.1] * 250)
    found = named(candles)
    assert found["RSI(14)"].value == 50.0
    assert found["EMA 20/50"].value == "equal"
    assert found["EMA 20"].meaning == "price at it"
    assert found["Ichimoku cloud"].value == "in it"
    assert found["ATR(14)"].value == 0.0
    assert found["Change 24 h"].value == 0.0
    assert found["Change 24 h"].meaning == "unchanged, from close to close"
    assert read(candles).remarks == (
        "No ADX(14), Stochastic %K, Bollinger %B: the price stood still.",
        "No Resistance, Support: no turn on that side of the price in the candles read.",
    )


def test_market_without_volume_has_no_reading_of_volume() -> None:
    candles = walk(250)
    candles.volume[-30:] = 0.0
    told = " ".join(read(candles).remarks)
    for label in ("Volume / mean of 20", "OBV", "VWAP"):
        assert label not in named(candles)
        assert label in told
    assert "nothing was traded" in told


def test_fractions_and_words_do_not_depend_on_the_price_level() -> None:
    usual, tiny = named(walk(300)), named(scaled(walk(300), 2.0**-30))
    for label, reading in usual.items():
        if reading.unit == "price":
            assert isinstance(reading.value, float)
            assert tiny[label].value == reading.value * 2.0**-30
            assert tiny[label].meaning == reading.meaning
        else:
            assert tiny[label] == reading


def test_change_of_a_day_is_found_by_time() -> None:
    candles = walk(200)
    expected = candles.close[-1] / candles.close[-25] - 1
    assert named(candles)["Change 24 h"].value == pytest.approx(expected)
    holed = without(candles, 180, 190)
    assert named(holed)["Change 24 h"].value == pytest.approx(expected)
    without_it = read(without(candles, 170, 178))
    assert "Change 24 h" not in {one.label for one in without_it.found}
    assert "No Change: the candle to compare with is missing." in without_it.remarks


def test_daily_and_weekly_candles_have_a_change_too() -> None:
    daily = walk(150, timeframe=Timeframe.D1)
    change = named(daily)["Change 24 h"].value
    assert change == pytest.approx(daily.close[-1] / daily.close[-2] - 1)
    assert "Change 7 d" in named(walk(150, timeframe=Timeframe.W1))


def test_vwap_says_over_what_it_is_and_is_left_out_without_the_days_beginning() -> None:
    hours = walk(250)
    assert named(hours)["VWAP"].value == vwap(hours)[-1]
    assert named(hours)["VWAP"].meaning.startswith("since 00:00 UTC: price ")
    days = walk(250, timeframe=Timeframe.D1)
    assert named(days)["VWAP"].value == vwap(days)[-1]
    assert named(days)["VWAP"].meaning.startswith("last 20: price ")
    minutes = walk(310, timeframe=Timeframe.M1)[5:]
    assert "VWAP" not in named(minutes)
    assert "the day's beginning is not known" in " ".join(read(minutes).remarks)
    assert candles_to_read(Timeframe.M1) > 1440


def test_lines_of_the_readings_are_those_of_the_indicators() -> None:
    candles = walk(300)
    found, lines = named(candles), ichimoku(candles)
    slow, mean = stochastic(candles)
    assert (found["Stochastic %K"].value, found["Stochastic %D"].value) == (slow[-1], mean[-1])
    close = candles.close[-1]
    where = "above" if close > lines.top[-1] else "below" if close < lines.bottom[-1] else "in it"
    assert found["Ichimoku cloud"].value == where


def test_each_reading_appears_once_there_is_history_for_it() -> None:
    some = read(walk(60))
    labels = [reading.label for reading in some.found]
    assert "RSI(14)" in labels
    assert "SMA 200" not in labels
    assert some.remarks[0] == (
        "There are 60 candles, too few for EMA 20/50 (100), EMA 50 (100), SMA 200 (200), "
        "Ichimoku cloud (78), MACD histogram (70)."
    )
    more = read(walk(150))
    assert more.remarks == ("There are 150 candles, too few for SMA 200 (200).",)


def test_too_few_candles_say_how_many_there_are_and_are_needed() -> None:
    with pytest.raises(NotEnoughHistory, match=f"need {NEEDED} closed candles, there are 29"):
        readings(walk(NEEDED - 1))


def test_nothing_is_read_across_a_jump_that_no_market_makes() -> None:
    after = walk(120, seed=2)
    renewed = joined(walk(200), after)
    jumped = replace(
        renewed,
        **{
            name: np.where(np.arange(320) < 200, vars(renewed)[name] / 1000, vars(renewed)[name])
            for name in ("open", "high", "low", "close")
        },
    )
    result = read(jumped)
    assert len(result.candles) == 120
    assert "only the 120 candles from" in result.remarks[0]
    assert result.found == read(jumped[200:]).found
    with pytest.raises(BadCandles, match="redenomination"):
        read(jumped[: 200 + NEEDED - 1])


def test_real_redenomination_is_told_and_not_read_across() -> None:
    path = "edge/binance/COCOS_USDT-1h_redenomination_and_halt"
    candles = real(path, "COCOS/USDT", Timeframe.H1)
    jump = int(np.argmax(candles.close[1:] / candles.close[:-1])) + 1
    result = read(candles[jump - 200 : jump + 60])
    assert len(result.candles) == 60
    assert "2021-01-23" in result.remarks[0]
    change = {one.label: one.value for one in result.found}["Change 24 h"]
    assert isinstance(change, float)
    assert abs(change) < 1


def test_real_crash_reads_as_oversold() -> None:
    candles = real("candles_1h/binance/BTC_USDT-1h", "BTC/USDT", Timeframe.H1)
    crash = candles[: int(np.argmin(candles.close / candles.open)) + 1]
    found = named(crash)
    assert isinstance(found["RSI(14)"].value, float)
    assert found["RSI(14)"].value < 20
    assert found["EMA 20/50"].value == "below"
    assert found["Ichimoku cloud"].value == "below"
