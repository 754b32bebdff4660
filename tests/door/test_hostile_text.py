"""Texts that no honest source would send still make a message that Telegram takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import TEXT_LIMIT, Block, Card, utf16_length
from bot.cards.verdict import evidence_lines
from desk.facts import Fact


def test_half_a_surrogate_pair_is_shown_as_a_replacement_sign() -> None:
    headline = json.loads('"up \\ud83d and away"')
    assert Card((Block("text", headline),)).html() == "up \ufffd and away"


@given(st.text(st.characters(), min_size=1, max_size=50))
def test_any_text_can_be_counted_and_sent(text: str) -> None:
    html = Card((Block("text", text),)).html()
    assert utf16_length(html) >= 0
    assert html.encode()


@pytest.mark.parametrize("limit", [10, 1024, TEXT_LIMIT])
def test_more_blocks_than_there_is_room_for_still_make_a_message(limit: int) -> None:
    blocks = tuple(Block("text", "…") for _ in range(limit))
    assert utf16_length(Card(blocks).html(limit)) <= limit


@pytest.mark.parametrize("length", [1, 28, 35, 400])
def test_a_value_wider_than_the_card_is_shown_whole(length: int) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    fact = Fact("f1", "Reading", "x" * length, "", "BTC/USDT", "1h", at, "indicators", "demo")
    assert "x" * length in evidence_lines([fact], at)
