"""Promises that hold by the shape of the code, whoever edits it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "agents", "tools", "desk", "trading", "market", "storage", "sandbox")


def calls_of(name: str) -> Iterator[str]:
    """Files of the product that call something of this name, below the project's root."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    called = node.func
                    found = called.attr if isinstance(called, ast.Attribute) else None
                    found = called.id if isinstance(called, ast.Name) else found
                    if found == name:
                        yield str(file.relative_to(ROOT))


def test_only_confirm_causes_a_fill() -> None:
    assert set(calls_of("Booking")) == {"desk/confirm.py"}
    assert set(calls_of("OrderFilled")) == {"desk/booking.py"}
    assert set(calls_of("Fill")) == {"desk/booking.py"}


def test_only_the_one_place_that_escapes_writes_html() -> None:
    assert "bot/cards/card.py" in set(calls_of("escape"))
    senders = {
        "send_message",
        "send_photo",
        "send_document",
        "send_media_group",
        "edit_message_media",
    }
    assert {file for name in senders for file in calls_of(name)} == {"bot/chat.py"}
