"""A message of the outbox goes out once, as far as Telegram and the disk allow."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot

from bot.delivery import Delivery
from desk.errors import StorageError
from sandbox.server import SandboxServer
from storage.cards import SqliteCards
from storage.outbox import SqliteOutbox
from tests.fakes.paper_desk import CHAT, PaperDesk


@pytest.fixture
def outbox(desk: PaperDesk) -> SqliteOutbox:
    return SqliteOutbox(desk.file)


@pytest.fixture
def delivery(desk: PaperDesk, outbox: SqliteOutbox, bot: Bot) -> Delivery:
    return Delivery(bot, outbox, SqliteCards(desk.file), desk.clock)


def told(server: SandboxServer) -> list[str]:
    return [message.text for message in server.chat.messages(CHAT) if message.from_bot]


async def test_a_message_whose_delivery_cannot_be_recorded_is_sent_once(
    desk: PaperDesk,
    outbox: SqliteOutbox,
    delivery: Delivery,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await desk.buy()
    record = outbox.delivered
    failures = [StorageError("the disk is full")] * 3

    async def full(*values: int) -> None:
        if failures:
            raise failures.pop()
        await record(*values)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(outbox, "delivered", full)
    for _ in range(3):
        with pytest.raises(StorageError):
            await delivery.deliver()
    await delivery.deliver()
    assert len(told(server)) == 1
    assert await desk.waiting() == []


async def test_a_woken_round_that_fails_is_logged_and_loses_nothing(
    desk: PaperDesk,
    outbox: SqliteOutbox,
    delivery: Delivery,
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await desk.buy()

    async def broken(*values: object) -> None:
        raise StorageError("the file is locked")

    with monkeypatch.context() as broke:
        broke.setattr(outbox, "due", broken)
        delivery.wake()
        await asyncio.sleep(0.05)
    assert "delivery failed" in caplog.text
    delivery.wake()
    await server.chat.until(lambda: len(told(server)) == 1)


async def test_stop_finishes_the_message_under_way_and_leaves_the_others(
    desk: PaperDesk, delivery: Delivery, server: SandboxServer
) -> None:
    await desk.buy()
    await desk.buy()
    server.faults.slow("sendMessage", 0.2)
    delivery.wake()
    await asyncio.sleep(0.1)
    await delivery.stop()
    assert len(told(server)) == 1
    assert len(await desk.waiting()) == 1
    await delivery.deliver()
    assert len(told(server)) == 1
