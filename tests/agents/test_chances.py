"""The forecast's chance of a rise is never told as one of a fall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agents.grounding.lists import _BETWEEN
from agents.grounding.slots import check
from desk.facts import Fact

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
CHANCE = Fact("f1", "Forecast ↑", 0.52, "fraction", "BTC/USDT", "1h", AT, "forecast", "demo")


def problems(sentence: str) -> tuple[str, ...]:
    return check(sentence, {"f1": CHANCE}, "BTC/USDT", "1h")


@pytest.mark.parametrize(
    "sentence",
    [
        "The odds of a drop are {f1}.",
        "There is a {f1} chance of a fall.",
        "The chance of a loss on a long is {f1}.",
        "下跌的概率为{f1}。",
        "下跌概率为{f1}，建议做空。",
    ],
)
def test_a_chance_of_a_fall_is_refused(sentence: str) -> None:
    assert problems(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The chance of a higher close is {f1}.",
        "The forecast gives a chance of {f1} for a higher close, not a fall.",
        "The chance of a rise is {f1}, so a drop is nearly as likely.",
        "上涨概率为{f1}。",
    ],
)
def test_a_chance_of_a_rise_is_not(sentence: str) -> None:
    assert problems(sentence) == ()


def test_a_list_s_marks_are_read_in_one_pass() -> None:
    # Tried in every way that they can be shared out, these would take minutes.
    assert _BETWEEN.fullmatch(", and " * 5_000 + "x") is None
    assert _BETWEEN.fullmatch(", and " * 5_000) is not None
