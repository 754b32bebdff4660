"""What a snapshot may know of the news, and who scores it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from desk.headlines import MOST_SCORED, Headlines, NewsReport
from desk.mood import Scored
from desk.news_cleaning import Reason
from desk.snapshot import Snapshot
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.fixed_news import FixedNews


class Marks:
    """A scorer in memory: gives each headline what `of` says, or fails as it is told."""

    name = "a model"

    def __init__(self, of: Scored | None = None, *, error: Exception | None = None) -> None:
        self.of = of or Scored(0.5)
        self.error = error
        self.hangs = False
        self.short = False
        self.seen: list[str] = []

    async def score(self, titles: Sequence[str]) -> Sequence[Scored]:
        self.seen += titles
        if self.hangs:
            await asyncio.sleep(60)
        if self.error:
            raise self.error
        return [self.of] * (len(titles) - self.short)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def news(clock: FakeClock) -> FixedNews:
    return FixedNews(clock)


async def report(
    news: FixedNews, clock: FakeClock, model: Marks | None = None, base: str = ""
) -> NewsReport:
    found = await Snapshot(FakeMarket(clock), clock(), news).news()
    return await Headlines(model, seconds=0.2).report(found, clock(), base)


def titles(found: NewsReport) -> list[str]:
    return [one.item.title for one in found.items]


async def test_snapshot_knows_only_what_was_published_and_seen_by_then(
    news: FixedNews, clock: FakeClock
) -> None:
    news.say("Bitcoin old", hours=2)
    news.say("Bitcoin to come", hours=-1, seen=clock())
    news.say("Bitcoin seen later", hours=2, seen=clock() + timedelta(minutes=10))
    news.say("Bitcoin found by this look", hours=2, seen=clock() + timedelta(seconds=9))
    snapshot = Snapshot(FakeMarket(clock), clock(), news)
    found = await snapshot.news()
    assert {item.title for item in found.items} == {"Bitcoin old", "Bitcoin found by this look"}
    assert found.as_of == clock()


async def test_snapshot_asks_once_and_stays_as_it_is(news: FixedNews, clock: FakeClock) -> None:
    news.say("Bitcoin rallies")
    snapshot = Snapshot(FakeMarket(clock), clock(), news)
    first = await snapshot.news()
    news.say("Bitcoin plunges")
    clock.move(minutes=5)
    assert await snapshot.news() is first
    assert news.asked == 1


async def test_snapshot_without_a_source_has_no_news(clock: FakeClock) -> None:
    found = await Snapshot(FakeMarket(clock), clock()).news()
    assert (found.items, found.sources) == ((), ())


async def test_report_of_a_coin_holds_only_what_names_it(news: FixedNews, clock: FakeClock) -> None:
    news.say("Bitcoin rallies", hours=1)
    news.say("Ether plunges", hours=2)
    news.say("BTC and ETH steady", hours=3)
    assert titles(await report(news, clock, base="ETH")) == ["Ether plunges", "BTC and ETH steady"]
    assert len(titles(await report(news, clock))) == 3


async def test_report_counts_what_was_dropped_by_reason(news: FixedNews, clock: FakeClock) -> None:
    news.say("Bitcoin rallies", hours=2)
    news.say("Bitcoin rallies!", hours=1)
    news.say("Ten recipes for Sunday")
    news.say("Bitcoin presale of the year")
    found = await report(news, clock)
    assert dict(found.dropped) == dict.fromkeys(Reason, 1)
    assert found.dropped_count == 3
    about = await report(news, clock, base="BTC")
    assert dict(about.dropped) == {Reason.SPONSORED: 1, Reason.DUPLICATE: 1}


async def test_headlines_of_more_than_three_days_ago_are_no_news(
    news: FixedNews, clock: FakeClock
) -> None:
    news.say("Bitcoin rallies", hours=73)
    assert not titles(await report(news, clock))


async def test_model_is_asked_for_a_bounded_number_and_named(
    news: FixedNews, clock: FakeClock
) -> None:
    for number in range(MOST_SCORED + 10):
        news.say(f"Bitcoin story number {number}: {number}{number} words", hours=number / 100)
    model = Marks()
    found = await report(news, clock, model)
    assert len(model.seen) == MOST_SCORED
    assert (found.read_by, found.model_failed) == ("a model", False)
    assert found.mood.value == pytest.approx(0.5)


async def test_model_may_drop_a_headline_or_say_that_it_is_about_another_coin(
    news: FixedNews, clock: FakeClock
) -> None:
    news.say("Bitcoin and Ether part ways")
    found = await report(news, clock, Marks(Scored(0.9, "BTC", "sponsored")))
    assert not found.items
    assert dict(found.dropped) == {Reason.SPONSORED: 1}
    assert not (await report(news, clock, Marks(Scored(0.9, "BTC")), base="ETH")).items
    assert (await report(news, clock, Marks(Scored(0.9, "BTC")), base="BTC")).items
    assert (await report(news, clock, Marks(Scored(0.9)), base="ETH")).items


@pytest.mark.parametrize("trouble", ["error", "hangs", "short"])
async def test_model_that_fails_is_replaced_by_the_word_list_and_that_is_told(
    news: FixedNews, clock: FakeClock, trouble: str
) -> None:
    for hours in (1, 2, 3):
        news.say(f"Bitcoin plunges for reason {hours}00", hours=hours)
    model = Marks(error=RuntimeError("no") if trouble == "error" else None)
    model.hangs, model.short = trouble == "hangs", trouble == "short"
    found = await report(news, clock, model)
    assert (found.read_by, found.model_failed) == ("word list", True)
    assert found.mood.value is not None
    assert found.mood.value < 0


async def test_without_headlines_no_model_is_asked(news: FixedNews, clock: FakeClock) -> None:
    model = Marks()
    found = await report(news, clock, model)
    assert model.seen == []
    assert not found.model_failed
    assert found.mood.value is None
