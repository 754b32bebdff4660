from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from agents.answer import Answer

SOUND: dict[str, Any] = {
    "stance": "long",
    "symbol": "BTC/USDT",
    "timeframe": "1h",
    "headline": "Up.",
    "reasons": ["Because."],
}


def made(**changes: Any) -> Answer:
    return Answer.model_validate({**SOUND, **changes})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0.03, "0.03"),
        ("0.03", "0.03"),
        ("3%", "0.03"),
        ("3 %", "0.03"),
        (None, None),
        ("", None),
        ("null", None),
    ],
)
def test_stop_when_written_as_people_do_is_read(written: object, read: str | None) -> None:
    order = made(order={"stop": written}).order
    assert order is not None
    assert order.stop == (None if read is None else Decimal(read))
    assert order.size == 1


@pytest.mark.parametrize(
    "order",
    [
        {"stop": "wide"},
        {"stop": 3},
        {"stop": 0},
        {"stop": -0.03},
        {"stop": "nan"},
        {"target": 0},
        {"target": "1e9"},
        {"size": 0},
        {"size": 1.5},
        {"size": "150%"},
        {"size": "Infinity"},
        7,
    ],
)
def test_order_when_outside_of_what_makes_sense_is_refused(order: object) -> None:
    with pytest.raises(ValidationError):
        made(order=order)


@pytest.mark.parametrize(
    "changes",
    [
        {"stance": "hold"},
        {"stance": None},
        {"symbol": ""},
        {"symbol": "no symbol at all"},
        {"timeframe": ""},
        {"timeframe": "7h"},
        {"headline": " "},
        {"headline": "x" * 201},
        {"reasons": []},
        {"reasons": ["x"] * 7},
        {"reasons": [""]},
        {"horizon": "soon"},
        {"horizon": 0},
    ],
)
def test_answer_when_its_content_is_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**changes)


def test_answer_when_written_loosely_is_understood() -> None:
    answer = made(
        stance=" LONG ",
        symbol="btc",
        timeframe="1H",
        horizon="4 candles",
        headline=" Up\n and  away. ",
        reasons='["One.", "Two."]',
        order='{"size": "50%"}',
    )
    assert (answer.stance, answer.symbol, answer.timeframe) == ("long", "BTC/USDT", "1h")
    assert (answer.horizon, answer.headline, answer.reasons) == (
        4,
        "Up and away.",
        ["One.", "Two."],
    )
    assert answer.order is not None
    assert answer.order.size == Decimal("0.5")


def test_answer_when_nothing_is_decided_needs_no_market() -> None:
    answer = made(stance="none", symbol=None, timeframe="", order="none", reasons="Just one.")
    assert (answer.symbol, answer.timeframe, answer.order) == ("", "", None)
    assert answer.reasons == ["Just one."]


def test_answer_when_stored_and_read_back_is_the_same() -> None:
    answer = made(order={"stop": "0.031", "target": 0.05, "size": 0.25}, horizon=4)
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
