"""What a language model is told of earlier questions, seen on the wire."""

from __future__ import annotations

from datetime import timedelta

from agents.questions.thread import Thread, earlier
from agents.trace import parse
from tests.agents.scripts import lineup, votes
from tests.agents.small_desk import NOW, Room, small_context
from tests.fakes.openai_server import OpenAIServer

EARLIER = "Earlier in this chat"


async def test_follow_up_is_asked_whole_with_the_thread_before_it_as_data() -> None:
    async with OpenAIServer(votes("long", "long")) as server:
        room = Room(lineup(server, runs=1))
        first = await room.ask()
        assert not any(EARLIER in str(message) for message in server.chats[0].messages)
        before = len(server.chats)
        thread = Thread((earlier(first, NOW - timedelta(minutes=1)),))
        second = await room.panel().ask(
            "and on the 4h?", small_context(), room.told.append, thread=thread
        )
        users = [m["content"] for m in server.chats[before].messages if m["role"] == "user"]
    assert len(users) == 2
    assert users[0].startswith(EARLIER)
    assert "and on the 4h?" in users[0]
    # The figure of the first answer is not there to be copied.
    assert "58.2" in first.headline
    assert "58.2" not in users[0]
    assert users[1] == "Is BTC a long on the 4h right now?"
    assert (second.question, second.understood) == ("and on the 4h?", users[1])
    trace = parse(room.shelf.stored[second.id].trace)
    assert (trace.question, trace.understood, trace.earlier) == (
        "and on the 4h?",
        users[1],
        users[0],
    )


async def test_question_that_stands_by_itself_goes_as_it_is() -> None:
    async with OpenAIServer(votes("long", "long")) as server:
        room = Room(lineup(server, runs=1))
        thread = Thread((earlier(await room.ask(), NOW),))
        verdict = await room.panel().ask(
            "Is ETH a short on the 1d?", small_context(), room.told.append, thread=thread
        )
        users = [m["content"] for m in server.chats[-1].messages if m["role"] == "user"]
    assert verdict.understood == ""
    assert users[-1] == "Is ETH a short on the 1d?"


async def test_rules_answer_a_follow_up_from_the_whole_question_alone() -> None:
    from agents.rules.rule_based import rule_based_lineup

    room = Room(rule_based_lineup())
    thread = Thread((earlier(await room.ask(), NOW),))
    verdict = await room.panel().ask("4h呢？", small_context(), room.told.append, thread=thread)
    assert (verdict.symbol, verdict.timeframe) == ("BTC/USDT", "4h")
    against = await room.panel().ask(
        "why not short?", small_context(), room.told.append, thread=thread
    )
    assert against.headline.startswith("This rule sees no short: ")
