"""Taps on an order's buttons: one fill at most, and a reason for every refusal."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from sandbox.chat import SeenMessage
from tests.e2e.person import Person, labels
from tests.e2e.world import World, bought_at, whole_lots
from trading.orders import Proposal

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_ten_taps_at_once_fill_once(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "ETH", 2_000.0)
    queries = [person.taps_once(card, "Confirm") for _ in range(10)]
    notices = await asyncio.gather(*(person.notice(query) for query in queries))
    told = sorted(notice.text.split(" at ")[0] for notice in notices)
    assert told[:9] == ["Already confirmed"] * 9
    assert told[9].startswith("Bought")
    await person.sees(lambda message: message.text.startswith("Filled: bought"))
    await town.settled(str(person.id))
    assert len(town.book.fills(str(person.id))) == 1
    assert person.counted("Filled: bought") == 1


async def test_tap_of_another_person_never_fills(town: World) -> None:
    owner, other, stranger = town.person(), town.person(), town.stranger()
    await other.says("/start")
    card = await _offered(town, owner, "ETH", 2_000.0)
    people = [str(person.id) for person in (owner, other, stranger)]
    before = [town.book.log(account_id) for account_id in people]
    for button in ("Confirm", "Half", "Reject"):
        data = card.button(button).data
        assert data is not None
        mine = await other.notice(other.sends_tap(card, data))
        assert mine.alert
        assert mine.text == "This is not one of your proposals."
        foreign = await stranger.notice(stranger.sends_tap(card, data))
        assert foreign.alert
        assert foreign.text.startswith("This bot is private.")
    assert [town.book.log(account_id) for account_id in people] == before
    assert labels(owner.now(card)) == ["Confirm", "Half", "Reject"], "the owner may still tap"


async def test_price_beyond_the_band_brings_a_new_card(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "ADA", 1.2)
    await town.price("ADA", 1.2072)
    notice = await person.taps(card, "Confirm")
    assert notice.alert
    assert "nothing was filled" in notice.text.lower()
    assert labels(person.now(card)) == ["Replaced"]
    fresh = await person.sees(lambda message: message.id > card.id)
    assert "The price has left the band you were shown." in fresh.text
    assert not town.book.fills(str(person.id))
    assert (await person.taps(card, "Confirm")).text.startswith("A newer proposal replaced")

    notice = await person.taps(fresh, "Confirm")
    assert notice.text.startswith("Bought")
    (fill,) = town.book.fills(str(person.id))
    assert fill.price == bought_at("ADA", 1.2072)


async def test_price_within_the_band_fills_at_the_present_price(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "LINK", 15.0)
    await town.price("LINK", 15.06)
    assert (await person.taps(card, "Confirm")).text.startswith("Bought")
    (fill,) = town.book.fills(str(person.id))
    assert fill.price == bought_at("LINK", 15.06)


async def test_half_replaces_the_order_by_one_of_half_the_size(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "LTC", 120.0)
    whole = _waiting(town, person)
    notice = await person.taps(card, "Half")
    assert notice.text == "Halved: confirm on the new card."
    assert labels(person.now(card)) == ["Replaced"]
    fresh = await person.sees(lambda message: "Half the size" in message.text)
    half = _waiting(town, person)
    assert half.parent_id == whole.id
    assert half.quantity == whole_lots("LTC", whole.quantity / 2)
    await person.taps(fresh, "Confirm")
    (fill,) = town.book.fills(str(person.id))
    assert fill.quantity == half.quantity


async def test_rejected_order_never_fills(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "LTC", 120.0)
    notice = await person.taps(card, "Reject")
    assert notice.text == "Rejected. Nothing was ordered."
    assert labels(person.now(card)) == ["Rejected"]
    for button in ("Confirm", "Half", "Reject"):
        assert (await person.taps(card, button)).text.startswith("You rejected this proposal at")
    assert not town.book.fills(str(person.id))


async def test_tap_after_expiry_never_fills(wild_town: World) -> None:
    person = wild_town.person()
    card = await _offered(wild_town, person, "UNI", 17.0)
    gone = await person.sees(lambda one: one.id == card.id and "Expired" in labels(one)[0])
    assert len(labels(gone)) == 1
    for message, button in ((card, "Confirm"), (card, "Half"), (gone, labels(gone)[0])):
        notice = await person.taps(message, button)
        assert notice.alert
        assert notice.text.startswith("This proposal expired at")
        assert notice.text.endswith("Ask again for a fresh price.")
    assert not wild_town.book.fills(str(person.id))
    assert len(person.shown) == 1, "expiry changes the card and sends nothing"


async def test_made_up_button_does_nothing(town: World) -> None:
    person = town.person()
    card = await _offered(town, person, "LTC", 120.0)
    before = town.book.log(str(person.id))
    for data in ("confirm:", "confirm:nobody", "close:nobody", "half:x:y", "why:1", "ask:99", "?"):
        notice = await person.notice(person.sends_tap(card, data))
        assert notice.text, data
        assert "went wrong" not in notice.text, data
    assert town.book.log(str(person.id)) == before


async def _offered(town: World, person: Person, base: str, price: float) -> SeenMessage:
    await town.price(base, price)
    card = await person.says(f"/buy {base} 150")
    assert labels(card) == ["Confirm", "Half", "Reject"]
    return card


def _waiting(town: World, person: Person) -> Proposal:
    (proposal,) = town.book.state(str(person.id)).waiting.values()
    assert proposal.notional <= Decimal(200)
    return proposal
