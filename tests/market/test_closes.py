"""When candles close is known ahead: by the exchange's clock, for every symbol and timeframe."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from desk.ports import Series
from market.candles.closes import closed
from trading.candles import Timeframe, to_ms

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, WEEK = ("BTC/USDT", Timeframe.M1), ("BTC/USDT", Timeframe.H1), ("X/Y", Timeframe.W1)


def since(series: Collection[Series]) -> dict[Series, datetime]:
    return dict.fromkeys(series, NOON - timedelta(seconds=30))


async def test_all_candles_that_closed_since_are_told_with_their_close() -> None:
    at = NOON + timedelta(seconds=1)
    series = [MINUTE, HOUR, WEEK]
    done = await closed(since(series), lambda: to_ms(at))
    assert done == {MINUTE: NOON, HOUR: NOON}
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    assert (await closed({WEEK: monday - timedelta(1)}, lambda: to_ms(at)))[WEEK] == monday


async def test_a_candle_is_told_only_after_a_moment_and_only_once() -> None:
    early = to_ms(NOON) + 999
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(closed(since([MINUTE]), lambda: early), 0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            closed({MINUTE: NOON, HOUR: NOON}, lambda: to_ms(NOON) + 1_000), 0.05
        )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(closed({}, lambda: early), 0.05)


async def test_waiting_ends_when_the_next_candle_closes() -> None:
    started = asyncio.get_running_loop().time()

    def clock() -> int:
        return to_ms(NOON) - 50 + int((asyncio.get_running_loop().time() - started) * 1000)

    waited = closed(since([MINUTE, HOUR]), clock, settled_ms=0)
    assert await asyncio.wait_for(waited, 10) == {MINUTE: NOON, HOUR: NOON}


def test_every_close_lies_on_its_grid() -> None:
    for timeframe in Timeframe:
        for minutes in range(0, 20_000, 777):
            moment = to_ms(NOON) + minutes * 60_000 + 1
            close = timeframe.last_close(moment)
            assert 0 <= moment - close < timeframe.ms
            assert timeframe.last_close(close) == close


async def test_each_series_has_its_own_time_from_which_closes_count() -> None:
    at = to_ms(NOON) + 1_000
    early = NOON - timedelta(seconds=30)
    assert await closed({MINUTE: NOON, HOUR: early}, lambda: at) == {HOUR: NOON}
