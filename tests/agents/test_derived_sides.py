"""Differences and ratios told the right way round, levels of certainty, and overlong drafts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from agents.grounding import slots
from agents.grounding.slots import LONGEST, MOST_SLOTS, check, render
from desk.facts import Fact

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)


def fact(id_: str, label: str, value: float, unit: str, tool: str = "derive") -> Fact:
    return Fact(id_, label, value, unit, "BTC/USDT", "", AT, tool, "demo")


FACTS = {
    one.id: one
    for one in (
        fact("f1", "Last price − EMA 50", 149.0, "USDT"),
        fact("f2", "Last price − EMA 50", -149.0, "USDT"),
        fact("f3", "RSI(14) 1h − RSI(14) 4h", 14.2, ""),
        fact("f4", "ETH/USDT Last price / BTC/USDT Last price", 0.07, ""),
        fact("f5", "VaR 95 %, 1 day", 0.031, "fraction", "risk_check"),
        fact("f6", "Win rate", 0.44, "fraction", "backtest"),
        fact("f7", "Support", 26_100.0, "USDT", "indicators"),
    )
}


def problems(sentence: str) -> tuple[str, ...]:
    return check(sentence, FACTS)


@pytest.mark.parametrize(
    "sentence",
    [
        "The price is {f1} cheaper than EMA 50.",
        "The price has a discount of {f1} to EMA 50.",
        "现价较EMA 50折价{f1}。",
        "现价比EMA 50低{f1}。",
        "The price is at a premium of {f2} to EMA 50.",
        "EMA 50 is {f1} above the price.",
        "RSI(14) is {f3} higher on the 4h than on the 1h.",
        "BTC costs {f4} times what ETH does.",
        "BTC价格是ETH的{f4}倍。",
        "{f6}的概率上涨。",
        "Win rate {f6}: that is the chance of a rise.",
        "A 95 % confidence call.",
        "The VaR is {f5}; I am 95 % certain of a rise.",
        "The price is {f7}.",
    ],
)
def test_what_is_told_the_wrong_way_is_refused(sentence: str) -> None:
    assert problems(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The price is {f2} cheaper than EMA 50.",
        "现价比EMA 50高{f1}。",
        "EMA 50 is {f2} above the price.",
        "RSI(14) is {f3} lower on the 4h than on the 1h.",
        "The 4h RSI(14) is lower than the 1h one by {f3}.",
        "ETH costs {f4} times what BTC does.",
        "With 95 % confidence the daily VaR is {f5}.",
        "95 %的日子里亏损不超过VaR {f5}。",
        "If price breaks {f7}, I sell.",
        "如果价格跌破{f7}，应当离场。",
        "Half of the runs disagree.",
    ],
)
def test_what_is_told_the_right_way_is_not(sentence: str) -> None:
    assert problems(sentence) == ()


def test_a_difference_below_zero_is_shown_without_its_minus_where_a_word_says_it() -> None:
    assert render("The price is {f2} cheaper than EMA 50.", FACTS).count("−") == 0
    assert render("现价比EMA 50低{f2}。", FACTS).count("−") == 0


@pytest.mark.parametrize("text", ["above " * LONGEST, "{f1} above {f2} " * MOST_SLOTS])
def test_an_overlong_draft_is_refused_before_any_of_its_words_is_judged(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(*_: object) -> None:
        raise AssertionError("its words were judged")

    monkeypatch.setattr(slots, "_problems", judged)
    (problem,) = check(text, FACTS)
    assert re.search(r"say it in less", problem)
