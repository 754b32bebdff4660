"""The forecast in the chat: a short card, and all of its figures behind a button."""

from __future__ import annotations

import pytest

from tests.e2e.person import Check
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")


def _whole_after(number: int) -> Check:
    return lambda message: message.id > number and "Brier score" in message.text


async def test_more_figures_come_with_a_tap_however_often(town: World) -> None:
    person = town.person()
    card = await person.asks("/forecast BTC/USDT 1h 4")
    if "Forecast ↑" not in card.text:
        card = await person.sees(lambda one: one.id == card.id and "Forecast ↑" in one.text)
    assert "Brier score" not in card.text
    last = card.id
    for _ in range(2):
        await person.taps(card, "More figures")
        whole = await person.sees(_whole_after(last))
        assert "Model trained" in whole.text
        last = whole.id
