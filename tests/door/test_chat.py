"""What a person is shown survives small failures on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from telegram import Bot

from bot.cards.card import Block, Card
from bot.chat import Chat
from bot.progress import INTERRUPTED, Progress, mend_interrupted
from desk.chart_spec import EquityChart
from sandbox.server import SandboxServer
from storage.cards import SqliteCards
from storage.sqlite import SqliteFile
from tests.fakes.paper_desk import CHAT


def card(text: str) -> Card:
    return Card((Block("text", text),))


def told(server: SandboxServer) -> list[str]:
    return [message.text for message in server.chat.messages(CHAT) if message.from_bot]


async def test_replacing_a_card_by_the_same_card_sends_no_second_one(
    bot: Bot, server: SandboxServer
) -> None:
    chat = Chat(bot, CHAT)
    shown = await chat.show(card("Why"))
    again = await chat.replace(shown, card("Why"))
    assert again.message_id == shown.message_id
    assert told(server) == ["Why"]


async def test_an_answer_is_shown_although_the_network_fails_for_a_moment(
    bot: Bot, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bot.progress.ANSWER_AGAIN_AFTER", (0.0, 0.0))
    cards = SqliteCards(SqliteFile(tmp_path / "conclave.db"))
    progress = await Progress.begin(Chat(bot, CHAT), cards, "Looking…")
    (begun,) = await cards.unfinished()
    server.faults.fail("editMessageText", 502)
    # Telegram took this one, only its answer got lost.
    server.faults.drop("editMessageText", applied=True)
    await progress.finish(card("LONG"))
    assert told(server) == ["LONG"]
    assert begun[0] == CHAT
    assert await cards.unfinished() == []


async def test_a_question_that_a_kill_cut_off_is_told_so_at_the_next_start(
    bot: Bot, server: SandboxServer, tmp_path: Path
) -> None:
    cards = SqliteCards(SqliteFile(tmp_path / "conclave.db"))
    await Progress.begin(Chat(bot, CHAT), cards, "Looking…")
    answered = await Progress.begin(Chat(bot, CHAT), cards, "Looking…")
    shown = await Chat(bot, CHAT).replace(answered._message, card("LONG"))
    await cards.put("p1", CHAT, shown.message_id)
    await mend_interrupted(bot, cards, await cards.unfinished())
    assert told(server) == [INTERRUPTED, "LONG"]
    assert await cards.unfinished() == []
    await answered.finish(card("LONG"))


async def test_a_chart_that_cannot_be_drawn_does_not_take_the_answer_along(
    bot: Bot, server: SandboxServer
) -> None:
    nothing = EquityChart("Equity", np.array([], dtype=np.int64), np.array([]), "USDT")
    await Chat(bot, CHAT).show(Card((Block("text", "Portfolio"),), chart=nothing))
    (text,) = told(server)
    assert text.startswith("Portfolio\nNo chart: ")


async def test_a_typing_sign_that_fails_stops_nobody(bot: Bot, server: SandboxServer) -> None:
    server.faults.fail("sendChatAction", 502)
    await Chat(bot, CHAT).typing()
    assert [call.status for call in server.calls.of("sendChatAction")] == [502]
