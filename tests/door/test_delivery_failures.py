"""Telegram at its worst: each message once, in order; marked when nobody can know; never lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from telegram import Bot

from bot.cards.outgoing import REPEATED
from desk.ports import CHAT, Message
from tests.door.outbox_desk import OutboxDesk, alarm, outbox_desk
from tests.fakes.telegram_server import (
    Outcome,
    TelegramServer,
    bot_at,
    cut,
    flood,
    held,
    page,
    refusal,
    telegram_server,
)

ANNE, BEN = 7, 8


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[OutboxDesk]:
    async with outbox_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as opened:
        yield opened


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_at(server.port, read_timeout=0.3) as opened:
        yield opened


def told(server: TelegramServer, key: str) -> list[bool]:
    """Return one entry for each time the alarm came: whether it said that it is a repeat."""
    return [REPEATED in text for _, text in server.arrived if f"{key.title()}:" in text]


@pytest.mark.parametrize(
    "outcome",
    [
        flood(30),
        refusal(429, "Too Many Requests"),
        refusal(500),
        refusal(503),
        page(502),
        refusal(409, "Conflict"),
        refusal(401, "Unauthorized"),
    ],
)
async def test_an_answer_that_refuses_is_followed_by_one_message_without_a_mark(
    desk: OutboxDesk, server: TelegramServer, bot: Bot, outcome: Outcome
) -> None:
    server.meets(ANNE, outcome, outcome)
    await desk.post(alarm("one", ANNE))
    for _ in range(3):
        await desk.delivery(bot).deliver()
        desk.clock.move(seconds=31)
    assert told(server, "one") == [False]
    assert await desk.states() == {("one", CHAT): ("delivered", 3)}


async def test_no_try_is_made_before_retry_after_is_over(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    server.meets(ANNE, flood(100))
    await desk.post(alarm("one", ANNE))
    await desk.delivery(bot).deliver()
    desk.clock.move(seconds=99)
    await desk.delivery(bot).deliver()
    assert len(server.calls) == 1
    desk.clock.move(seconds=1)
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False]


def gateway_timeout(*, applied: bool) -> Outcome:
    return page(504, applied=applied)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("outcome", [cut, gateway_timeout])
async def test_a_try_that_may_have_arrived_is_made_again_with_a_mark(
    desk: OutboxDesk,
    server: TelegramServer,
    bot: Bot,
    outcome: Callable[..., Outcome],
    applied: bool,
) -> None:
    server.meets(ANNE, outcome(applied=applied))
    await desk.post(alarm("one", ANNE))
    delivery = desk.delivery(bot)
    await delivery.deliver()
    desk.clock.move(seconds=5)
    await delivery.deliver()
    assert told(server, "one") == ([False, True] if applied else [True])
    assert await desk.states() == {("one", CHAT): ("delivered", 2)}


async def test_an_answer_that_comes_too_late_leads_to_a_marked_repeat(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    gate = asyncio.Event()
    server.meets(ANNE, held(gate))
    await desk.post(alarm("one", ANNE))
    await desk.delivery(bot).deliver()
    gate.set()
    desk.clock.move(seconds=5)
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False, True]


async def test_an_answer_that_is_no_json_may_hide_a_message_that_arrived(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    server.meets(ANNE, page(200, applied=True))
    await desk.post(alarm("one", ANNE))
    await desk.delivery(bot).deliver()
    desk.clock.move(seconds=5)
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False, True]


async def test_when_nobody_listens_the_message_comes_once_and_without_a_mark(
    desk: OutboxDesk, server: TelegramServer, bot: Bot, unused_tcp_port: int
) -> None:
    await desk.post(alarm("one", ANNE))
    async with bot_at(unused_tcp_port) as nowhere:
        for _ in range(5):
            await desk.delivery(nowhere).deliver()
            desk.clock.move(minutes=2)
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False]


@pytest.mark.parametrize("status", [400, 403])
async def test_a_chat_that_is_gone_is_given_up_and_holds_up_nobody(
    desk: OutboxDesk, server: TelegramServer, bot: Bot, status: int
) -> None:
    server.meets(ANNE, refusal(status, "chat not found"))
    await desk.post(alarm("lost", ANNE), alarm("next", ANNE), alarm("other", BEN))
    await desk.delivery(bot).deliver()
    assert [told(server, key) for key in ("lost", "next", "other")] == [[], [False], [False]]
    assert (await desk.states())["lost", CHAT] == ("dropped", 1)


async def test_those_behind_a_waiting_message_keep_their_order_over_a_restart(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    server.meets(ANNE, refusal(500))
    await desk.post(alarm("one", ANNE), alarm("two", ANNE))
    await desk.delivery(bot).deliver()
    await desk.post(alarm("three", ANNE))
    await desk.delivery(bot).deliver()
    assert server.arrived == []
    desk.clock.move(seconds=2)
    await desk.delivery(bot).deliver()
    order = [text.partition(":")[0].split()[-1] for text in server.texts(ANNE)]
    assert order == ["One", "Two", "Three"]


async def test_one_that_cannot_be_made_holds_up_nobody_and_is_not_lost(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    strange = Message("strange", ANNE, "of a later version", "{}")
    await desk.post(strange, Message("torn", ANNE, "drawdown", "{}"), alarm("sound", ANNE))
    await desk.delivery(bot).deliver()
    assert told(server, "sound") == [False]
    states = await desk.states()
    assert states["strange", CHAT] == states["torn", CHAT] == ("waiting", 1)


async def test_a_quiet_message_makes_no_sound(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    await desk.post(alarm("loud", ANNE), alarm("soft", ANNE, quiet=True))
    await desk.delivery(bot).deliver()
    assert server.silent == [False, True]


async def test_killed_before_the_record_of_an_answer_it_comes_again_with_a_mark(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    """The process ends between Telegram's answer and the record: nobody can know."""
    gate = asyncio.Event()
    server.meets(ANNE, held(gate))
    await desk.post(alarm("one", ANNE), alarm("two", ANNE))
    killed = asyncio.create_task(desk.delivery(bot).deliver())
    await server.until(lambda: server.arrived)
    killed.cancel()
    await asyncio.wait({killed})
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False, True]
    assert told(server, "two") == [False]


async def test_killed_before_the_claim_it_comes_once_and_without_a_mark(
    desk: OutboxDesk, server: TelegramServer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.post(alarm("one", ANNE))

    async def ends(*values: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as killed:
        killed.setattr(desk.outbox, "claim", ends)
        with pytest.raises(asyncio.CancelledError):
            await desk.delivery(bot).deliver()
    await desk.delivery(bot).deliver()
    assert told(server, "one") == [False]


async def test_two_processes_on_one_file_send_each_message_once(
    tmp_path: Path, server: TelegramServer, bot: Bot
) -> None:
    async with outbox_desk(tmp_path) as one, outbox_desk(tmp_path) as two:
        await one.post(*(alarm(f"n{number}", number % 10) for number in range(100)))
        deliveries = [desk.delivery(bot, sole=False) for desk in (one, two)]
        await asyncio.gather(*(delivery.deliver() for delivery in deliveries))
        await asyncio.gather(*(delivery.deliver() for delivery in deliveries))
    assert len(server.arrived) == len({text for _, text in server.arrived}) == 100


async def test_the_claims_of_a_process_that_died_are_taken_when_their_time_is_over(
    tmp_path: Path, server: TelegramServer, bot: Bot
) -> None:
    gate = asyncio.Event()
    server.meets(ANNE, held(gate))
    async with outbox_desk(tmp_path) as dead, outbox_desk(tmp_path) as alive:
        await dead.post(alarm("one", ANNE))
        killed = asyncio.create_task(dead.delivery(bot, sole=False).deliver())
        await server.until(lambda: server.arrived)
        killed.cancel()
        await asyncio.wait({killed})
        other = alive.delivery(bot, sole=False)
        await other.deliver()
        assert told(server, "one") == [False]
        alive.clock.move(seconds=30)
        await other.deliver()
    assert told(server, "one") == [False, True]


async def test_a_long_try_keeps_its_claim(
    tmp_path: Path, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lanes.LOOK_AGAIN_SECONDS", 0.01)
    gate = asyncio.Event()
    server.meets(ANNE, held(gate))
    async with (
        bot_at(server.port) as patient,
        outbox_desk(tmp_path) as slow,
        outbox_desk(tmp_path) as other,
    ):
        await slow.post(alarm("one", ANNE))
        sending = asyncio.create_task(slow.delivery(patient, sole=False).deliver())
        await server.until(lambda: server.arrived)
        for _ in range(6):
            for desk in (slow, other):
                desk.clock.move(seconds=15)
            await asyncio.sleep(0.05)
            await other.delivery(patient, sole=False).deliver()
        gate.set()
        await sending
        assert await other.states() == {("one", CHAT): ("delivered", 1)}
    assert told(server, "one") == [False]


async def test_a_thousand_messages_over_fifty_chats_pass_one_chat_in_a_flood_wait(
    desk: OutboxDesk, server: TelegramServer, bot: Bot
) -> None:
    chats = range(1, 51)
    for chat in chats:
        await desk.post(*(alarm(f"c{chat}x{number}", chat) for number in range(20)))
    server.meets(1, flood(600))
    server.meets(2, refusal(500))
    server.meets(3, page(502))
    await desk.delivery(bot).deliver()
    come = Counter(chat for chat, _ in server.arrived)
    assert come == {chat: 20 for chat in chats if chat > 3}
    assert 1 < server.most_at_once <= 16
    desk.clock.move(seconds=10)
    await desk.delivery(bot).deliver()
    assert server.texts(1) == []
    desk.clock.move(minutes=10)
    await desk.delivery(bot).deliver()
    assert Counter(chat for chat, _ in server.arrived) == dict.fromkeys(chats, 20)
    assert len({text for _, text in server.arrived}) == 1_000
    for chat in chats:
        numbers = [int(text.partition("X")[2].partition(":")[0]) for text in server.texts(chat)]
        assert numbers == list(range(20))


async def test_a_slow_chat_does_not_delay_a_message_that_comes_later(
    desk: OutboxDesk, server: TelegramServer
) -> None:
    gate = asyncio.Event()
    server.meets(ANNE, held(gate))
    async with bot_at(server.port) as patient:
        delivery = desk.delivery(patient)
        await desk.post(alarm("slow", ANNE))
        delivery.wake()
        await server.until(lambda: server.arrived)
        await desk.post(alarm("later", BEN))
        delivery.wake()
        await server.until(lambda: told(server, "later"), seconds=0.9)
        gate.set()
        await delivery.stop()
    assert {state for state, _ in (await desk.states()).values()} == {"delivered"}
