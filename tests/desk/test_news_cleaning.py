"""What is dropped, and why; measured on a day of a real feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from desk import same_story
from desk.links import canonical
from desk.news import NewsItem
from desk.news_cleaning import Reason, clean
from desk.same_story import MOST_COMPARED, Gist, alike, gist
from tests.depth import times
from tests.fakes.news_files import item_of, need_headlines

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def items(*titles: str, link: str = "") -> list[NewsItem]:
    """The first one is the oldest."""
    return [
        NewsItem(title, link, "a.example", NOON + timedelta(minutes=n), NOON + timedelta(hours=1))
        for n, title in enumerate(titles)
    ]


def reasons(found: Sequence[NewsItem]) -> list[tuple[str, Reason]]:
    return [(item.title, reason) for item, reason in clean(found).dropped]


def test_of_several_that_tell_the_same_the_earliest_stays() -> None:
    same = items("Bitcoin tops $100,000", "BITCOIN TOPS $100,000!", "Ether falls")
    assert [item.title for item in clean(same).kept] == ["Ether falls", "Bitcoin tops $100,000"]
    assert reasons(same) == [("BITCOIN TOPS $100,000!", Reason.DUPLICATE)]


def test_same_link_is_the_same_story_whatever_its_title() -> None:
    one = items("Bitcoin tops $100k", link="https://www.a.example/x/?utm_source=rss&id=7")
    two = items("BTC: a new age?", link="http://a.example/x?id=7&ref=home#top")
    assert [reason for _, reason in clean([*one, *two]).dropped] == [Reason.DUPLICATE]
    other = items("BTC: a new age?", link="http://a.example/x?id=8")
    assert not clean([*one, *other]).dropped


@pytest.mark.parametrize(
    ("link", "bare"),
    [
        ("https://www.a.example/x/?b=2&a=1&utm_medium=x&fbclid=y#z", "//a.example/x?a=1&b=2"),
        ("http://A.example:8080/x", "//a.example:8080/x"),
        ("https://a.example/", ""),
        ("https://a.example/?p=12", "//a.example?p=12"),
        ("", ""),
        ("https://[broken", ""),
    ],
)
def test_canonical_link_names_the_page_only(link: str, bare: str) -> None:
    assert canonical(link) == bare


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Binance hit by $40M hack", "Hack at Binance: $40,000,000 lost", True),
        ("SEC delays decision on Ether ETFs to May", "SEC again delays Ether ETFs decision", True),
        ("Bitcoin falls below $60,000", "Bitcoin falls below $58,000", False),
        ("Spot Bitcoin ETFs see record inflows", "Spot Ether ETFs see record inflows", False),
        ("Bitcoin price prediction 2024-2030", "Cardano price prediction 2024-2030", False),
        ("Bitcoin miners sell", "Bitcoin holders buy", False),
    ],
)
def test_alike_by_words_amounts_and_coins(one: str, other: str, same: bool) -> None:
    assert alike(gist(one), gist(other)) is same
    assert alike(gist(other), gist(one)) is same


def test_story_that_comes_again_days_later_is_another() -> None:
    again = NewsItem("Bitcoin miners sell reserves", "", "b", NOON + timedelta(days=3), NOON)
    assert not clean([*items("Bitcoin miners sell their reserves"), again]).dropped


def test_headlines_that_share_their_words_are_compared_with_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0

    def counted(one: Gist, other: Gist) -> bool:
        nonlocal compared
        compared += 1
        return alike(one, other)

    monkeypatch.setattr(same_story, "alike", counted)
    many = items(*(f"Bitcoin traders watch key price level ${n}m" for n in range(10, 310)))
    assert len(clean(many).kept) == 300
    assert 0 < compared <= 300 * MOST_COMPARED


def test_same_story_is_found_among_very_many_of_the_same_coin() -> None:
    first = "Bitcoin miners in Paraguay face tariff"
    between = (f"Bitcoin traders watch key price level ${n}m" for n in range(10, 310))
    again = "Paraguay tariff hits Bitcoin miners"
    assert reasons(items(first, *between, again)) == [(again, Reason.DUPLICATE)]


def test_headline_is_taken_apart_once_however_many_questions_read_it() -> None:
    found = items("Bitcoin walruses march", "Ether zebras rest")
    clean(found)
    before = gist.cache_info().misses
    clean(found)
    assert gist.cache_info().misses == before


@pytest.mark.parametrize(
    "title",
    [
        "New presale raises $2M as whales pile in",
        "This token could rally 12,000% before Christmas",
        "Forget Solana: the next 100x crypto is here",
        "Why GEMX ($GEMX) is the smart pick for XRP investors",
        "Best crypto casinos of the month",
        "Sponsored: trade with zero fees",
    ],
)
def test_sponsored_is_known_by_what_it_promises(title: str) -> None:
    assert reasons(items(title)) == [(title, Reason.SPONSORED)]


@pytest.mark.parametrize(
    "title",
    [
        "Trader opens 40x leverage long on Bitcoin",
        "Bitcoin has gained 12,000% since 2015",
        "SEC charges presidential adviser over crypto fund",
        "Fed holds interest rates",
        "BingX suffers a cyber attack",
    ],
)
def test_news_is_not_taken_for_advertising_or_off_the_topic(title: str) -> None:
    assert not reasons(items(title))


def test_off_topic_names_neither_coin_nor_market() -> None:
    title = "Ten recipes for a rainy Sunday"
    assert reasons(items(title)) == [(title, Reason.OFF_TOPIC)]


def test_what_the_feed_itself_calls_sponsored_is_dropped() -> None:
    item = NewsItem("Bitcoin is great", "", "a", NOON, NOON, sponsored=True)
    assert [reason for _, reason in clean([item]).dropped] == [Reason.SPONSORED]


WORDS = st.sampled_from(
    ["bitcoin", "ether", "falls", "rises", "$5m", "$6m", "hack", "etf", "sec", "2024", "LINK"]
)
TITLES = st.lists(WORDS, max_size=8).map(" ".join)


@hypothesis_settings(max_examples=times(100, 3_000))
@given(st.lists(st.one_of(TITLES, st.text(max_size=60)), max_size=25))
def test_every_item_is_kept_or_dropped_once_and_cleaning_again_changes_nothing(
    titles: list[str],
) -> None:
    found = items(*titles)
    cleaned = clean(found)
    assert sorted([*cleaned.kept, *(item for item, _ in cleaned.dropped)], key=str) == sorted(
        found, key=str
    )
    assert clean(cleaned.kept).kept == cleaned.kept
    assert not clean(cleaned.kept).dropped


def test_on_a_real_day_what_a_reader_flagged_is_dropped_and_nothing_else() -> None:
    rows = need_headlines("raw_feed_2024-09-21")
    dropped = {item.title: reason for item, reason in clean([item_of(row) for row in rows]).dropped}
    for row in rows:
        flag, reason = row["reviewer_flag"], dropped.get(row["title"])
        if "sponsored" in flag:
            assert reason is Reason.SPONSORED, row["title"]
        elif flag == "off-topic":
            assert reason is Reason.OFF_TOPIC, row["title"]
        elif "BingX" not in row["title"]:
            assert reason is None, row["title"]
    # The reader flagged the earlier one of the pair; the desk keeps it and drops the later.
    pair = {row["title"]: dropped.get(row["title"]) for row in rows if "BingX" in row["title"]}
    assert list(pair.values()) == [Reason.DUPLICATE, None]


def test_on_other_real_days_hardly_anything_is_dropped_wrongly() -> None:
    found = [item_of(row) for row in need_headlines("cryptonews_2023-12-18_19")]
    found += [item_of(row) for row in need_headlines("alphavantage_2025")]
    dropped = clean(found).dropped
    right = [item.title for item, reason in dropped if reason is Reason.DUPLICATE]
    wrong = [item.title for item, reason in dropped if reason is not Reason.DUPLICATE]
    assert right == ["Former Lido Holder Files Lawsuit Against Lido DAO"]
    # A coin that is in no list.
    assert wrong == ["Unofficial Arweave forking plans draw community controversy"]
