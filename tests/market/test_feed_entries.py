"""Feeds as publishers write them, and as somebody with bad intentions would."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from market.news.entries import (
    MOST_ENTRIES,
    MOST_TAGS,
    TITLE_LENGTH,
    Entry,
    NotAFeed,
    entries,
    plain,
)
from tests.depth import times
from tests.fakes.news_server import Story, atom, rss

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
HOME = "https://news.example/feed/rss"


def parsed(body: bytes, content_type: str = "application/xml") -> tuple[Entry, ...]:
    return entries(body, content_type, HOME, NOW)


@pytest.mark.parametrize("write", [rss, atom])
def test_title_link_and_date_are_read_from_rss_and_atom(
    write: Callable[[Sequence[Story]], bytes],
) -> None:
    at = NOW - timedelta(hours=2)
    body = write([Story("Bitcoin & <b>Ether</b>", "https://news.example/a?x=1&y=2", at)])
    assert parsed(body) == (
        Entry("Bitcoin & Ether", "https://news.example/a?x=1&y=2", at, sponsored=False),
    )


def test_date_in_another_zone_is_read_as_utc() -> None:
    body = rss([Story("A")]).replace(
        b"<item>", b"<item><pubDate>Sun, 01 Mar 2026 08:30:00 -0500</pubDate>"
    )
    assert parsed(body)[0].published_at == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Sun, 99 Foo 2026 99:99:99", NOW.replace(year=2031).isoformat()]
)
def test_date_that_is_missing_wrong_or_yet_to_come_is_none(date: str) -> None:
    body = rss([Story("A")]).replace(b"<item>", f"<item><pubDate>{date}</pubDate>".encode())
    assert parsed(body)[0].published_at is None


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("/2026/a", "https://news.example/2026/a"),
        ("a", "https://news.example/feed/a"),
        ("//other.example/a", "https://other.example/a"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://user:word@bank.example/", ""),
        ('https://news.example/"onclick="x', ""),
        ("https://[broken", ""),
        ("https://news.example/" + "a" * 5_000, ""),
    ],
)
def test_link_is_absolute_and_of_the_web_or_none(link: str, read: str) -> None:
    assert parsed(atom([Story("A", link)]))[0].link == read


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("<b>Bitcoin</b> up<script>alert(1)</script>", "Bitcoin up alert(1)"),
        ("BTC &amp; ETH", "BTC & ETH"),
        ("&lt;img src=x onerror=y&gt;Sold", "Sold"),
        ("Price < $50k > last year", "Price < $50k > last year"),
        ("Bit\u200bcoin \u202eevil\u202c\x07", "Bitcoin evil"),
        ("  much \n\t space ", "much space"),
        ("x" * 1_000, "x" * (TITLE_LENGTH - 1) + "…"),
    ],
)
def test_title_is_plain_text(title: str, read: str) -> None:
    assert plain(title) == read


@hypothesis_settings(max_examples=times(200, 5_000))
@given(st.text(max_size=600))
def test_plain_text_holds_nothing_that_is_not_seen(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= TITLE_LENGTH
    assert shown == " ".join(shown.split())
    assert not any(unicodedata.category(letter).startswith("C") for letter in shown)


def test_sponsored_by_its_tag_or_its_address_is_marked() -> None:
    body = rss(
        [
            Story("A", "https://news.example/press-releases/a"),
            Story("B", "https://news.example/b", tags=("Sponsored Content",)),
            Story("C", "https://news.example/c", tags=("Markets",)),
        ]
    )
    assert [entry.sponsored for entry in parsed(body)] == [True, True, False]


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"", "application/xml", "empty"),
        (b"<html><body>Subscribe!</body></html>", "text/html", "web page"),
        (b"%PDF-1.7", "application/pdf", "no RSS or Atom"),
        (b'{"items": []}', "application/json", "no RSS or Atom"),
        (b"<rss version='2.0'>" + b"<a>" * (MOST_TAGS + 1), "application/xml", "more tags"),
    ],
)
def test_what_is_no_feed_is_told(body: bytes, content_type: str, says: str) -> None:
    with pytest.raises(NotAFeed, match=says):
        parsed(body, content_type)


BOMB = '<?xml version="1.0" encoding="{0}"?><!DOCTYPE lolz [<!ENTITY a "{1}">{2}]>' + (
    "<rss version='2.0'><channel><item><title>&j;</title></item></channel></rss>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bomb_is_not_read(encoding: str) -> None:
    pairs = zip("abcdefghi", "bcdefghij", strict=True)
    more = "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in pairs)
    with pytest.raises(NotAFeed, match="entities"):
        parsed(BOMB.format(encoding, "lol" * 10, more).encode(encoding))


ONE_ENTITY = '<!DOCTYPE a [<!ENTITY j "' + "lol" * 100 + '">]>'


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "utf-32", "hz", "base64", "no-such", "\0"])
def test_encoding_that_could_hide_an_entity_is_not_read(encoding: str) -> None:
    text = f"<?xml version='1.0'?>{ONE_ENTITY}<rss version='2.0'><channel/></rss>"
    hidden = text.encode("cp037") if encoding == "cp037" else text.encode("utf-7")
    for body in (hidden, hidden.replace(b"<", b"+ADw-")):
        with pytest.raises(NotAFeed, match="encoding"):
            parsed(body, f"application/xml; charset={encoding}")


def test_encoding_that_the_feed_itself_declares_is_judged_alike() -> None:
    body = f"<?xml version='1.0' encoding='utf-7'?>{ONE_ENTITY}<rss version='2.0'>".encode()
    with pytest.raises(NotAFeed, match="encoding"):
        parsed(body.replace(b"<!E", b"+ADw-!E"))


@pytest.mark.parametrize(
    "body",
    [
        f"<?xml version='1.0'?>{ONE_ENTITY}<rss/>".encode("utf-16-le"),
        f"<?xml version='1.0'?>{ONE_ENTITY}<rss/>".encode("utf-16-be"),
        f"<rss/>{ONE_ENTITY}".replace("ENTITY", "E\0NTITY").encode(),
    ],
)
def test_entity_is_found_in_every_encoding_that_is_read(body: bytes) -> None:
    with pytest.raises(NotAFeed, match="entities"):
        parsed(body)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1", "windows-1252"])
def test_feed_is_read_in_the_usual_encodings(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    body = rss([Story("Bitcoin 5 % höher")]).decode().replace("UTF-8", declared).encode(encoding)
    assert parsed(body)[0].title == "Bitcoin 5 % höher"
    bare = body.replace(f' encoding="{declared}"'.encode(), b"")
    kind = f"text/xml; charset={declared}"
    assert parsed(bare, kind)[0].title == "Bitcoin 5 % höher"


@pytest.mark.parametrize("value", ["1", ">"])
def test_tag_with_very_many_attributes_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr(feedparser, "parse", None)
    many = " ".join(f"a{number}='{value}'" for number in range(50_000))
    with pytest.raises(NotAFeed, match="longer tag"):
        parsed(f"<rss version='2.0'><channel><a {many}/></channel></rss>".encode())


def test_long_text_between_tags_is_no_long_tag() -> None:
    long = 'It\'s said "so" & so. ' * 2_000
    assert parsed(rss([Story("One", tags=(long,)), Story(f"Two {long}")]))[0].title == "One"


def test_entity_that_names_a_file_is_not_read() -> None:
    body = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
    with pytest.raises(NotAFeed, match="entities"):
        parsed(body + b"<item><title>&x;</title></item></channel></rss>")


def test_bytes_that_look_like_a_path_or_an_address_are_not_opened() -> None:
    for body in (b"/etc/passwd", b"http://127.0.0.1:9/feed", b"file:///etc/passwd"):
        with pytest.raises(NotAFeed):
            parsed(body)


def test_charset_that_is_declared_wrong_still_gives_the_headline() -> None:
    body = rss([Story("Bitcoin 5 % höher")]).decode().encode("latin-1")
    assert parsed(body, "application/rss+xml; charset=latin-1")[0].title == "Bitcoin 5 % höher"
    assert "Bitcoin 5 %" in parsed(body, "application/rss+xml; charset=utf-8")[0].title


def test_cut_off_feed_gives_what_was_whole() -> None:
    body = rss([Story("One"), Story("Two"), Story("Three")])
    titles = [entry.title for entry in parsed(body[: body.index(b"Three")])]
    assert titles[:2] == ["One", "Two"]


def test_long_feed_is_cut_and_entries_without_a_title_are_left_out() -> None:
    many = [Story(f"Story {number}") for number in range(MOST_ENTRIES + 50)]
    assert len(parsed(rss([Story(""), *many]))) == MOST_ENTRIES - 1


@hypothesis_settings(max_examples=times(60, 3_000))
@given(st.binary(max_size=400), st.sampled_from(["", "text/xml", "application/rss+xml", "x/y; q"]))
def test_no_bytes_break_the_reading(noise: bytes, content_type: str) -> None:
    for body in (noise, b"<rss version='2.0'><channel><item><title>" + noise):
        try:
            found = entries(body, content_type, HOME, NOW)
        except NotAFeed:
            continue
        assert all(entry.title for entry in found)
