"""A ranking in the chat, over an exchange that speaks the real wire."""

from __future__ import annotations

import pytest

from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_ranking_is_sorted_by_its_buttons(town: World) -> None:
    person = town.person()
    card = await person.says("/rank LINK DOT NOSUCH AVAX 4h")
    assert card.text.startswith("Rank by score · 4h · binance")
    assert "NOSUCH/USDT" in card.text
    await person.taps(card, "Momentum")
    sorted_ = await person.sees(lambda one: one.id == card.id and "by=momentum" in one.text)
    assert "/rank LINK DOT NOSUCH AVAX 4h by=momentum" in sorted_.text.splitlines()
    lines = [line for line in sorted_.text.splitlines() if line[:3] in (" 1 ", " 2 ", " 3 ")]
    assert len(lines) == 3


async def test_usual_list_is_ranked(town: World) -> None:
    card = await town.person().says("/rank")
    assert card.text.startswith("Rank by score · 1h · binance")
    assert " 1 " in card.text
    assert "/rank 1h by=score" in card.text.splitlines()
