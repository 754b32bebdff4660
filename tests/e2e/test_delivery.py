"""Telegram that fails: what must be told is told, once when the failed try had no effect."""

from __future__ import annotations

import pytest

from tests.e2e.person import Person, labels
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_fill_reports_outlive_every_failure_of_telegram(town: World) -> None:
    people = [town.person() for _ in range(5)]
    cards = [await person.says("/buy AVAX 100") for person in people]
    faults = town.telegram.faults
    town.telegram.calls.clear()
    faults.fail("sendMessage", 500)
    faults.drop("sendMessage")
    faults.fail("sendMessage", 429, retry_after=1)
    faults.fail("sendMessage", 502)
    faults.fail("sendMessage", 503)
    try:
        for person, card in zip(people, cards, strict=True):
            assert (await person.taps(card, "Confirm")).text.startswith("Bought")
        for person in people:
            await _told_once(town, person)
    finally:
        faults.clear()
    failed = [call.status for call in town.telegram.calls.of("sendMessage") if call.status != 200]
    assert sorted(failed) == [0, 429, 500, 502, 503]


async def test_order_is_settled_although_its_card_and_notice_could_not_be_changed(
    town: World,
) -> None:
    person = town.person()
    card = await person.says("/buy AVAX 100")
    faults = town.telegram.faults
    faults.fail("editMessageReplyMarkup", 500)
    faults.fail("answerCallbackQuery", 400, description="Bad Request: query is too old")
    try:
        person.taps_once(card, "Confirm")
        await _told_once(town, person)
    finally:
        faults.clear()
    assert (await person.taps(card, "Confirm")).text.startswith("Already confirmed")
    assert labels(person.now(card)) == ["Confirmed"]


async def test_command_is_answered_after_a_flood_limit(town: World) -> None:
    person = town.person()
    town.telegram.faults.fail("sendMessage", 429, retry_after=1)
    answer = await person.says("/limits")
    assert answer.text.startswith("Limits")
    assert len(person.shown) == 1


async def test_person_who_blocked_the_bot_does_not_hold_up_the_others(town: World) -> None:
    gone, other = town.person(), town.person()
    card, second = await gone.says("/buy AVAX 100"), await other.says("/buy AVAX 100")
    town.telegram.faults.fail("sendMessage", 403)
    try:
        await gone.taps(card, "Confirm")
        await town.settled(str(gone.id))
    finally:
        town.telegram.faults.clear()
    await other.taps(second, "Confirm")
    await _told_once(town, other)
    assert [one.state for one in town.book.outbox(str(gone.id))] == ["dropped"]
    assert len(town.book.fills(str(gone.id))) == 1


async def _told_once(town: World, person: Person) -> None:
    me = str(person.id)
    report = await person.sees(lambda message: message.text.startswith("Filled: bought"))
    await town.settled(me)
    assert person.counted("Filled: bought") == 1
    assert len(town.book.fills(me)) == 1
    (posted,) = town.book.outbox(me)
    assert (posted.state, posted.message_id) == ("delivered", report.id)
