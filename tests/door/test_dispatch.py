"""Who is heard, what is told when the desk can't answer, and how it all ends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import cast

import pytest
from telegram import Bot, Update

from bot.access import Access
from bot.asking import Asking
from bot.chat import Chat
from bot.dispatch import ALERT_LIMIT, ALONE, Dispatch, shortened
from bot.polling import BotApplication, build
from bot.services import Services
from bot.turn import STARTING, STOPPING, Toast, Turn
from desk.errors import StorageError
from sandbox.server import SandboxServer
from tests.fakes.paper_desk import CHAT

GROUP = -100
CODE = "the-code"
LONG = "; ".join(f"the order breaks limit number {n}" for n in range(12))
_numbers = itertools.count(1)


class Nobody:
    """Implements desk.ports.People: nobody has claimed the bot yet."""

    def __init__(self) -> None:
        self.owned_by: int | None = None
        self.broken = False

    async def owner(self) -> int | None:
        if self.broken:
            raise StorageError("/secret/place.db is damaged")
        return self.owned_by

    async def claim(self, user_id: int, at: datetime) -> bool:
        self.owned_by = user_id
        return True


@pytest.fixture
def people() -> Nobody:
    return Nobody()


@pytest.fixture
async def application(server: SandboxServer) -> AsyncIterator[BotApplication]:
    application = build(server.token, server.api_base)
    await application.initialize()
    yield application
    await application.shutdown()


def dispatch(
    application: BotApplication, people: Nobody, ready: Awaitable[Services], *allowed: int
) -> Dispatch:
    access = Access(frozenset(allowed), people, lambda: datetime.now(UTC), CODE)
    made = Dispatch(access, ready)
    made.register(application)
    return made


def never() -> asyncio.Future[Services]:
    return asyncio.get_running_loop().create_future()


def message(bot: Bot, text: str, chat_id: int = CHAT, kind: str = "private") -> Update:
    command = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    body = {
        "update_id": next(_numbers),
        "message": {
            "message_id": next(_numbers),
            "date": 1_700_000_000,
            "chat": {"id": chat_id, "type": kind, "title": "Friends"},
            "from": {"id": CHAT, "is_bot": False, "first_name": "Anne"},
            "text": text,
            "entities": command if text.startswith("/") else [],
        },
    }
    update = Update.de_json(body, bot)
    assert update is not None
    return update


def told(server: SandboxServer) -> list[str]:
    return [message.text for message in server.chat.messages(CHAT) if message.from_bot]


async def test_a_message_that_waits_for_the_desk_when_the_bot_stops_is_answered(
    application: BotApplication, people: Nobody, server: SandboxServer
) -> None:
    ready = never()
    dispatch(application, people, ready, CHAT)
    waiting = asyncio.create_task(application.process_update(message(application.bot, "/status")))
    await asyncio.sleep(0.05)
    ready.cancel()
    await waiting
    assert told(server) == [STARTING, STOPPING]


async def test_the_code_is_of_no_use_in_a_group(
    application: BotApplication, people: Nobody, server: SandboxServer
) -> None:
    dispatch(application, people, never())
    await application.process_update(
        message(application.bot, f"/start {CODE}", GROUP, "supergroup")
    )
    assert people.owned_by is None
    assert server.calls.of("sendMessage") == []
    await application.process_update(message(application.bot, f"/start {CODE}"))
    assert people.owned_by == CHAT


async def test_in_a_group_an_account_is_neither_opened_nor_shown(
    application: BotApplication, people: Nobody, server: SandboxServer
) -> None:
    dispatch(application, people, never(), CHAT)
    await application.process_update(message(application.bot, "/portfolio", GROUP, "supergroup"))
    (call,) = server.calls.of("sendMessage")
    assert (call.params["chat_id"], call.params["text"]) == (str(GROUP), ALONE)


async def test_a_log_that_cannot_be_read_is_told_without_its_place(
    application: BotApplication, people: Nobody, server: SandboxServer
) -> None:
    people.broken = True
    dispatch(application, people, never())
    await application.process_update(message(application.bot, "/start"))
    (text,) = told(server)
    assert "can't be used" in text
    assert "secret" not in text


async def test_a_notice_that_is_too_long_ends_at_a_word_and_is_written_out(
    application: BotApplication,
    people: Nobody,
    bot: Bot,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = dispatch(application, people, never(), CHAT)
    shown = await Chat(bot, CHAT).say("a card")

    async def refusal(*_: object, **__: object) -> Toast:
        return Toast(LONG, alert=True)

    monkeypatch.setattr(made, "_toast", refusal)
    server.chat.person_taps(CHAT, shown.message_id, "confirm:1")
    updates = await application.bot.get_updates(timeout=0)
    await application.process_update(updates[-1])
    (tap,) = server.chat.answers(CHAT)
    assert len(tap.text) <= ALERT_LIMIT
    assert tap.text.endswith("…")
    assert LONG.startswith(tap.text[:-1])
    assert LONG[len(tap.text) - 1] in " ;,"
    assert told(server) == ["a card", LONG]


@pytest.mark.parametrize("text", ["", "short", "x" * 200, "x" * 300, "word " * 80])
def test_shortened_texts_fit(text: str) -> None:
    assert len(shortened(text, ALERT_LIMIT)) <= ALERT_LIMIT


class Answering:
    """Stands in for the panel: its question ends as it is told to; progress is kept nowhere."""

    def __init__(self, end: Callable[[], Awaitable[object]]) -> None:
        self._end = end
        self.panel = self.cards = self.threads = self
        self.spending = None

    async def of(self, *_: object) -> None:
        return None

    async def begun(self, chat_id: int, message_id: int) -> None:
        return None

    async def finished(self, chat_id: int, message_id: int) -> None:
        return None

    def context(self, *_: object) -> None:
        return None

    async def ask(self, *_: object, **__: object) -> None:
        await self._end()


def turn(asking: Asking, bot: Bot, end: Callable[[], Awaitable[object]]) -> Turn:
    services = cast(Services, Answering(end))
    return Turn(services, asking, Chat(bot, CHAT), CHAT, "7")


async def test_a_question_begun_by_a_tap_is_stopped_and_told_before_the_end(
    bot: Bot, server: SandboxServer
) -> None:
    asking = Asking()
    server.faults.slow("editMessageText", 0.1)
    asking.begin(turn(asking, bot, asyncio.Event().wait), "Is BTC a long?")
    await server.chat.until(lambda: told(server) == ["Looking at the market…"])
    asking.stop()
    await asking.stopped()
    assert told(server) == ["Stopped. Nothing was ordered."]
    await asking.ask(turn(asking, bot, asyncio.Event().wait), "Another?")
    assert told(server)[1:] == [STOPPING]


async def test_a_question_that_fails_is_told_once_with_a_reference_that_the_log_has(
    bot: Bot, server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    asking = Asking()

    async def broken() -> None:
        raise ZeroDivisionError

    await asking.ask(turn(asking, bot, broken), "Is BTC a long?")
    (text,) = told(server)
    reference = text.partition("reference ")[2].partition(")")[0]
    assert f"reference {reference}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_a_question_begun_by_a_tap_that_cannot_be_shown_is_in_the_log(
    bot: Bot, server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    asking = Asking()
    server.faults.fail("sendMessage", 403)
    asking.begin(turn(asking, bot, asyncio.Event().wait), "Is BTC a long?")
    await asking.stopped()
    assert "could not be answered" in caplog.text
