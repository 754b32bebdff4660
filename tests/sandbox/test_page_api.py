"""What the page is told, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import Bot, BotCommandScopeAllPrivateChats

from sandbox.server import SandboxServer
from tests.sandbox.bots import keyboard, no_certificates
from tests.sandbox.pictures import png

Answer = dict[str, Any]


class Page:
    """A page that remembers how far it has read."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.version = 0
        self.pulse = 0

    async def changes(self, wait: int = 0) -> Answer:
        query = {"since": self.version, "pulse": self.pulse, "wait": wait}
        answer: Answer = (await self.client.get("/chat/changes", params=query)).json()
        self.version, self.pulse = answer["version"], answer["pulse"]
        return answer


@pytest.fixture
async def page(server: SandboxServer) -> AsyncIterator[Page]:
    base, key = server.page_url.split("/#")
    async with httpx.AsyncClient(
        base_url=base, headers={"X-Chat-Key": key}, verify=no_certificates()
    ) as client:
        yield Page(client)


async def test_fresh_page_gets_the_chat_and_then_only_what_changes(
    page: Page, bot: Bot, server: SandboxServer
) -> None:
    first = await bot.send_message(server.user_id, "one")
    second = await bot.send_message(server.user_id, "two")
    answer = await page.changes()
    assert answer["fresh"]
    assert [message["text"] for message in answer["messages"]] == ["one", "two"]
    await bot.edit_message_text("one and a half", server.user_id, first.message_id)
    await bot.delete_message(server.user_id, second.message_id)
    answer = await page.changes()
    assert not answer["fresh"]
    edited, deleted = answer["messages"]
    assert (edited["text"], edited["edited"]) == ("one and a half", True)
    assert deleted == {"id": second.message_id, "deleted": True}
    assert (await page.changes())["messages"] == []


async def test_waiting_page_hears_of_a_message_at_once(
    page: Page, bot: Bot, server: SandboxServer
) -> None:
    await page.changes()
    asked = asyncio.create_task(page.changes(wait=20))
    await asyncio.sleep(0)
    await bot.send_photo(
        server.user_id, png(300, 100), caption="chart", reply_markup=keyboard("Go")
    )
    (message,) = (await asyncio.wait_for(asked, 5))["messages"]
    assert (message["kind"], message["text"]) == ("photo", "chart")
    assert (message["file"]["width"], message["file"]["height"]) == (300, 100)
    assert message["buttons"][0][0]["data"] == "tap:Go"
    file = await page.client.get(f"/chat/file/{message['file']['id']}")
    assert file.content == png(300, 100)
    assert file.headers["Content-Type"] == "image/png"


async def test_page_sends_taps_and_hears_the_answer(
    page: Page, bot: Bot, server: SandboxServer
) -> None:
    sent = await bot.send_message(server.user_id, "Sure?", reply_markup=keyboard("Yes"))
    await page.changes()
    wrote = await page.client.post("/chat/send", json={"text": " /ask this "})
    assert server.chat.messages(server.user_id)[-1].id == wrote.json()["message_id"]
    tap = {"message_id": sent.message_id, "data": "tap:Yes"}
    ids = [(await page.client.post("/chat/tap", json=tap)).json()["query_id"] for _ in range(2)]
    assert len(set(ids)) == 2
    updates = await bot.get_updates(timeout=0)
    assert updates[0].message
    assert updates[0].message.text == "/ask this"
    assert updates[1].callback_query
    await updates[1].callback_query.answer("Done")
    taps = (await page.changes())["taps"]
    assert [(tap["id"], tap["answered"], tap["text"]) for tap in taps] == [
        (ids[0], True, "Done"),
        (ids[1], False, ""),
    ]


async def test_page_sees_typing_and_whether_the_bot_listens(
    page: Page, bot: Bot, server: SandboxServer
) -> None:
    assert not (await page.changes())["listening"]
    await bot.get_updates(timeout=0)
    await bot.send_chat_action(server.user_id, "typing")
    answer = await page.changes(wait=20)
    assert answer["listening"]
    assert 4000 < answer["typing"] <= 5000
    await bot.send_message(server.user_id, "here")
    assert (await page.changes(wait=20))["typing"] == 0


async def test_page_shows_the_narrowest_menu_and_the_description(
    page: Page, bot: Bot, server: SandboxServer
) -> None:
    await bot.set_my_commands([("start", "Begin")])
    await bot.set_my_commands([("mine", "Only here")], scope=BotCommandScopeAllPrivateChats())
    await bot.set_my_description("What I do")
    answer = await page.changes()
    assert answer["commands"] == [{"command": "mine", "description": "Only here"}]
    assert answer["bot"] == {"name": "Conclave", "description": "What I do"}


async def test_older_messages_come_in_portions(page: Page, server: SandboxServer) -> None:
    for number in range(150):
        server.chat.person_sends(server.user_id, str(number))
    answer = await page.changes()
    assert answer["more"]
    shown = answer["messages"]
    while answer["more"]:
        query = {"before": shown[0]["id"]}
        answer = (await page.client.get("/chat/history", params=query)).json()
        shown = answer["messages"] + shown
    assert [message["text"] for message in shown] == [str(number) for number in range(150)]


async def test_page_from_another_life_of_the_file_starts_anew(
    page: Page, server: SandboxServer
) -> None:
    server.chat.person_sends(server.user_id, "hello")
    page.version = 10**9
    answer = await page.changes(wait=20)
    assert answer["fresh"]
    assert [message["text"] for message in answer["messages"]] == ["hello"]


@pytest.mark.parametrize("query", ["since=-1", "since=x", "since=٣", "since=" + "9" * 30])
async def test_nonsense_numbers_are_refused(page: Page, query: str) -> None:
    assert (await page.client.get(f"/chat/changes?{query}")).status_code == 400


async def test_stop_ends_every_wait_at_once(page: Page, server: SandboxServer) -> None:
    await page.changes()
    asked = asyncio.create_task(page.changes(wait=25))
    await asyncio.sleep(0.05)
    await asyncio.wait_for(server.stop(), 3)
    assert (await asyncio.wait_for(asked, 3))["messages"] == []
