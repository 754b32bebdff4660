"""Taps carry no date: those that had been waiting when the bot came back are known as late."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from bot.access import Access
from bot.chat import Chat
from bot.dispatch import Dispatch
from bot.polling import BotApplication, build
from bot.services import Services
from bot.turn import Toast, Turn
from bot.waited import Waited
from sandbox.server import SandboxServer
from tests.door.test_dispatch import Nobody
from tests.fakes.paper_desk import CHAT


@dataclass
class Line:
    """A line to Telegram whose times a test sets, in seconds."""

    now: float = 1_000.0
    waited: Waited = field(init=False)

    def __post_init__(self) -> None:
        self.waited = Waited(lambda: self.now)

    def poll(self, *ids: int, takes: float = 0.1) -> None:
        self.waited.asks()
        self.now += takes
        self.waited.hears(
            json.dumps({"ok": True, "result": [{"update_id": n} for n in ids]}).encode()
        )


def test_what_the_first_poll_brings_at_once_had_been_waiting() -> None:
    line = Line()
    line.poll(1, 2)
    assert {1, 2} == {n for n in range(5) if n in line.waited}
    line.poll(3)
    assert 3 not in line.waited
    assert 1 in line.waited, "it may still wait for its handler"


def test_what_comes_during_a_poll_is_new() -> None:
    line = Line()
    line.poll(1, takes=7)
    assert 1 not in line.waited


def test_a_gap_in_the_network_or_a_sleep_makes_updates_late() -> None:
    line = Line()
    line.poll()
    line.now += 600
    line.poll(1)
    assert 1 in line.waited
    line.poll(2)
    line.poll(3, takes=600)
    assert 2 not in line.waited
    assert 3 in line.waited, "the machine slept while the poll was open"


def test_more_than_one_answer_full_of_updates_is_all_late() -> None:
    line = Line()
    line.poll(*range(100))
    line.poll(*range(100, 200))
    line.poll(200)
    line.poll(201)
    assert all(number in line.waited for number in range(201))
    assert 201 not in line.waited


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"result": [{}]}', b'{"result": null}'])
def test_an_answer_that_is_none_is_no_reason_to_fail(body: bytes) -> None:
    waited = Waited()
    waited.asks()
    waited.hears(body)
    assert 1 not in waited


@pytest.fixture
async def seen(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[BotApplication, list[bool]]]:
    """Handlers that note whether what reached them was late."""
    waited, lates = Waited(), list[bool]()
    application = build(server.token, server.api_base, waited=waited)
    await application.initialize()

    async def opened(*_: object) -> None:
        return None

    async def ready() -> Services:
        accounts = SimpleNamespace(open=opened)
        clock = lambda: datetime.now(UTC) + timedelta(seconds=30)  # noqa: E731
        market = SimpleNamespace(name="fake")
        services = SimpleNamespace(accounts=accounts, clock=clock, account_id=str, market=market)
        return cast(Services, services)

    async def note(turn: Turn) -> Toast:
        lates.append(turn.late)
        return Toast("")

    access = Access(frozenset({CHAT}), Nobody(), lambda: datetime.now(UTC), "code")
    made = Dispatch(access, ready(), waited)
    monkeypatch.setitem(made._taps, "close", note)
    made.register(application)
    yield application, lates
    await application.shutdown()


async def test_a_handler_is_told_that_a_tap_waited(
    seen: tuple[BotApplication, list[bool]], server: SandboxServer
) -> None:
    application, lates = seen
    card = await Chat(application.bot, CHAT).say("a card")
    offset = 0
    for _ in range(2):
        server.chat.person_taps(CHAT, card.message_id, "close:1")
        for update in await application.bot.get_updates(offset, timeout=0):
            offset = update.update_id + 1
            if update.callback_query:
                await application.process_update(update)
    assert lates == [True, False]
