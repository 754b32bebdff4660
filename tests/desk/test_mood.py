"""The word list's scores, what they add up to, and how they agree with a reader."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from desk.mood import ENOUGH, PLENTY, WordList, in_words, mood_of
from desk.mood_terms import PHRASES, TERMS
from tests.depth import times
from tests.fakes.news_files import need_headlines

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WORDS = WordList()


def ago(hours: float, score: float) -> tuple[datetime, float]:
    return NOW - timedelta(hours=hours), score


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Bitcoin rallies", "Bitcoin plunges"),
        ("SEC approves the fund", "SEC rejects the fund"),
        ("Short squeeze lifts Ether", "Long squeeze hits Ether"),
        ("Funds see inflows", "Funds see outflows"),
        ("Bitcoin at an all-time high", "Bitcoin at an all-time low"),
        ("Bitcoin rallies", "Bitcoin does not rally"),
        ("Exchange lists coin", "Exchange hacked, funds drained"),
        ("Rate cut ahead", "Rate hike ahead"),
    ],
)
def test_score_points_toward_the_price(better: str, worse: str) -> None:
    assert WORDS.of(better) > 0 > WORDS.of(worse)


@pytest.mark.parametrize(
    "title",
    [
        "Grayscale Bitcoin Trust shares and security tokens",
        "Super PAC meets the Supreme Court of the United States",
        "Price analysis: BTC, ETH, BNB",
        "",
    ],
)
def test_words_that_mean_nothing_here_are_neutral(title: str) -> None:
    assert in_words(WORDS.of(title)) == "neutral"


def test_capitals_and_shouting_change_nothing() -> None:
    assert WORDS.of("BITCOIN RALLIES!!!") == WORDS.of("Bitcoin rallies")
    assert WORDS.of("All time high") == WORDS.of("all-time   HIGH")


def test_weights_are_on_the_scale_of_the_list() -> None:
    assert all(-4 <= weight <= 4 for weight in (*TERMS.values(), *PHRASES.values()))
    assert all(name == name.lower() for name in (*TERMS, *PHRASES))
    assert not TERMS.keys() & PHRASES.keys()


@hypothesis_settings(max_examples=times(200, 5_000))
@given(st.text(max_size=300))
def test_any_text_gets_a_score_in_range(text: str) -> None:
    assert -1 <= WORDS.of(text) <= 1


def test_fewer_than_three_are_too_few_to_tell() -> None:
    mood = mood_of([ago(1, 1.0)] * (ENOUGH - 1), NOW)
    assert (mood.value, mood.count, mood.window) == (None, 2, timedelta(hours=24))
    assert mood_of([], NOW).count == 0


def test_newer_headlines_count_more() -> None:
    mood = mood_of([ago(0, 1.0), ago(6, 0.0), ago(12, 0.0)], NOW)
    assert mood.value == pytest.approx(1 / 1.75)
    mean = 1 / 1.75
    spread = math.sqrt(((1 - mean) ** 2 + 0.75 * mean**2) / 1.75)
    assert mood.spread == pytest.approx(spread)


def test_window_is_the_short_one_only_where_that_holds_plenty() -> None:
    many = [ago(1, 0.5)] * PLENTY
    assert mood_of([*many, ago(10, -1)], NOW).window == timedelta(hours=6)
    assert mood_of([*many, ago(10, -1)], NOW).value == pytest.approx(0.5)
    assert mood_of([*many[1:], ago(10, -1)], NOW).count == PLENTY


def test_what_is_too_old_or_yet_to_come_does_not_count() -> None:
    assert mood_of([ago(25, 1.0), ago(-1, 1.0)] * 5, NOW).count == 0


@hypothesis_settings(max_examples=times(100, 3_000))
@given(st.lists(st.tuples(st.floats(0, 24), st.floats(-1, 1)), max_size=40))
def test_mood_lies_between_its_headlines(given_scores: list[tuple[float, float]]) -> None:
    mood = mood_of([ago(hours, score) for hours, score in given_scores], NOW)
    if mood.value is not None:
        scores = [score for _, score in given_scores]
        assert min(scores) - 1e-9 <= mood.value <= max(scores) + 1e-9
        assert 0 <= mood.spread <= 1 + 1e-9


def test_agreement_with_a_readers_labels_is_what_the_docs_say() -> None:
    """Who changes the words measures anew (`make bench`) and writes it down."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    rows = need_headlines("cryptonews_2023-12-18_19")
    truth = [row["reviewer_label"] for row in rows]
    plain = SentimentIntensityAnalyzer()
    ours = [in_words(WORDS.of(row["title"])) for row in rows]
    theirs = [in_words(plain.polarity_scores(row["title"])["compound"]) for row in rows]
    right, peer = (
        sum(a == b for a, b in zip(found, truth, strict=True)) for found in (ours, theirs)
    )
    assert (right, peer, len(rows)) == (23, 18, 35)
    assert (truth.count("negative"), truth.count("neutral")) == (13, 11)


def test_correlation_with_a_machines_scores_is_what_the_docs_say() -> None:
    rows = need_headlines("alphavantage_2025")
    theirs = [float(row["source_score"]) for row in rows]
    found = float(np.corrcoef(theirs, [WORDS.of(row["title"]) for row in rows])[0, 1])
    assert found == pytest.approx(0.27, abs=0.005)
