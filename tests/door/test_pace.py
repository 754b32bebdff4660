"""Telegram's limits: one chat's flood wait is that chat's alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.pace import MOST_CHATS, Pace, Rates, floods_returned
from tests.fakes.telegram_server import bot_at, flood, telegram_server

ANNE, BEN = 7, 8
SHORT = timedelta(milliseconds=60)


class Server:
    """Answers calls; a flooded chat is refused until its time is over."""

    def __init__(self) -> None:
        self.flooded: dict[object, int] = {}
        self.calls: list[object] = []

    async def __call__(self, endpoint: str, data: dict[str, Any]) -> bool:
        chat = data.get("chat_id")
        self.calls.append(chat)
        if self.flooded.get(chat, 0) > 0:
            self.flooded[chat] -= 1
            raise RetryAfter(SHORT)
        return True


Call = Callable[..., Coroutine[Any, Any, object]]


def caller(pace: Pace, server: Server) -> Call:
    def call(chat: int | None, endpoint: str = "sendMessage") -> Coroutine[Any, Any, object]:
        data = {} if chat is None else {"chat_id": chat}
        return pace.process_request(server, (endpoint, data), {}, endpoint, data, None)

    return call


async def test_one_chat_in_a_flood_wait_holds_no_other() -> None:
    server = Server()
    server.flooded = {ANNE: 1}
    call = caller(Pace(), server)
    flooded = asyncio.create_task(call(ANNE))
    await asyncio.sleep(0.01)
    began = time.monotonic()
    await asyncio.gather(*(call(BEN) for _ in range(10)), call(None, "answerCallbackQuery"))
    assert time.monotonic() - began < 0.04
    assert not flooded.done()
    assert await flooded is True
    assert server.calls.count(ANNE) == 2


async def test_calls_for_a_flooded_chat_wait_without_asking_again() -> None:
    server = Server()
    server.flooded = {ANNE: 1}
    call = caller(Pace(), server)
    began = time.monotonic()
    await asyncio.gather(*(call(ANNE) for _ in range(5)))
    assert time.monotonic() - began >= 0.06
    assert len(server.calls) <= 10


async def test_a_call_gives_up_after_its_tries() -> None:
    server = Server()
    server.flooded = {ANNE: 9}
    with pytest.raises(RetryAfter):
        await caller(Pace(Rates(tries=2)), server)(ANNE)
    assert len(server.calls) == 2


async def test_a_long_flood_wait_is_told_at_once() -> None:
    server = Server()
    server.flooded = {ANNE: 9}
    call = caller(Pace(Rates(patience=0.01)), server)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await call(ANNE)
    assert server.calls == [ANNE]


async def test_floods_are_returned_to_a_caller_that_asks_for_it_and_to_no_other() -> None:
    server = Server()
    server.flooded = {ANNE: 1}
    call = caller(Pace(), server)
    with floods_returned(), pytest.raises(RetryAfter):
        await call(ANNE)
    with floods_returned(), pytest.raises(RetryAfter):
        await call(ANNE)
    assert server.calls == [ANNE]
    assert await call(ANNE) is True


async def test_the_typing_sign_waits_for_nothing() -> None:
    server = Server()
    server.flooded = {ANNE: 1}
    call = caller(Pace(), server)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await call(ANNE, "sendChatAction")
    assert server.calls == [ANNE]


async def test_a_flooded_call_without_a_chat_waits_for_itself_alone() -> None:
    server = Server()
    server.flooded = {None: 1}
    call = caller(Pace(), server)
    waiting = asyncio.create_task(call(None, "setMyCommands"))
    await asyncio.sleep(0.01)
    assert await call(None, "answerCallbackQuery") is True
    assert await waiting is True


async def test_a_chat_gets_a_burst_and_then_its_rate() -> None:
    call = caller(Pace(Rates(overall=1_000, burst=5, chat=50)), Server())
    began = time.monotonic()
    await asyncio.gather(*(call(ANNE) for _ in range(10)))
    took = time.monotonic() - began
    assert 0.08 <= took < 0.5
    began = time.monotonic()
    await asyncio.gather(*(call(BEN) for _ in range(5)))
    assert time.monotonic() - began < 0.05


async def test_all_chats_together_keep_the_overall_rate() -> None:
    call = caller(Pace(Rates(overall=20)), Server())
    began = time.monotonic()
    await asyncio.gather(*(call(chat) for chat in range(24)))
    assert 0.15 <= time.monotonic() - began < 1


async def test_many_chats_do_not_pile_up() -> None:
    pace = Pace(Rates(overall=1e6, burst=1, chat=1e5))
    call = caller(pace, Server())
    for chat in range(3 * MOST_CHATS):
        await call(chat)
    assert len(pace._chats) <= MOST_CHATS


async def test_over_the_wire_a_flooded_send_arrives_once() -> None:
    async with telegram_server() as server, bot_at(server.port, limiter=Pace()) as bot:
        server.meets(ANNE, flood(1))
        flooded = asyncio.create_task(bot.send_message(ANNE, "one"))
        await asyncio.sleep(0.05)
        await bot.send_message(BEN, "two")
        assert server.arrived == [(BEN, "two")]
        await flooded
        assert server.arrived == [(BEN, "two"), (ANNE, "one")]
