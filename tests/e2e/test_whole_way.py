"""From /start to a closed position, with a language model, through Telegram's own wire."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from sandbox.chat import SeenMessage
from tests.e2e.person import Person, labels
from tests.e2e.runs import run
from tests.e2e.world import MODEL, World, bought_at, fee_of, sold_at, whole_lots
from trading.orders import Fill

pytestmark = pytest.mark.asyncio(loop_scope="package")
PRICE = 31_500.0
QUESTION = "Is BTC a long on the 1h right now?"
OPENING = Decimal(10_000)
EVIDENCE = ("RSI(14)", "EMA 20/50", "Forecast ↑", "SMA", "Buy and hold", "VaR 95 %")


async def test_question_confirmed_and_closed_with_exact_money(town: World) -> None:
    person = town.person()
    await town.price("BTC", PRICE)
    await _is_greeted(person)
    card = await _gets_a_card(town, person)
    bought = await _confirms(town, person, card)
    await _cannot_confirm_again(town, person, card)
    await _closes(town, person, bought)
    await _sees_why(person, card)


async def _is_greeted(person: Person) -> None:
    greeting = await person.says("/start")
    assert "10\u202f000.00 USDT" in greeting.text
    assert f"Analyst: {MODEL}" in greeting.text
    assert "live from binance" in greeting.text
    assert len(labels(greeting)) == 3
    assert QUESTION in labels(greeting)


async def _gets_a_card(town: World, person: Person) -> SeenMessage:
    """Ask; the first run dissents, the other two take their time."""
    town.plays(run("flat"), run("long", after=0.6), run("long", after=1.5))
    card = await person.asks(QUESTION)
    _showed_steps_and_votes(town, card.id)
    assert len(person.shown) == 2, "the card takes the place of the progress message"
    assert card.photo is not None
    assert card.photo.startswith(b"\x89PNG")
    assert labels(card) == ["Confirm", "Half", "Reject", "Why"]
    lines = card.text.splitlines()
    assert lines[0] == "BTC/USDT · 1h · binance"
    assert lines[1] == "LONG · 2 of 3 runs · 1 says FLAT"
    assert [name for name in EVIDENCE if name not in card.text] == []
    assert "Dissent: FLAT" in card.text
    assert "DEMO DATA" not in card.text
    assert "simulated money · not advice" in card.text
    order = lines[next(i for i, line in enumerate(lines) if line.startswith("Buy ")) :]
    assert all(len(line) <= 36 for line in order if not line.startswith("as of")), order

    entry = bought_at("BTC", PRICE)
    proposal = next(iter(town.book.state(str(person.id)).waiting.values()))
    largest = whole_lots("BTC", Decimal(200) / (entry * Decimal("1.005")))
    assert proposal.entry == entry
    assert proposal.quantity == whole_lots("BTC", largest / 2), "the size is a half"
    assert f" stop {_rounded(proposal.stop)}  target {_rounded(proposal.target)}" in lines
    assert not town.book.fills(str(person.id)), "nothing is filled before a person confirms"
    return card


async def _confirms(town: World, person: Person, card: SeenMessage) -> Fill:
    book, me = town.book, str(person.id)
    notice = await person.taps(card, "Confirm")
    report = await person.sees(lambda message: message.text.startswith("Filled: bought"))
    assert labels(person.now(card)) == ["Confirmed", "Why"]
    assert labels(report) == ["Close BTC/USDT"]
    (filled,) = book.fills(me)
    assert filled.price == bought_at("BTC", PRICE)
    assert filled.fee == fee_of(filled.quantity, filled.price)
    assert notice.text.startswith(f"Bought {filled.quantity.normalize():f} at")
    cash = OPENING - filled.quantity * filled.price - filled.fee
    equity = cash + filled.quantity * Decimal(str(PRICE))
    assert book.cash(me) == book.state(me).cash == cash
    assert [(one.cash, one.equity) for one in book.reports(me)] == [(cash, equity)]
    assert book.orders(me) == [("market", "filled"), ("stop", "open"), ("target", "open")]

    worth = await person.says("/portfolio")
    assert worth.photo is not None
    assert f"{_cents(equity)} USDT" in worth.text
    assert f"{_cents(cash)} USDT" in worth.text
    return filled


async def _cannot_confirm_again(town: World, person: Person, card: SeenMessage) -> None:
    settled = await person.taps(person.now(card), "Confirmed")
    confirm = card.button("Confirm").data
    assert confirm is not None
    repeated = await person.notice(person.sends_tap(card, confirm))
    for notice in (settled, repeated):
        assert notice.alert
        assert notice.text.startswith("Already confirmed at")
    assert len(town.book.fills(str(person.id))) == 1


async def _closes(town: World, person: Person, bought: Fill) -> None:
    book, me = town.book, str(person.id)
    held = await person.says("/positions")
    assert "BTC/USDT · LONG · analyst" in held.text
    assert labels(held) == ["Close BTC/USDT", "Close half"]
    closed = await person.taps(held, "Close BTC/USDT")
    assert closed.text.startswith("Closed")
    await person.sees(lambda message: message.text.startswith("Closed: sold"))
    quantity, left = bought.quantity, sold_at("BTC", PRICE)
    cash = OPENING + quantity * (left - bought.price) - bought.fee - fee_of(quantity, left)
    assert book.cash(me) == book.state(me).cash == cash
    assert (book.reports(me)[-1].cash, book.reports(me)[-1].equity) == (cash, cash)
    assert not book.state(me).positions
    assert book.orders(me) == [
        ("market", "filled"),
        ("stop", "cancelled"),
        ("target", "cancelled"),
        ("market", "filled"),
    ]
    refused = await person.taps(held, "Close BTC/USDT")
    assert refused.alert
    assert refused.text.startswith("This position was closed already at")
    assert len(book.fills(me)) == 2


async def _sees_why(person: Person, card: SeenMessage) -> None:
    await person.taps(card, "Why")
    pages = await person.sees(lambda message: message.text.startswith("Why"))
    assert QUESTION in pages.text
    assert sorted(re.findall(r"run \d +([A-Z]+)", pages.text)) == ["FLAT", "LONG", "LONG"]
    await person.taps(pages, "Run 1")
    turned = await person.sees(lambda one: one.id == pages.id and "Run 1 · run 1" in one.text)
    assert "indicators(symbol=BTC/USDT, timeframe=1h)" in turned.text


def _showed_steps_and_votes(town: World, message_id: int) -> None:
    edits = [
        str(call.params["text"])
        for call in town.telegram.calls.of("editMessageText")
        if str(call.params["message_id"]) == str(message_id)
    ]
    assert any("✓ indicators BTC/USDT" in text for text in edits), edits
    assert any("votes FLAT" in text for text in edits), edits


def _rounded(value: Decimal | None) -> str:
    assert value is not None
    return f"{value:,.0f}".replace(",", "\u202f")


def _cents(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", "\u202f")
