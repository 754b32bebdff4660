"""Follow-ups over the whole way, and two people whose talk never meets."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.e2e.person import labels
from tests.e2e.runs import quick_run
from tests.e2e.world import World
from tests.fakes.openai_server import Request

pytestmark = pytest.mark.asyncio(loop_scope="package")
EARLIER = "Earlier in this chat"


def _said_by_people(request: Request) -> str:
    users = [m for m in request.messages if m["role"] == "user"]
    return json.dumps(users, ensure_ascii=False)


async def test_follow_up_is_answered_whole_and_cancel_forgets_it(wild_town: World) -> None:
    person = wild_town.person()
    wild_town.plays(*(quick_run("long", "ETH") for _ in range(6)))
    first = await person.asks("Is ETH a long on the 1h, aardvark?")
    assert labels(first)[0] == "Confirm"
    half = await person.asks("what if I use half?")
    assert "Understood as: Is ETH/USDT a long on the 1h, with " in half.text
    sizes = [_size(card.text) for card in (first, half)]
    assert sizes[1] == pytest.approx(sizes[0] / 2, rel=0.02)
    before = len(wild_town.model.chats)
    cancelled = await person.says("/cancel")
    assert "Forgotten: what you asked here before." in cancelled.text
    wild_town.plays(*(quick_run("long", "ETH") for _ in range(3)))
    after = await person.asks("and on the 4h?")
    assert "Understood as" not in after.text
    asked = [_said_by_people(request) for request in wild_town.model.chats[before:]]
    assert asked
    assert not any("aardvark" in text or EARLIER in text for text in asked)


async def test_two_people_at_once_never_read_each_others_words(wild_town: World) -> None:
    anne, ben = wild_town.person(), wild_town.person()
    wild_town.plays(*(quick_run("flat", "ETH") for _ in range(6)))
    await asyncio.gather(
        anne.asks("Is ETH a long on the 1h, zebra?"), ben.asks("Is ETH a short on the 4h, walrus?")
    )
    before = len(wild_town.model.chats)
    wild_town.plays(*(quick_run("flat", "ETH") for _ in range(6)))
    cards = await asyncio.gather(anne.asks("and on the 1d?"), ben.asks("and on the 1d?"))
    assert "zebra" in cards[0].text
    assert "walrus" in cards[1].text
    asked = [_said_by_people(request) for request in wild_town.model.chats[before:]]
    assert sum("zebra" in text for text in asked) >= 2
    assert sum("walrus" in text for text in asked) >= 2
    assert not any("zebra" in text and "walrus" in text for text in asked)


def _size(text: str) -> float:
    """Return the money of the order on a card, from `Buy 0.5 ETH ≈ 199.90 USDT`."""
    line = next(line for line in text.splitlines() if line.startswith("Buy "))
    return float(line.partition("≈")[2].replace("\u202f", "").split()[0])
