"""`kill -9` at any moment: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.person import labels
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")
TAPPING = 6
BETWEEN = 0.02
FILLED = "Filled: bought"


async def test_kill_between_tap_and_report_makes_one_fill_and_one_report(town: World) -> None:
    person = town.person()
    me = str(person.id)
    card = await person.says("/buy XRP 150")
    faults = town.telegram.faults
    faults.fail("sendMessage", 500, times=3)
    faults.drop("sendMessage", times=100)
    try:
        notice = await person.taps(card, "Confirm")
        assert notice.text.startswith("Bought")
        await eventually(lambda: any(one.attempts for one in town.book.outbox(me)))
        (fill,) = town.book.fills(me)
        assert person.counted(FILLED) == 0
        await town.product.kill()
    finally:
        faults.clear()
    await town.product.start()
    report = await person.sees(lambda message: message.text.startswith(FILLED))
    await town.settled(me)
    assert town.book.fills(me) == [fill]
    assert person.counted(FILLED) == 1
    assert labels(report) == ["Close XRP/USDT"]
    await town.product.ready()
    again = await person.taps(card, "Confirm")
    assert again.text.startswith("Already confirmed at")


async def test_kill_at_any_moment_after_a_tap_never_fills_twice(town: World) -> None:
    """Several people tap one after the other, so the end meets each tap at another step."""
    people = [town.person() for _ in range(TAPPING)]
    cards = [await person.says("/buy XRP 150") for person in people]
    for person, card in zip(people, cards, strict=True):
        person.taps_once(card, "Confirm")
        await asyncio.sleep(BETWEEN)
    await town.product.kill()
    filled = [len(town.book.fills(str(person.id))) for person in people]
    assert set(filled) <= {0, 1}
    await town.product.start()
    for person, card, done in zip(people, cards, filled, strict=True):
        me = str(person.id)
        # A tap that was lost with the process can be repeated; one that was not fills once.
        again = await person.taps(card, "Confirm")
        assert again.text.startswith("Already confirmed at" if done else ("Already", "Bought"))
        await person.sees(lambda message: message.text.startswith(FILLED))
        await town.settled(me)
        assert len(town.book.fills(me)) == len(town.book.reports(me)) == 1
        # Telegram may have taken a report in the instant before the end, unknown to the desk.
        assert 1 <= person.counted(FILLED) <= 2
