"""Failures on order, for tests of the bot's patience."""

from __future__ import annotations

import time

import pytest
from telegram import Bot
from telegram.error import Forbidden, NetworkError, RetryAfter

from sandbox.server import SandboxServer


async def test_too_many_requests_says_when_to_retry(bot: Bot, server: SandboxServer) -> None:
    server.faults.fail("sendMessage", 429, retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(server.user_id, "hello")
        assert caught.value.message == "Flood control exceeded. Retry in 7 seconds"
    await bot.send_message(server.user_id, "hello")
    assert [call.status for call in server.calls.of("sendMessage")] == [429, 429, 200]
    assert len(server.chat.messages(server.user_id)) == 1


async def test_server_error_and_blocked_bot(bot: Bot, server: SandboxServer) -> None:
    server.faults.fail("sendMessage", 502)
    server.faults.fail("*", 403)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(server.user_id, "hello")
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(server.user_id, "hello")
    assert not server.chat.messages(server.user_id)


@pytest.mark.parametrize("applied", [False, True])
async def test_dropped_connection_may_hide_that_the_work_was_done(
    bot: Bot, server: SandboxServer, applied: bool
) -> None:
    server.faults.drop("sendMessage", applied=applied)
    with pytest.raises(NetworkError):
        await bot.send_message(server.user_id, "hello")
    assert len(server.chat.messages(server.user_id)) == int(applied)
    assert server.calls.of("sendMessage")[0].status == 0


async def test_slow_call_works_in_the_end(bot: Bot, server: SandboxServer) -> None:
    server.faults.slow("sendMessage", 0.05)
    began = time.monotonic()
    await bot.send_message(server.user_id, "hello")
    assert time.monotonic() - began >= 0.05


async def test_calls_are_recorded_with_their_parameters(bot: Bot, server: SandboxServer) -> None:
    server.calls.clear()
    server.faults.fail("sendMessage")
    server.faults.clear()
    await bot.send_message(server.user_id, "hello")
    (call,) = server.calls.all()
    assert (call.method, call.params["text"]) == ("sendMessage", "hello")
