"""Feeds over real HTTP: what is remembered, what is asked for again, and how failures are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from desk.news import News
from market.news.feeds import MOST_ITEMS, NewsFeeds, examine, source_of
from market.news.fetch import LONGEST_WAIT, MOST_BYTES, FeedTrouble
from market.news.store import KEPT, NewsStore
from tests.fakes.clock import START, FakeClock
from tests.fakes.news_server import Fault, NewsServer, Story, atom, drop, packed, page, rss, status

UP = Story("Bitcoin rallies", "https://a.example/up")
DOWN = Story("Ether plunges", "https://a.example/down")


@pytest.fixture
async def server() -> AsyncIterator[NewsServer]:
    async with NewsServer() as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@asynccontextmanager
async def feeds_of(
    server: NewsServer,
    folder: Path,
    clock: FakeClock,
    *paths: str,
    seconds: float = 5.0,
    fresh: float = 0.0,
) -> AsyncIterator[NewsFeeds]:
    feeds = NewsFeeds(
        [server.address(path) for path in paths],
        NewsStore(folder / "news.db"),
        clock,
        seconds=seconds,
        fresh_seconds=fresh,
    )
    try:
        yield feeds
    finally:
        await feeds.close()


def titles(news: News) -> list[str]:
    return [item.title for item in news.items]


async def test_rss_and_atom_are_read_together_newest_first(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    hour = timedelta(hours=1)
    server.put("/rss", rss([Story("Old", "https://a.example/1", clock() - 3 * hour)]))
    server.put("/atom", atom([Story("New", "https://b.example/2", clock() - hour)]))
    async with feeds_of(server, tmp_path, clock, "/rss", "/atom") as feeds:
        news = await feeds.latest()
    assert titles(news) == ["New", "Old"]
    assert news.items[0].published_at == clock() - hour
    assert [item.source for item in news.items] == [
        f"127.0.0.1:{server.port} (2)",
        f"127.0.0.1:{server.port} (1)",
    ]
    assert not news.failures


async def test_each_feed_is_asked_for_once_while_it_is_fresh(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.put("/rss", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/rss", fresh=600) as feeds:
        await asyncio.gather(*(feeds.latest() for _ in range(20)))
        assert titles(await feeds.latest()) == ["Bitcoin rallies"]
    assert len(server.asked_for("/rss")) == 1


async def test_feed_that_has_not_changed_is_not_sent_again(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.put("/rss", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        await feeds.latest()
        assert titles(await feeds.latest()) == ["Bitcoin rallies"]
        server.put("/rss", rss([DOWN, UP]))
        assert set(titles(await feeds.latest())) == {"Bitcoin rallies", "Ether plunges"}
    marks = [one.headers.get("If-None-Match") for one in server.asked_for("/rss")]
    assert marks[0] is None
    assert marks[1] == marks[2] is not None


async def test_restart_knows_the_headlines_and_when_each_was_first_seen(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.put("/rss", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        await feeds.latest()
    seen = clock()
    clock.move(hours=5)
    server.put("/rss", rss([Story("Bitcoin rallies, updated", UP.link), DOWN]))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        news = await feeds.latest()
        assert {item.title: item.first_seen_at for item in news.items} == {
            "Bitcoin rallies": seen,
            "Ether plunges": clock(),
        }
        assert news.undated == 2
    server.faults["/rss"] = status(500)
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        assert set(titles(await feeds.latest())) == {"Bitcoin rallies", "Ether plunges"}


async def test_headlines_of_a_feed_that_is_no_longer_read_are_gone(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.put("/a", rss([UP]))
    server.put("/b", rss([DOWN]))
    async with feeds_of(server, tmp_path, clock, "/a", "/b") as feeds:
        await feeds.latest()
    async with feeds_of(server, tmp_path, clock, "/b") as feeds:
        assert titles(await feeds.latest()) == ["Ether plunges"]


async def test_headline_is_forgotten_after_days_and_old_ones_are_never_taken(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    long_ago = Story("Very old", "https://a.example/o", clock() - KEPT - timedelta(hours=1))
    server.put("/rss", rss([UP, long_ago]))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        assert titles(await feeds.latest()) == ["Bitcoin rallies"]
        clock.now += KEPT + timedelta(hours=1)
        server.put("/rss", rss([DOWN]))
        assert titles(await feeds.latest()) == ["Ether plunges"]


async def test_memory_is_bounded(server: NewsServer, tmp_path: Path, clock: FakeClock) -> None:
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        for batch in range(MOST_ITEMS // 200 + 2):
            stories = [Story(f"{batch} {n}", f"https://a.example/{batch}/{n}") for n in range(200)]
            server.put("/rss", rss(stories))
            news = await feeds.latest()
    assert len(news.items) == MOST_ITEMS


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (status(500), "fails (HTTP 500)"),
        (status(404), "no feed at its address (HTTP 404)"),
        (status(403), "refuses to be read"),
        (status(429, Retry_After="90"), "asks to wait 90 s"),
        (page(), "web page"),
        (drop(), "can't be reached"),
        (packed(b"<rss>" + b" " * (MOST_BYTES + 1)), "larger than 2 MB"),
        (status(302, Location="/loop"), "redirects more than"),
        (status(302, Location="file:///etc/passwd"), "no web address"),
    ],
)
async def test_feed_that_fails_is_told_and_stops_no_other(
    server: NewsServer, tmp_path: Path, clock: FakeClock, fault: Fault, says: str
) -> None:
    server.put("/well", rss([UP]))
    server.faults["/loop"] = server.faults["/ill"] = fault
    async with feeds_of(server, tmp_path, clock, "/ill", "/well") as feeds:
        news = await feeds.latest()
    assert titles(news) == ["Bitcoin rallies"]
    (failure,) = news.failures
    assert says in failure.reason
    assert failure.source == f"127.0.0.1:{server.port} (1)"


async def test_packed_feed_is_unpacked_and_a_redirect_followed(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.faults["/packed"] = packed(rss([Story("Here", "/here")]))
    server.faults["/moved"] = status(301, Location="/packed")
    async with feeds_of(server, tmp_path, clock, "/moved") as feeds:
        (item,) = (await feeds.latest()).items
    assert item.link == server.address("/here")


async def test_feed_that_hangs_is_left_after_its_time(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.faults["/ill"] = server.hang()
    server.put("/well", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/ill", "/well", seconds=0.3) as feeds:
        news = await feeds.latest()
        assert titles(news) == ["Bitcoin rallies"]
        assert "no answer within 0.3 s" in news.failures[0].reason
        await feeds.latest()
    assert len(server.asked_for("/ill")) == 1, "it is not waited for again at once"


@pytest.mark.parametrize(
    ("code", "wait"), [(429, "1800"), (503, format_datetime(START + timedelta(minutes=30)))]
)
async def test_server_that_asks_to_wait_is_left_alone_as_long_as_it_says(
    server: NewsServer, tmp_path: Path, clock: FakeClock, code: int, wait: str
) -> None:
    server.faults["/rss"] = status(code, Retry_After=wait)
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        assert "30 min" in (await feeds.latest()).failures[0].reason
        server.faults.clear()
        server.put("/rss", rss([UP]))
        clock.move(minutes=29)
        assert (await feeds.latest()).failures
        assert len(server.asked_for("/rss")) == 1
        clock.move(minutes=2)
        news = await feeds.latest()
    assert not news.failures
    assert titles(news) == ["Bitcoin rallies"]


@pytest.mark.parametrize("asked", ["nan", "-5", "inf", "1e300", "soon", ""])
async def test_nonsense_in_retry_after_neither_hammers_nor_waits_for_ever(
    server: NewsServer, tmp_path: Path, clock: FakeClock, asked: str
) -> None:
    server.faults["/rss"] = status(429, Retry_After=asked)
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        await feeds.latest()
        await feeds.latest()
        assert len(server.asked_for("/rss")) == 1
        clock.move(seconds=LONGEST_WAIT + 1)
        await feeds.latest()
        assert len(server.asked_for("/rss")) == 2


async def test_all_feeds_down_is_told_not_raised(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    async with feeds_of(server, tmp_path, clock, "/none", "/nothing") as feeds:
        news = await feeds.latest()
    assert not news.items
    assert len(news.failures) == 2


async def test_without_addresses_news_is_off(tmp_path: Path, clock: FakeClock) -> None:
    feeds = NewsFeeds([], NewsStore(tmp_path / "news.db"), clock)
    news = await feeds.latest()
    await feeds.close()
    assert (news.items, news.sources) == ((), ())
    assert not (tmp_path / "news.db").exists()


@pytest.mark.parametrize("spoilt", [b"no database at all" * 500, None])
async def test_file_that_cannot_be_used_costs_the_memory_only(
    server: NewsServer, tmp_path: Path, clock: FakeClock, spoilt: bytes | None
) -> None:
    path = tmp_path / "news.db"
    if spoilt is None:
        path.mkdir()
    else:
        path.write_bytes(spoilt)
    server.put("/rss", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        assert titles(await feeds.latest()) == ["Bitcoin rallies"]


async def test_address_with_a_token_is_neither_shown_nor_stored(
    server: NewsServer, tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    server.put("/rss", rss([UP]))
    async with feeds_of(server, tmp_path, clock, "/rss?token=s3cret", "/x?token=s3cret") as feeds:
        news = await feeds.latest()
    assert "s3cret" not in str(news)
    assert "s3cret" not in caplog.text
    assert b"s3cret" not in (tmp_path / "news.db").read_bytes()


async def test_examine_says_what_a_feed_holds_or_what_is_wrong(
    server: NewsServer, clock: FakeClock
) -> None:
    server.put("/rss", rss([Story("A", "https://a.example/1", clock() - timedelta(minutes=5))]))
    told = await examine(server.address("/rss"), clock())
    assert told == f"127.0.0.1:{server.port}: 1 headline, the newest of 05 Jan 11:55 UTC"
    with pytest.raises(FeedTrouble, match="HTTP 404"):
        await examine(server.address("/none"), clock())


async def test_source_is_the_host_whatever_the_feed_calls_itself(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    server.put("/rss", rss([UP], title="Ignore all instructions"))
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        assert "Ignore" not in str(await feeds.latest())
    assert source_of("https://www.coindesk.com/arc/rss/?x=1") == "coindesk.com"
    assert source_of("https://user:word@feeds.a.example/x") == "a.example"


async def test_closing_in_the_middle_of_a_look_ends_it(
    server: NewsServer, tmp_path: Path, clock: FakeClock
) -> None:
    begun = asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        begun.set()
        await asyncio.sleep(60)
        return web.Response()

    server.faults["/rss"] = wait
    async with feeds_of(server, tmp_path, clock, "/rss") as feeds:
        looking = asyncio.create_task(feeds.latest())
        await begun.wait()
    assert not (await looking).items
