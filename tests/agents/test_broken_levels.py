"""A support under which the price has fallen is called broken."""

from __future__ import annotations

import pytest

from agents.questions.reading import read
from agents.rules.indicators_asked import indicators_told
from agents.rules.seen import Seen, SeenFact


def market(price: float) -> Seen:
    levels = {"Support": 100.0, "Resistance": 120.0}
    facts = [
        SeenFact("indicators", f"f{number}", label, str(value), value)
        for number, (label, value) in enumerate(levels.items(), start=1)
    ]
    return Seen((*facts, SeenFact("quote", "f9", "Last price", str(price), price)), ())


@pytest.mark.parametrize(
    ("question", "price", "told"),
    [
        ("where is support on BTC?", 95.0, "it has not held"),
        ("where is support on BTC?", 105.0, "Support of BTC/USDT"),
        ("did BTC break resistance?", 125.0, "it has been broken"),
        ("did BTC break resistance?", 110.0, "below Resistance"),
        ("BTC 支撑在哪", 95.0, "已跌破支撑位"),
        ("pivots for BTC", 95.0, "it has not held"),
    ],
)
def test_broken_level_is_called_broken(question: str, price: float, told: str) -> None:
    headline, _ = indicators_told(read(question), market(price))
    assert told in headline


def test_missing_level_is_named_in_the_language_of_the_question() -> None:
    headline, _ = indicators_told(read("BTC 支撑在哪"), Seen((), ()))
    assert "支撑位" in headline
    assert "Support" not in headline
