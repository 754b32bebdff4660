"""Updates: order, confirmation, redelivery, one reader."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from telegram import Bot
from telegram.error import BadRequest, Conflict

from sandbox.server import SandboxServer
from tests.sandbox.bots import bot_for, echo_application, keyboard, running
from tests.sandbox.conftest import Clock


def send_three(server: SandboxServer) -> None:
    for word in ("one", "two", "three"):
        server.chat.person_sends(server.user_id, word)


async def texts(bot: Bot, offset: int | None = None) -> list[str | None]:
    updates = await bot.get_updates(offset=offset, timeout=0)
    return [update.message.text for update in updates if update.message]


async def test_update_comes_again_until_a_later_offset_confirms_it(
    bot: Bot, server: SandboxServer
) -> None:
    send_three(server)
    first, second, third = await bot.get_updates(timeout=0)
    assert await texts(bot) == ["one", "two", "three"]
    assert await texts(bot, second.update_id) == ["two", "three"]
    assert await texts(bot) == ["two", "three"]
    assert await texts(bot, third.update_id + 1) == []
    assert (await bot.get_webhook_info()).pending_update_count == 0
    assert first.update_id < second.update_id < third.update_id


async def test_limit_and_negative_offset(bot: Bot, server: SandboxServer) -> None:
    send_three(server)
    assert len(await bot.get_updates(limit=2, timeout=0)) == 2
    assert await texts(bot, -1) == ["three"]
    assert await texts(bot) == ["three"]


async def test_waiting_poll_returns_as_soon_as_something_comes(
    bot: Bot, server: SandboxServer
) -> None:
    polled = asyncio.create_task(bot.get_updates(timeout=30))
    await server.chat.until(lambda: server.chat.presence.bot_listens)
    server.chat.person_sends(server.user_id, "/ask what?")
    (update,) = await asyncio.wait_for(polled, 5)
    assert update.message
    assert update.message.from_user
    assert update.message.from_user.id == server.user_id == update.message.chat_id
    assert [entity.type for entity in update.message.entities] == ["bot_command"]


async def test_second_poll_ends_the_first_with_a_conflict(bot: Bot, server: SandboxServer) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await server.chat.until(lambda: server.chat.presence.bot_listens)
    async with bot_for(server) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await asyncio.wait_for(first, 5)
        server.chat.person_sends(server.user_id, "hello")
        assert len(await asyncio.wait_for(second, 5)) == 1


async def test_only_wanted_kinds_are_queued(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "hello", reply_markup=keyboard("Go"))
    await bot.get_updates(timeout=0, allowed_updates=["message"])
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Go")
    assert await bot.get_updates(timeout=0) == ()
    await bot.get_updates(timeout=0, allowed_updates=["callback_query"])
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Go")
    server.chat.person_sends(server.user_id, "hello")
    (update,) = await bot.get_updates(timeout=0)
    assert update.callback_query


async def test_waiting_updates_can_be_dropped_and_webhooks_are_refused(
    bot: Bot, server: SandboxServer
) -> None:
    send_three(server)
    await bot.delete_webhook(drop_pending_updates=True)
    assert await texts(bot) == []
    with pytest.raises(BadRequest, match=r"(?i)getUpdates only"):
        await bot.set_webhook("https://example.com/hook")


async def test_ids_are_new_after_everything_was_confirmed_and_deleted(
    tmp_path: Path, clock: Clock
) -> None:
    seen: list[tuple[int, int]] = []
    for _ in range(3):
        server = SandboxServer(tmp_path / "chat.db", 0, clock=clock)
        await server.start()
        async with bot_for(server) as bot:
            message_id = server.chat.person_sends(server.user_id, "hello")
            (update,) = await bot.get_updates(timeout=0)
            seen.append((message_id, update.update_id))
            await bot.get_updates(offset=update.update_id + 1, timeout=0)
            await bot.delete_message(server.user_id, message_id)
        await server.stop()
    assert len({message_id for message_id, _ in seen}) == 3
    assert len({update_id for _, update_id in seen}) == 3


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from sandbox.server import SandboxServer

async def main():
    server = SandboxServer(Path(sys.argv[1]), 0)
    await server.start()
    server.chat.person_sends(server.user_id, "before the crash")
    print(server.token, server.page_url.split("#")[1], server.user_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_killed_process_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    server = SandboxServer(path, 0)
    await server.start()
    try:
        key = server.page_url.split("#")[1]
        assert killed.stdout.split() == [server.token, key, str(server.user_id)]
        assert [m.text for m in server.chat.messages(server.user_id)] == ["before the crash"]
        async with bot_for(server) as bot:
            assert await texts(bot) == ["before the crash"]
    finally:
        await server.stop()


async def test_bot_that_comes_back_gets_what_it_missed_and_old_buttons_work(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chat.db"
    server = SandboxServer(path, 0)
    await server.start()
    async with running(echo_application(server)):
        server.chat.person_sends(server.user_id, "hello")
        await server.chat.until(lambda: len(server.chat.messages(server.user_id)) == 2)
    message = server.chat.messages(server.user_id)[-1]
    server.chat.person_taps(server.user_id, message.id, message.button("Yes").data or "")
    await server.stop()

    server = SandboxServer(path, 0)
    await server.start()
    async with running(echo_application(server)):
        await server.chat.until(
            lambda: server.chat.messages(server.user_id)[-1].text == "Chosen: Yes"
        )
        (answer,) = server.chat.answers(server.user_id)
        assert answer.text == "You chose Yes"
    await server.stop()


async def test_update_body_is_telegrams(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "hello", reply_markup=keyboard("Go"))
    server.chat.person_taps(server.user_id, sent.message_id, "tap:Go")
    (update,) = await bot.get_updates(timeout=0)
    body = json.loads(update.to_json())
    assert body["callback_query"]["message"]["reply_markup"] == keyboard("Go").to_dict()
    assert body["callback_query"]["data"] == "tap:Go"
