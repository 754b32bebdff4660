"""What an RSS or Atom feed says, as plain text: parsed from bytes that nobody vouches for."""

from __future__ import annotations

import calendar
import html
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from market.news.text import UnreadEncoding, text_of

MOST_ENTRIES = 200
# An ordinary feed has a few thousand; the parser's time grows with the square of their depth.
MOST_TAGS = 50_000
# The parser's time grows with the square of the attributes of one tag.
LONGEST_TAG = 10_000
TITLE_LENGTH = 300
LINK_LENGTH = 1_000
# Clocks differ; a date further ahead is none.
AHEAD = timedelta(minutes=5)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_ENTITY = re.compile(r"<\s*!\s*E\s*N\s*T\s*I\s*T\s*Y", re.IGNORECASE)
# No value holds `<` in what the strict parser takes; `>` may stand in one.
_OPENING = re.compile(r"""<(?=[^\W\d]|:)(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+""")
_SPONSORED = re.compile(
    r"\b(sponsored|advertorial|advertisement|press[\s-]?releases?|paid[\s-]?(post|content)|"
    r"partner[\s-]?content|promoted|branded[\s-]?content)\b",
    re.IGNORECASE,
)


class NotAFeed(Exception):
    """The bytes hold no feed; the message says what they are."""


@dataclass(frozen=True)
class Entry:
    """One entry of a feed; see desk.news.NewsItem."""

    title: str
    link: str
    published_at: datetime | None
    sponsored: bool


def entries(body: bytes, content_type: str, address: str, now: datetime) -> tuple[Entry, ...]:
    """Parse a feed fetched from `address`; entries without a title are left out.

    Raises NotAFeed. Takes some milliseconds for an ordinary feed: not for the event loop.
    """
    try:
        text = text_of(body, content_type)
    except UnreadEncoding:
        raise NotAFeed("it is written in an encoding that is not read") from None
    _refuse_what_is_dear(text)
    # A file object: given bytes, feedparser would take some of them for an address or a path.
    parsed = feedparser.parse(
        io.BytesIO(text.encode()),
        # The charset that is given here counts more than what the feed says of itself.
        response_headers={
            "content-type": "application/xml; charset=utf-8",
            "content-location": address,
        },
    )
    if not parsed.get("version") and not parsed.entries:
        raise NotAFeed(_what_else(body, content_type))
    found = (_entry(entry, address, now) for entry in parsed.entries[:MOST_ENTRIES])
    return tuple(entry for entry in found if entry.title)


def _refuse_what_is_dear(text: str) -> None:
    if _ENTITY.search(text):
        raise NotAFeed("it defines entities of its own, which is not read for safety")
    if text.count("<") > MOST_TAGS:
        raise NotAFeed("it has more tags than any feed needs")
    if any(len(tag[0]) > LONGEST_TAG for tag in _OPENING.finditer(text)):
        raise NotAFeed("it has a longer tag than any feed needs")


def plain(text: object, limit: int = TITLE_LENGTH) -> str:
    """Return a text without markup, control characters and needless space, cut to `limit`."""
    if not isinstance(text, str):
        return ""
    bare = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text[: 20 * limit])))
    visible = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in bare
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn")
    )
    words = " ".join(visible.split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def _entry(entry: Mapping[str, Any], address: str, now: datetime) -> Entry:
    link = _link(entry.get("link"), address)
    tags = " ".join(str(tag.get("term") or "") for tag in entry.get("tags") or ())
    sponsored = bool(_SPONSORED.search(f"{tags} {urlsplit(link).path.replace('/', ' ')}"))
    return Entry(plain(entry.get("title")), link, _published(entry, now), sponsored)


def _link(link: object, address: str) -> str:
    """Return an absolute http(s) address, "" for anything else."""
    if not isinstance(link, str) or not link.strip():
        return ""
    try:
        whole = urljoin(address, link.strip())
        parts = urlsplit(whole)
        fine = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        return ""
    hidden = any(ord(letter) < 33 or letter in '<>"`\\' for letter in whole)
    return whole if fine and not hidden and len(whole) <= LINK_LENGTH else ""


def _published(entry: Mapping[str, Any], now: datetime) -> datetime | None:
    for name in ("published_parsed", "updated_parsed"):
        # Asked for one that is missing, feedparser itself gives another, with a warning.
        date = entry[name] if name in entry else None  # noqa: SIM401
        if date is None:
            continue
        try:
            moment = datetime.fromtimestamp(calendar.timegm(date), UTC)
        except (ValueError, OverflowError, OSError, TypeError):
            continue
        return moment if moment <= now + AHEAD else None
    return None


def _what_else(body: bytes, content_type: str) -> str:
    if not body.strip():
        return "it is empty"
    if "html" in content_type.lower() or re.search(rb"<html|<!doctype html", body[:2000], re.I):
        return "it is a web page, no feed"
    return "it is no RSS or Atom feed"
