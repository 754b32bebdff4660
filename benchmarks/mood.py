"""How often the mood of a headline is what a reader says of it; real titles, if they are there."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from desk.mood import WordList, in_words

NEWS = Path(__file__).resolve().parents[2] / "shared" / "data" / "news"
LABELLED, SCORED = NEWS / "cryptonews_2023-12-18_19.csv", NEWS / "alphavantage_2025.csv"


def rows() -> list[Row]:
    """Return agreement in percent and a correlation; nothing where there are no headlines."""
    if not LABELLED.exists() or not SCORED.exists():
        return []
    return [_agreement(), _correlation()]


def _agreement() -> Row:
    titles, truth = _columns(LABELLED, "reviewer_label")
    ours = _right([in_words(WordList().of(title)) for title in titles], truth)
    theirs = _right([in_words(score) for score in _plain(titles)], truth)
    commonest = max(truth.count(label) for label in set(truth))
    against = (
        f"{len(truth)} titles: VADER alone {100 * theirs / len(truth):.0f} %, the commonest label"
        f" {100 * commonest / len(truth):.0f} %"
    )
    return Row("mood against a reader's labels", 100 * ours / len(truth), None, "%", "", against)


def _correlation() -> Row:
    titles, scores = _columns(SCORED, "source_score")
    theirs = np.array(scores, dtype=float)
    words = WordList()
    ours = np.corrcoef(theirs, [words.of(title) for title in titles])[0, 1]
    plain = np.corrcoef(theirs, _plain(titles))[0, 1]
    against = f"{len(titles)} titles: VADER alone {plain:+.2f}"
    return Row("mood against a machine's scores", float(ours), None, "r", "", against)


def _plain(titles: list[str]) -> list[float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [float(analyzer.polarity_scores(title)["compound"]) for title in titles]


def _right(found: list[str], truth: list[str]) -> int:
    return sum(a == b for a, b in zip(found, truth, strict=True))


def _columns(file: Path, name: str) -> tuple[list[str], list[str]]:
    with file.open(encoding="utf-8", newline="") as text:
        table = list(csv.DictReader(text))
    return [row["title"] for row in table], [row[name] for row in table]
