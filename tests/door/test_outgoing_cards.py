"""Every kind of message that the desk can put into the outbox has its card."""

from __future__ import annotations

import inspect

import pytest

import desk.messages
from bot.cards.card import Block, Card, table
from bot.cards.outgoing import CARDS, REPEATED, outgoing_card, plain_text
from desk.messages import EXPIRED
from tests.door.outbox_desk import alarm
from trading.orders import Frozen

KINDS = sorted(
    str(found.model_fields["kind"].default)
    for _, found in inspect.getmembers(desk.messages, inspect.isclass)
    if found.__module__ == desk.messages.__name__
    and issubclass(found, Frozen)
    and "kind" in found.model_fields
)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != EXPIRED])
def test_every_kind_of_message_has_a_card(kind: str) -> None:
    assert kind in CARDS


def test_only_a_message_that_may_have_come_before_says_so() -> None:
    note = alarm("one", 7)
    card = outgoing_card(note.kind, note.payload, uncertain=False)
    marked = outgoing_card(note.kind, note.payload, uncertain=True)
    assert marked.blocks == (*card.blocks, Block("small", REPEATED))


def test_plain_text_parts_the_heading_from_the_rest_and_has_no_markup() -> None:
    card = Card((Block("title", "A < B & C"), table([("equity", "5")]), Block("small", "now")))
    assert plain_text(card) == ("A < B & C", "equity 5\nnow")
    assert plain_text(Card((Block("text", "one"), Block("text", "two")))) == ("", "one\ntwo")
