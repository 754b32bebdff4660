"""Moves: the present price against the extremes of the last minutes, and nothing older."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.moves import Moves
from tests.fakes.clock import START, FakeClock
from tests.fakes.fake_market import FakeMarket
from trading.candles import Candles, Timeframe, to_ms
from trading.gauges import MoveGauge, Way

BTC = "BTC/USDT"
MINUTE = timedelta(minutes=1)


def gauge(way: Way, minutes: int = 60) -> str:
    return str(MoveGauge(BTC, minutes, way))


ALL = [gauge("up"), gauge("down"), gauge("either")]


def candles(rows: list[tuple[float, float, float]], timeframe: Timeframe = Timeframe.M1) -> Candles:
    """Make candles of (high, low, close) of which the last one closed at START."""
    first = to_ms(START) - len(rows) * timeframe.ms
    table = [
        [first + i * timeframe.ms, close, high, low, close, 1.0]
        for i, (high, low, close) in enumerate(rows)
    ]
    return Candles.from_rows(BTC, timeframe, table)


@pytest.fixture
def market() -> FakeMarket:
    return FakeMarket(FakeClock())


async def watching(market: FakeMarket, now: datetime = START) -> Moves:
    moves = Moves(market)
    await moves.prepare(ALL, now)
    return moves


async def test_move_is_measured_from_the_extremes_of_the_window(market: FakeMarket) -> None:
    moves = await watching(market)
    for minute, price in enumerate([100, 110, 90, 99]):
        moves.seen(BTC, Decimal(price), START + minute * MINUTE)
    found = moves.values(ALL, START + 3 * MINUTE)
    assert found == {
        gauge("up"): Decimal("0.1"),
        gauge("down"): Decimal("0.1"),
        gauge("either"): Decimal("0.1"),
    }


async def test_price_older_than_the_window_counts_no_more(market: FakeMarket) -> None:
    moves = await watching(market)
    moves.seen(BTC, Decimal(50), START)
    for minute in range(30, 61, 5):
        moves.seen(BTC, Decimal(100), START + minute * MINUTE)
        expected = Decimal(1) if minute < 60 else Decimal(0)
        assert moves.values(ALL, START + minute * MINUTE)[gauge("up")] == expected


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 150), st.integers(50, 150)), min_size=1, max_size=60),
    st.sampled_from([1, 5, 60]),
)
async def test_moves_agree_with_a_plain_search(path: list[tuple[int, int]], window: int) -> None:
    market = FakeMarket(FakeClock())
    moves, names = Moves(market), [gauge("up", window), gauge("down", window)]
    await moves.prepare(names, START)
    seen: list[tuple[int, int]] = []
    second = 0
    for pause, price in path:
        second += pause
        at = START + timedelta(seconds=second)
        moves.seen(BTC, Decimal(price), at)
        seen.append((second // 60, price))
        inside = [one for minute, one in seen if minute > second // 60 - window]
        found = moves.values(names, at)
        assert found[names[0]] == Decimal(price) / min(inside) - 1
        assert found[names[1]] == 1 - Decimal(price) / max(inside)


async def test_after_a_start_the_window_is_filled_from_candles(market: FakeMarket) -> None:
    market.set_candles(candles([(120, 80, 100), *[(101, 99, 100)] * 58]))
    moves = await watching(market)
    moves.seen(BTC, Decimal(96), START)
    found = moves.values(ALL, START)
    assert found[gauge("up")] == Decimal(96) / 80 - 1
    assert found[gauge("down")] == Decimal(1) - Decimal(96) / 120


async def test_gap_that_cannot_be_filled_is_tried_again_in_a_minute(market: FakeMarket) -> None:
    market.set_candles(candles([(120, 80, 100)] * 60))
    market.no_candles = True
    moves = await watching(market)
    moves.seen(BTC, Decimal(100), START)
    market.no_candles = False
    await moves.prepare(ALL, START + timedelta(seconds=30))
    assert moves.values(ALL, START)[gauge("up")] == 0
    await moves.prepare(ALL, START + MINUTE)
    assert moves.values(ALL, START)[gauge("up")] == Decimal("0.25")


async def test_gap_in_the_middle_is_filled_too(market: FakeMarket) -> None:
    moves = await watching(market)
    moves.seen(BTC, Decimal(100), START - 30 * MINUTE)
    market.set_candles(candles([(101, 50, 100)] * 20))
    await moves.prepare(ALL, START + MINUTE)
    moves.seen(BTC, Decimal(100), START + MINUTE)
    assert moves.values(ALL, START + MINUTE)[gauge("up")] == 1


async def test_clock_that_is_put_back_leaves_no_prices_of_the_future(market: FakeMarket) -> None:
    moves = await watching(market)
    moves.seen(BTC, Decimal(50), START + timedelta(days=3))
    moves.seen(BTC, Decimal(100), START)
    assert moves.values(ALL, START)[gauge("up")] == 0


async def test_without_a_present_price_there_is_no_value(market: FakeMarket) -> None:
    moves = await watching(market)
    assert moves.values(ALL, START) == {}
    moves.seen("ETH/USDT", Decimal(100), START)
    assert moves.values([str(MoveGauge("ETH/USDT", 60, "up"))], START) == {}


async def test_symbols_of_no_alert_are_forgotten(market: FakeMarket) -> None:
    moves = await watching(market)
    moves.seen(BTC, Decimal(100), START)
    await moves.prepare([], START)
    await moves.prepare(ALL, START)
    assert moves.values(ALL, START) == {}


async def test_past_gives_each_missed_candle_its_largest_move(market: FakeMarket) -> None:
    market.set_candles(
        candles([(100, 100, 100), (100, 95, 95), (110, 105, 105), (100, 80, 99), (99, 99, 99)])
    )
    up = await Moves(market).past(MoveGauge(BTC, 3, "up"), START - 4 * MINUTE, START)
    assert [one.opened for one in up] == [START - n * MINUTE for n in (4, 3, 2, 1)]
    assert [one.at for one in up] == [START - n * MINUTE for n in (3, 2, 1, 0)]
    # The third rose from the second's low, the fourth from its own, the fifth from the fourth's.
    expected = [0, 110 / 95 - 1, 99 / 80 - 1, 99 / 80 - 1]
    assert [float(one.value) for one in up] == pytest.approx(expected)
    down = await Moves(market).past(MoveGauge(BTC, 3, "down"), START - 3 * MINUTE, START)
    assert [float(one.value) for one in down] == pytest.approx(
        [1 - 105 / 110, 1 - 80 / 110, 1 - 99 / 110]
    )


async def test_past_of_a_long_time_takes_longer_candles(market: FakeMarket) -> None:
    market.set_candles(candles([(100, 100, 100)] * 500, Timeframe.M15))
    found = await Moves(market).past(MoveGauge(BTC, 60, "up"), START - timedelta(days=5), START)
    assert len(found) == 480
    assert {one.value for one in found} == {Decimal(0)}


async def test_present_move_needs_no_watching(market: FakeMarket) -> None:
    market.set_candles(candles([(100, 80, 100)] * 60))
    value = await Moves(market).present(MoveGauge(BTC, 60, "up"), Decimal(100), START)
    assert value == Decimal("0.25")
