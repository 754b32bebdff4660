"""The demo market's headlines tell of its own prices, and say that they are made up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from desk.mood import WordList
from desk.news import NewsItem
from desk.news_cleaning import clean
from market.demo.market import DemoMarket
from market.demo.news import DemoNews
from tests.fakes.clock import FakeClock
from trading.candles import Timeframe
from trading.coins import coins_in

NOW = datetime(2025, 2, 3, 14, 40, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def market(clock: FakeClock) -> AsyncIterator[DemoMarket]:
    made = DemoMarket(clock)
    yield made
    await made.close()


async def headlines(market: DemoMarket, clock: FakeClock) -> tuple[NewsItem, ...]:
    news = await DemoNews(market, clock).latest()
    assert news.made_up
    return news.items


async def test_every_headline_says_what_it_is_and_leads_nowhere(
    market: DemoMarket, clock: FakeClock
) -> None:
    items = await headlines(market, clock)
    assert len(items) > 50
    for item in items:
        assert "(demo market)" in item.title
        assert (item.link, item.source) == ("", "made up")
        assert item.at == item.first_seen_at <= NOW
        assert len(coins_in(item.title)) == 1


async def test_headlines_tell_of_the_markets_own_prices(
    market: DemoMarket, clock: FakeClock
) -> None:
    words = WordList()
    for item in await headlines(market, clock):
        (base,) = coins_in(item.title)
        hour = item.at.replace(minute=0)
        candles = await market.candles(f"{base}/USDT", Timeframe.H1, hour, 5)
        move = 100 * (candles.close[-1] / candles.close[0] - 1)
        told = re.search(r"(\d+\.\d)%.*to ([\d,.]+) \(", item.title)
        assert told is not None
        assert float(told[1]) == pytest.approx(abs(move), abs=0.051)
        assert float(told[2].replace(",", "")) == pytest.approx(candles.close[-1])
        if abs(move) > 0.6:
            assert words.of(item.title) * move > 0, item.title


async def test_later_look_has_the_same_past(market: DemoMarket, clock: FakeClock) -> None:
    before = await headlines(market, clock)
    clock.now += timedelta(hours=6)
    after = await headlines(market, clock)
    since = NOW - timedelta(hours=60)
    assert [item for item in after if since <= item.at <= NOW] == [
        item for item in before if item.at >= since
    ]
    assert [item for item in after if item.at > NOW]


async def test_none_of_them_is_dropped_and_each_coin_has_enough_for_a_mood(
    market: DemoMarket, clock: FakeClock
) -> None:
    items = await headlines(market, clock)
    assert not clean(items).dropped
    day = [item for item in items if item.at > NOW - timedelta(hours=24)]
    for base in ("BTC", "ETH", "ADA", "LTC"):
        assert sum(base in coins_in(item.title) for item in day) >= 5


async def test_world_that_has_just_begun_has_no_headlines(clock: FakeClock) -> None:
    clock.now = datetime(2025, 1, 1, 1, 0, tzinfo=UTC)
    market = DemoMarket(clock)
    assert await headlines(market, clock) == ()
    await market.close()
