"""Taps on buttons and the answers to them."""

from __future__ import annotations

import pytest
from telegram import Bot, CallbackQuery
from telegram.error import BadRequest

from sandbox.errors import Refused
from sandbox.server import SandboxServer
from tests.sandbox.bots import keyboard
from tests.sandbox.conftest import Clock

STRANGER = 4711


async def tapped(bot: Bot) -> CallbackQuery:
    (update,) = await bot.get_updates(timeout=0)
    assert update.callback_query
    return update.callback_query


async def test_answer_reaches_the_person(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Yes")
    query = await tapped(bot)
    assert query.message
    assert query.message.message_id == sent.message_id
    (before,) = server.chat.answers(server.user_id)
    assert not before.answered
    await query.answer("Done", show_alert=True)
    (answer,) = server.chat.answers(server.user_id)
    assert (answer.answered, answer.text, answer.alert) == (True, "Done", True)


async def test_two_quick_taps_are_two_queries(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    for _ in range(2):
        server.chat.person_taps(server.user_id, sent.message_id, "tap:Yes")
    updates = await bot.get_updates(timeout=0)
    assert len({update.callback_query.id for update in updates if update.callback_query}) == 2


async def test_first_answer_is_the_one_that_shows(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Yes")
    query = await tapped(bot)
    await query.answer("first")
    await query.answer("second")
    assert [answer.text for answer in server.chat.answers(server.user_id)] == ["first"]


async def test_late_or_invented_answer_is_refused(
    bot: Bot, server: SandboxServer, clock: Clock
) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Yes")
    query = await tapped(bot)
    with pytest.raises(BadRequest, match="Message_too_long"):
        await query.answer("x" * 201)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await bot.answer_callback_query("123")
    clock.ahead = 61
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired"):
        await query.answer("too late")


async def test_stranger_can_tap_what_was_not_meant_for_them(
    bot: Bot, server: SandboxServer
) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    server.chat.person_taps(STRANGER, sent.message_id, "anything they made up")
    query = await tapped(bot)
    assert query.from_user.id == STRANGER
    assert query.data == "anything they made up"
    assert query.message
    assert query.message.chat.id == server.user_id


async def test_tap_on_nothing_is_refused(bot: Bot, server: SandboxServer) -> None:
    own = server.chat.person_sends(server.user_id, "hello")
    for message_id, data in ((own, "x"), (999, "x")):
        with pytest.raises(Refused, match="gone"):
            server.chat.person_taps(server.user_id, message_id, data)
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    for data in ("", "x" * 65):
        with pytest.raises(Refused, match="1 to 64 bytes"):
            server.chat.person_taps(server.user_id, sent.message_id, data)


def test_person_can_not_send_nothing_or_too_much(server: SandboxServer) -> None:
    for text, words in (("  \n", "empty"), ("x" * 4097, "4096 is the most")):
        with pytest.raises(Refused, match=words):
            server.chat.person_sends(server.user_id, text)


async def test_waiting_for_what_never_happens_ends(server: SandboxServer) -> None:
    with pytest.raises(TimeoutError):
        await server.chat.until(lambda: False, seconds=0.01)
