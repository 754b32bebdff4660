"""Real headlines with a reader's labels from ../shared/data/news, where it is there."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from desk.news import NewsItem
from tests.fakes.candle_files import DATA


def need_headlines(name: str) -> list[dict[str, str]]:
    """Return the rows of a file such as `cryptonews_2023-12-18_19`, or skip the test."""
    file = DATA / "news" / f"{name}.csv"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def item_of(row: dict[str, str]) -> NewsItem:
    at = datetime.fromtimestamp(int(row["timestamp"]) / 1000, UTC)
    return NewsItem(row["title"], "", row["source"], at, at)
