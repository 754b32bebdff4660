"""The card of the news, as Telegram gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.cards.card import TEXT_LIMIT, WIDTH, Card
from bot.cards.news import MOST_HEADLINES, TITLE_LENGTH, age, news_card, shortened
from desk.facts import FactBook
from desk.headlines import NewsReport, ScoredItem
from desk.mood import Mood
from desk.news import FeedFailure, News, NewsItem
from desk.news_cleaning import Reason
from desk.result import Result

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


def item(title: str, link: str = "https://a.example/x", hours: float = 2) -> ScoredItem:
    at = NOW - timedelta(hours=hours)
    return ScoredItem(NewsItem(title, link, "a.example", at, at), -0.34)


def card(
    *items: ScoredItem,
    mood: float | None = 0.21,
    dropped: tuple[tuple[Reason, int], ...] = (),
    failures: tuple[FeedFailure, ...] = (),
    sources: tuple[str, ...] = ("a.example", "b.example"),
    note: str = "",
    demo: bool = False,
) -> Card:
    news = News(tuple(one.item for one in items), NOW, sources, failures, made_up=demo)
    report = NewsReport(news, items, Mood(mood, 0.4, 12, DAY), dropped, "word list")
    fact = FactBook().add(
        "news", "News mood", mood or "too few", "", symbol="BTC/USDT", as_of=NOW, source="feeds"
    )
    return news_card(Result((fact,), note, news=report), report, NOW, demo=demo)


def test_mood_comes_with_count_and_window() -> None:
    html = card(item("Bitcoin rallies")).html()
    assert "News · BTC/USDT" in html
    assert "+0.21 positive" in html
    assert "12 items, 24 h, spread ±0.40" in html
    assert "too few to tell" in card(item("Bitcoin rallies"), mood=None).html()


def test_headline_is_quoted_linked_and_told_with_source_age_and_score() -> None:
    html = card(item("Bitcoin & <b>Ether</b>", 'https://a.example/?x=1&y="2"')).html()
    assert (
        '<a href="https://a.example/?x=1&amp;y=&quot;2&quot;">'
        "“Bitcoin &amp; &lt;b&gt;Ether&lt;/b&gt;”</a>"
    ) in html
    assert "<i>a.example · 2 h ago · −0.34</i>" in html


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "data:x", "HTTPS//x", "tg://user?id=1"]
)
def test_only_addresses_of_the_web_become_links(link: str) -> None:
    assert "<a" not in card(item("Bitcoin", link)).html()


def test_headline_without_a_date_says_that_it_was_seen_then() -> None:
    one = ScoredItem(NewsItem("Bitcoin", "", "a.example", None, NOW - timedelta(minutes=40)), 0.0)
    assert "a.example · first seen 40 min ago · 0.00" in card(one).html()


def test_only_the_newest_headlines_are_shown_and_any_text_fits_a_message() -> None:
    many = [
        item(f"{number} " + "word " * 60, f"https://a.example/{'y' * 900}") for number in range(30)
    ]
    html = card(*many).html()
    assert html.count("<a ") == MOST_HEADLINES
    assert html.count("</a>") == MOST_HEADLINES
    shown = card(*many).html(400)
    assert shown.count("<a ") == shown.count("</a>") < MOST_HEADLINES
    assert "News mood" in shown
    assert len(card(*[item("x" * 5_000) for _ in range(9)]).html()) < 2 * TEXT_LIMIT


def test_long_title_is_cut_between_words() -> None:
    cut = shortened("Bitcoin " + "miners accumulate " * 20)
    assert len(cut) <= TITLE_LENGTH
    assert cut.endswith(("miners…", "accumulate…"))
    assert shortened("x" * 500) == "x" * (TITLE_LENGTH - 1) + "…"
    assert shortened("Bitcoin") == "Bitcoin"


def test_what_was_dropped_and_which_feeds_failed_are_told_once() -> None:
    html = card(
        item("Bitcoin"),
        dropped=((Reason.SPONSORED, 2), (Reason.DUPLICATE, 1)),
        failures=(FeedFailure("b.example", "it fails (HTTP 500)"),),
        note="b.example: it fails (HTTP 500).\nSomething else.",
    ).html()
    assert "3 dropped: 2 sponsored, 1 duplicate." in html
    assert html.count("b.example: it fails (HTTP 500).") == 1
    assert "Something else." in html
    assert "Dropped: 2 sponsored." in card(dropped=((Reason.SPONSORED, 2),)).html()


def test_without_any_feed_it_says_what_to_do() -> None:
    failures = tuple(FeedFailure(f"{one}.example", "it can't be reached") for one in "abcdefg")
    html = card(failures=failures, sources=tuple(one.source for one in failures)).html()
    assert "No news feed can be read now" in html
    assert "NEWS_FEEDS" in html
    assert "doctor" in html
    assert "3 more feeds failed." in html
    assert "No headline about BTC in the last 3 days." in card().html()


def test_demo_headlines_are_labelled_and_news_that_is_off_shows_no_mood() -> None:
    assert "DEMO DATA" in card(item("Bitcoin climbs", ""), demo=True).html()
    off = card(sources=(), note="News is off: NEWS_FEEDS=none.").html()
    assert "News is off: NEWS_FEEDS=none." in off
    assert "News mood" not in off


def test_table_lines_fit_the_width() -> None:
    tables = [block.text for block in card(item("Bitcoin")).blocks if block.kind == "table"]
    assert all(len(line) <= WIDTH for text in tables for line in text.splitlines())


@pytest.mark.parametrize(
    ("hours", "told"), [(0, "0 min"), (1.4, "84 min"), (2, "2 h"), (30, "30 h"), (50, "2 days")]
)
def test_age_in_words(hours: float, told: str) -> None:
    assert age(timedelta(hours=hours)) == told
