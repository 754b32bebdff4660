"""Critical messages reach the second channel once each, whatever becomes of Telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot

from bot.cards.outgoing import REPEATED
from bot.second_channel import SecondChannel, channel_name, open_channels
from desk.ports import CHAT, Message
from settings import secrets_in
from tests.door.outbox_desk import OutboxDesk, alarm, outbox_desk
from tests.fakes.alert_receiver import AlertReceiver, alert_receiver
from tests.fakes.telegram_server import TelegramServer, bot_at, flood, telegram_server
from trading.errors import BadArgument

ANNE = 7
JSON = "json"


@pytest.fixture
async def receiver() -> AsyncIterator[AlertReceiver]:
    async with alert_receiver() as opened:
        yield opened


@pytest.fixture
async def desk(tmp_path: Path, receiver: AlertReceiver) -> AsyncIterator[OutboxDesk]:
    async with outbox_desk(tmp_path, also=[channel_name(receiver.url)]) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as opened:
        yield opened


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with bot_at(server.port) as opened:
        yield opened


def channels(*receivers: AlertReceiver, seconds: float = 10) -> list[SecondChannel]:
    opened = open_channels([receiver.url for receiver in receivers], [])
    return [SecondChannel(one.name, one._service, seconds) for one in opened]


async def test_a_critical_message_goes_to_both_and_any_other_to_the_chat_alone(
    desk: OutboxDesk, receiver: AlertReceiver, server: TelegramServer, bot: Bot
) -> None:
    await desk.post(alarm("grave", ANNE, critical=True), alarm("plain", ANNE))
    await desk.delivery(bot, channels(receiver)).deliver()
    assert len(server.arrived) == 2
    (one,) = receiver.taken
    assert one.title == "Conclave: ⛔ Grave: drawdown 8.00 % has reached its limit of 8.00 %"
    assert "New entries are paused; stops, targets and closing go on." in one.message
    assert "simulated money · not advice" in one.message
    assert "<" not in one.message
    assert REPEATED not in one.message
    assert await desk.states() == {
        ("grave", CHAT): ("delivered", 1),
        ("grave", JSON): ("delivered", 1),
        ("plain", CHAT): ("delivered", 1),
    }


async def test_it_goes_out_at_once_although_telegram_is_down(
    desk: OutboxDesk, receiver: AlertReceiver, unused_tcp_port: int
) -> None:
    async with bot_at(unused_tcp_port) as nowhere:
        await desk.post(alarm("grave", ANNE, critical=True))
        await desk.delivery(nowhere, channels(receiver)).deliver()
        await desk.delivery(nowhere, channels(receiver)).deliver()
    assert len(receiver.taken) == 1
    states = await desk.states()
    assert (states["grave", CHAT], states["grave", JSON]) == (("waiting", 1), ("delivered", 1))


async def test_telegram_hears_of_it_although_the_second_channel_is_down(
    desk: OutboxDesk, receiver: AlertReceiver, server: TelegramServer, bot: Bot
) -> None:
    receiver.ahead.extend([500, 503])
    server.meets(ANNE, flood(5))
    await desk.post(alarm("grave", ANNE, critical=True))
    for _ in range(4):
        await desk.delivery(bot, channels(receiver)).deliver()
        desk.clock.move(seconds=5)
    assert len(server.arrived) == 1
    (one,) = receiver.taken
    assert REPEATED not in one.message
    assert (await desk.states())["grave", JSON] == ("delivered", 3)


async def test_two_addresses_fail_and_succeed_apart(
    tmp_path: Path, receiver: AlertReceiver, bot: Bot
) -> None:
    async with alert_receiver() as other:
        both = channels(receiver, other)
        async with outbox_desk(tmp_path, also=[one.name for one in both]) as desk:
            receiver.ahead.append(500)
            await desk.post(alarm("grave", ANNE, critical=True))
            delivery = desk.delivery(bot, both)
            await delivery.deliver()
            desk.clock.move(seconds=5)
            await delivery.deliver()
        assert (receiver.asked, len(receiver.taken)) == (2, 1)
        assert (other.asked, len(other.taken)) == (1, 1)


async def test_without_an_answer_it_comes_again_with_a_mark(
    desk: OutboxDesk, receiver: AlertReceiver, bot: Bot
) -> None:
    receiver.ahead.append(None)
    await desk.post(alarm("grave", ANNE, critical=True))
    delivery = desk.delivery(bot, channels(receiver, seconds=0.3))
    await delivery.deliver()
    desk.clock.move(seconds=5)
    receiver.over.set()
    await delivery.deliver()
    assert [REPEATED in one.message for one in receiver.taken] == [False, True]


async def test_killed_while_it_is_being_sent_it_comes_again_with_a_mark(
    desk: OutboxDesk, receiver: AlertReceiver, bot: Bot
) -> None:
    receiver.ahead.append(None)
    await desk.post(alarm("grave", ANNE, critical=True), alarm("next", ANNE, critical=True))
    killed = asyncio.create_task(desk.delivery(bot, channels(receiver)).deliver())
    async with asyncio.timeout(10):
        while not receiver.taken:  # noqa: ASYNC110 - the receiver may get it at any time
            await asyncio.sleep(0.005)
    killed.cancel()
    await asyncio.wait({killed})
    receiver.over.set()
    await desk.delivery(bot, channels(receiver)).deliver()
    assert [REPEATED in one.message for one in receiver.taken] == [False, True, False]
    assert "Next" in receiver.taken[-1].title


async def test_after_a_day_it_is_given_up_and_logged(
    desk: OutboxDesk, receiver: AlertReceiver, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.ahead.extend([500] * 1_000)
    await desk.post(alarm("grave", ANNE, critical=True))
    delivery = desk.delivery(bot, channels(receiver))
    for _ in range(24):
        await delivery.deliver()
        desk.clock.move(hours=1)
    await delivery.deliver()
    state, attempts = (await desk.states())["grave", JSON]
    assert (state, attempts) == ("dropped", 25)
    assert "message grave is given up (json:" in caplog.text
    assert "error=500" in caplog.text
    assert "hunter22" not in caplog.text


async def test_what_waits_for_an_address_that_was_taken_away_is_given_up(
    desk: OutboxDesk, receiver: AlertReceiver, bot: Bot
) -> None:
    receiver.ahead.append(500)
    await desk.post(alarm("grave", ANNE, critical=True))
    await desk.delivery(bot, channels(receiver)).deliver()
    await desk.delivery(bot).deliver()
    assert (await desk.states())["grave", JSON] == ("dropped", 1)


async def test_a_change_of_a_card_is_nothing_for_the_second_channel(
    desk: OutboxDesk, receiver: AlertReceiver, bot: Bot
) -> None:
    await desk.post(Message("odd", ANNE, "expired", "{}", critical=True))
    await desk.delivery(bot, channels(receiver)).deliver()
    assert receiver.asked == 0
    assert (await desk.states())["odd", JSON] == ("dropped", 1)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense://host", "address 1 (nonsense://…) can't be used: Unparseable URL"),
        ("mailto://hunter22", "address 1 (mailto://…) can't be used: "),
        ("slack://short-t0ken/def", "address 1 (slack://…) can't be used: An invalid Slack"),
        ("https://example.org/x?key=9f86d081884c", "address 1 (https://…) can't be used: "),
    ],
)
def test_an_address_that_cannot_be_used_says_why_and_shows_no_secret(url: str, says: str) -> None:
    with pytest.raises(BadArgument) as caught:
        open_channels([url], secrets_in(url))
    assert str(caught.value).startswith(says)
    for secret in ("short-t0ken", "9f86d081884c", url):
        assert secret not in str(caught.value)


def test_the_outbox_names_an_address_without_its_secrets() -> None:
    name = channel_name("mailto://me:hunter22@example.org")
    assert name.startswith("mailto:")
    assert "hunter22" not in name
    assert name == channel_name("mailto://me:hunter22@example.org")
    assert name != channel_name("mailto://me:hunter23@example.org")


def test_a_service_tells_its_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    (channel,) = open_channels(["mailto://me:hunter22@example.org"], [])
    assert channel.service == "E-Mail"
    assert caplog.text == ""
