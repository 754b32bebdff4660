"""Indicators of alerts: once for each closed candle, whatever the market does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from desk.gauges import FIRST_PAUSE, Gauges, indicator_value
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.trading.sample_candles import walk
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.errors import NotEnoughHistory
from trading.gauges import IndicatorGauge
from trading.indicator_names import parse_indicator
from trading.indicators import ema, rsi
from trading.readings import readings

HISTORY = walk(400)
SYMBOL = HISTORY.symbol
HOUR = timedelta(hours=1)
RSI = f"{SYMBOL} 1h RSI(14)"
EMA = f"{SYMBOL} 1h price vs EMA(50)"


class CountingMarket(FakeMarket):
    """Notes how often candles were asked for."""

    asked = 0

    async def candles(
        self, symbol: str, timeframe: Timeframe, end: datetime, count: int
    ) -> Candles:
        self.asked += 1
        return await super().candles(symbol, timeframe, end, count)


def market(known: Candles = HISTORY) -> CountingMarket:
    made = CountingMarket(FakeClock())
    made.set_candles(known)
    return made


def close_of(index: int) -> datetime:
    return from_ms(int(HISTORY.time[index]) + HISTORY.timeframe.ms)


async def test_each_close_is_computed_once_and_fetched_once_for_all_indicators() -> None:
    fake = market()
    gauges = Gauges(fake)
    now = close_of(349)
    first = await gauges.due(now, [RSI, EMA, SYMBOL, f"{SYMBOL} move 60 up"])
    assert {value.gauge for value in first} == {RSI, EMA}
    assert {value.at for value in first} == {now}
    for seconds in range(0, 3599, 600):
        assert await gauges.due(now + timedelta(seconds=seconds), [RSI, EMA]) == []
    assert fake.asked == 1
    (value,) = await gauges.due(now + HOUR, [RSI])
    assert fake.asked == 2
    part = HISTORY[51:351]
    assert float(value.value) == pytest.approx(float(rsi(part.close)[-1]))


async def test_closes_that_were_missed_come_in_their_order_with_their_times() -> None:
    gauges = Gauges(market())
    await gauges.due(close_of(340), [RSI])
    missed = await gauges.due(close_of(345) + timedelta(minutes=7), [RSI])
    assert [value.at for value in missed] == [close_of(n) for n in range(341, 346)]


async def test_after_a_start_closes_since_the_last_watch_are_looked_at() -> None:
    found = await Gauges(market()).due(close_of(345), [RSI], since=close_of(342))
    assert [value.at for value in found] == [close_of(n) for n in (343, 344, 345)]
    newest = await Gauges(market()).due(close_of(345), [RSI])
    assert [value.at for value in newest] == [close_of(345)]
    assert newest[0] == found[-1]


async def test_candle_that_is_not_published_yet_is_asked_for_again_after_a_pause() -> None:
    fake = market(HISTORY[:349])
    gauges, now = Gauges(fake), close_of(349)
    (value,) = await gauges.due(now, [RSI])
    assert value.at == close_of(348)
    fake.set_candles(HISTORY)
    assert await gauges.due(now + FIRST_PAUSE / 2, [RSI]) == []
    assert fake.asked == 1
    (value,) = await gauges.due(now + FIRST_PAUSE, [RSI])
    assert value.at == now


async def test_market_that_is_down_is_not_asked_at_every_tick() -> None:
    fake = market()
    fake.no_candles = True
    gauges, now = Gauges(fake), close_of(349)
    for second in range(0, 300, 5):
        assert await gauges.due(now + timedelta(seconds=second), [RSI]) == []
    assert fake.asked < 12
    fake.no_candles = False
    assert await gauges.due(now + timedelta(seconds=400), [RSI])


async def test_one_symbol_that_fails_stops_no_other() -> None:
    found = await Gauges(market()).due(close_of(349), ["NO/USDT 1h RSI(14)", RSI])
    assert [value.gauge for value in found] == [RSI]


async def test_indicator_of_too_few_candles_is_told_to_the_person() -> None:
    gauges = Gauges(market(HISTORY[:20]))
    gauge = IndicatorGauge(SYMBOL, Timeframe.H1, "EMA(50)")
    with pytest.raises(NotEnoughHistory, match="20 closed candles"):
        await gauges.present(gauge, close_of(349))


def test_values_are_those_of_the_indicators_tool() -> None:
    usual = {one.label: one.value for one in readings(HISTORY)}
    for name in ("RSI(14)", "MACD histogram", "Bollinger %B", "ATR(14)", "ADX(14)", "Change 24 h"):
        value = indicator_value(HISTORY, parse_indicator(name))
        assert value is not None
        assert float(value) == pytest.approx(usual[name])
    average = indicator_value(HISTORY, parse_indicator("EMA(20)"))
    assert average is not None
    assert float(average) == pytest.approx(usual["EMA 20"])


def test_crossing_is_positive_where_the_close_is_above_the_average() -> None:
    wanted = parse_indicator("price vs EMA(50)")
    for end in range(110, 400, 10):
        part = HISTORY[:end]
        value = indicator_value(part, wanted)
        assert value is not None
        assert (value > 0) == (part.close[-1] > ema(part.close, 50)[-1])


@pytest.mark.parametrize("name", ["Stochastic %K", "Stochastic %D", "VWAP"])
def test_values_of_the_newer_indicators_are_those_of_the_tool_too(name: str) -> None:
    usual = {one.label: one.value for one in readings(HISTORY)}
    value = indicator_value(HISTORY, parse_indicator(name))
    assert value is not None
    assert float(value) == pytest.approx(usual[name])


def test_price_is_above_the_cloud_where_it_is_above_its_top() -> None:
    top, bottom = (parse_indicator(f"price vs cloud {edge}") for edge in ("top", "bottom"))
    seen = set()
    for end in range(110, 400, 7):
        part = HISTORY[:end]
        above, over_bottom = indicator_value(part, top), indicator_value(part, bottom)
        assert above is not None
        assert over_bottom is not None
        word = {one.label: one.value for one in readings(part)}["Ichimoku cloud"]
        assert word == ("above" if above > 0 else "below" if over_bottom < 0 else "in it")
        seen.add(word)
    assert len(seen) > 1


def test_vwap_of_minutes_is_asked_from_a_whole_day() -> None:
    assert parse_indicator("price vs VWAP").candles > 1440
    late = walk(300, timeframe=Timeframe.M1)[10:]
    assert indicator_value(late, parse_indicator("VWAP")) is None


def test_no_indicator_spans_a_redenomination() -> None:
    names = ("open", "high", "low", "close")
    factor = np.where(np.arange(400) < 350, 0.001, 1.0)
    jumped = replace(HISTORY, **{name: vars(HISTORY)[name] * factor for name in names})
    jumped = replace(jumped, open=np.r_[jumped.open[:350], HISTORY.open[350:]])
    assert indicator_value(jumped, parse_indicator("price vs EMA(50)")) is None
    assert indicator_value(jumped[:350], parse_indicator("price vs EMA(50)")) is not None


def test_market_that_stands_still_has_no_band_and_a_middling_rsi() -> None:
    five = np.full(400, 5.0)
    still = Candles(SYMBOL, Timeframe.H1, HISTORY.time, five, five, five, five, HISTORY.volume)
    assert indicator_value(still, parse_indicator("Bollinger %B")) is None
    assert indicator_value(still, parse_indicator("RSI(14)")) == Decimal(50)


@pytest.mark.parametrize(
    ("timeframe", "closed"),
    [
        (Timeframe.M5, datetime(2026, 1, 7, 12, 30, tzinfo=UTC)),
        (Timeframe.H4, datetime(2026, 1, 7, 12, 0, tzinfo=UTC)),
        (Timeframe.D1, datetime(2026, 1, 7, tzinfo=UTC)),
        (Timeframe.W1, datetime(2026, 1, 5, tzinfo=UTC)),
    ],
)
def test_newest_close_follows_the_exchanges_grid(timeframe: Timeframe, closed: datetime) -> None:
    assert timeframe.last_close(to_ms(datetime(2026, 1, 7, 12, 34, 5, tzinfo=UTC))) == to_ms(closed)
