"""The news tool: facts and counts for the model, headlines for the person alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest

from desk.errors import UnknownSymbol
from desk.facts import FactBook
from desk.headlines import Headlines
from desk.lab import Lab
from desk.news import FeedFailure
from desk.research import Research
from desk.result import Result
from desk.snapshot import Snapshot
from tests.desk.test_headlines import Marks
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.fixed_news import FixedNews
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.strategies.catalogue import built_in

NEWS = discover()["news"]


@dataclass
class Room:
    clock: FakeClock
    market: FakeMarket
    news: FixedNews
    lab: Lab
    model: Marks | None = None

    def context(self) -> Context:
        snapshot = Snapshot(self.market, self.clock(), self.news)
        headlines = Headlines(self.model, seconds=0.2)
        research = Research(snapshot, self.lab, Rules(), built_in(), headlines)
        return cast(Context, SimpleNamespace(research=research, facts=FactBook()))

    async def ask(self, **arguments: str) -> Result:
        return await NEWS.call(self.context(), arguments)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set("BTC/USDT", 27_000)
    market.set("ETH/USDT", 1_800)
    lab = Lab()
    yield Room(clock, market, FixedNews(clock), lab)
    lab.close()


def values(result: Result) -> dict[str, object]:
    return {fact.label: fact.value for fact in result.facts}


async def test_mood_items_window_and_drops_are_facts_with_time_and_source(room: Room) -> None:
    for hours, title in enumerate(("Bitcoin rallies", "Bitcoin soars on ETF hopes", "BTC gains")):
        room.news.say(title, hours=hours + 1)
    room.news.say("Bitcoin presale of the year")
    result = await room.ask(symbol="btc")
    found = values(result)
    assert found["News items"] == 3
    assert found["News window"] == 24
    assert found["Newest headline"] == 60
    assert found["Dropped, sponsored"] == 1
    assert found["News feeds read"] == "2 of 2"
    mood = found["News mood"]
    assert isinstance(mood, float)
    assert 0 < mood <= 1
    news = [fact for fact in result.facts if fact.source.startswith("news feeds")]
    assert len(news) == len(found)
    for fact in news:
        assert (fact.symbol, fact.tool, fact.as_of) == ("BTC/USDT", "news", room.clock())
        assert fact.source == "news feeds (word list)"


async def test_no_word_of_a_headline_reaches_the_model(room: Room) -> None:
    for number in range(12):
        room.news.say(f"Bitcoin zebra{number} xylophone{number}", link="https://evil.example/quux")
    room.news.say("Undated walrus on Bitcoin", dated=False)
    for model in (None, Marks(), Marks(error=RuntimeError("zebra0"))):
        room.model = model
        for arguments in ({}, {"symbol": "BTC/USDT"}):
            text = (await room.ask(**arguments)).as_json()
            assert len(json.loads(text)["facts"]) >= 5
            assert not any(word in text for word in ("zebra", "xylo", "quux", "walrus", "evil"))


async def test_person_gets_the_headlines_beside_the_facts(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    result = await room.ask(symbol="BTC/USDT")
    assert result.news is not None
    assert [one.item.title for one in result.news.items] == ["Bitcoin rallies"]


async def test_headlines_without_a_date_are_counted(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    assert "without a date" not in (await room.ask()).note
    room.news.say("Ether plunges", dated=False)
    room.news.say("Solana halts for hours", dated=False)
    note = (await room.ask()).note
    assert "Headlines without a date, or dated ahead of now, timed when first seen: 2." in note


async def test_few_headlines_are_too_few_to_tell(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    result = await room.ask(symbol="BTC/USDT")
    assert values(result)["News mood"] == "too few to tell"
    assert "too few for a mood" in result.note


async def test_fact_says_who_scored_and_a_failure_of_the_model_is_told(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    room.model = Marks()
    assert (await room.ask()).facts[0].source == "news feeds (a model)"
    room.model = Marks(error=RuntimeError())
    failed = await room.ask()
    assert failed.facts[0].source == "news feeds (word list)"
    assert "The language model gave no scores" in failed.note


async def test_feeds_that_failed_are_named_and_counted(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    room.news.failures = (FeedFailure("b.example", "no answer within 8 s"),)
    result = await room.ask()
    assert values(result)["News feeds read"] == "1 of 2"
    assert "b.example: no answer within 8 s." in result.note
    room.news.failures += (FeedFailure("a.example", "it fails (HTTP 500)"),)
    assert "No news feed can be read now." in (await room.ask()).note


async def test_news_that_is_off_is_told_and_leaves_the_gauges(room: Room) -> None:
    room.news.sources = ()
    result = await room.ask(symbol="BTC/USDT")
    assert "News is off: NEWS_FEEDS=none." in result.note
    assert "News mood" not in values(result)


async def test_made_up_headlines_are_from_the_demo(room: Room) -> None:
    room.news.made_up = True
    room.news.say("Bitcoin climbs (demo market)")
    result = await room.ask()
    assert result.facts[0].source == "demo (word list)"
    assert "News feeds read" not in values(result)


async def test_unknown_symbol_is_an_error_and_a_missing_leader_is_not(room: Room) -> None:
    with pytest.raises(UnknownSymbol):
        await room.ask(symbol="NOPE/USDT")
    room.news.say("Bitcoin rallies")
    room.market = FakeMarket(room.clock)
    assert values(await room.ask())["News items"] == 1


async def test_two_runs_share_one_scoring(room: Room) -> None:
    room.news.say("Bitcoin rallies")
    room.model = Marks()
    context = room.context()
    first, second = [await NEWS.call(context, {"symbol": "BTC/USDT"}) for _ in range(2)]
    assert first.news is second.news
    assert len(room.model.seen) == 1
