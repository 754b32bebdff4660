"""Every way in which a model can fail ends in time, with its own label and a next step."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from pydantic import SecretStr

from agents.failure import Failed
from agents.members import language_lineup
from agents.models import language_model
from tests.agents.scripts import KEY, LOOK, lineup, says
from tests.agents.small_desk import Room
from tests.fakes.openai_server import (
    OpenAIServer,
    Reply,
    Script,
    Step,
    answer,
    broken_arguments,
    call,
    cut_off,
    disconnect,
    fail,
    forever,
    garbage,
    hang,
    refuse,
    say,
)

NO_SYMBOL = answer({"stance": "long", "headline": "Up.", "reasons": ["Because."]})
BLIND = answer(
    {
        "stance": "long",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "headline": "Up.",
        "reasons": ["It always goes up."],
    }
)
CASES: dict[str, tuple[Script, str]] = {
    "hangs at once": ([hang()], "timed out"),
    "hangs after the tools": ([LOOK, hang()], "timed out"),
    "asks for a long wait": ([fail(429, Retry_After="30")], "rate limited"),
    "limits for ever": (forever(fail(429, Retry_After="0")), "rate limited"),
    "refuses the key": ([fail(401)], "key refused"),
    "forbids": ([fail(403)], "key refused"),
    "does not know the model": ([fail(404)], "unknown model"),
    "fails for ever": (forever(fail(500)), "server error"),
    "is overloaded": (forever(fail(503, Retry_After="0")), "server error"),
    "refuses the request": ([LOOK, fail(400, "tools are not supported")], "request refused"),
    "cannot process": ([fail(422)], "request refused"),
    "is full": ([LOOK, fail(400, "context_length_exceeded")], "too long"),
    "hangs up": (forever(disconnect()), "unreachable"),
    "sends a web page": ([garbage()], "nonsense"),
    "sends half a JSON": ([garbage('{"choices": [', "application/json")], "nonsense"),
    "sends null choices": ([garbage('{"choices": null}', "application/json")], "nonsense"),
    "sends no choices": ([garbage('{"choices": []}', "application/json")], "nonsense"),
    "sends another object": ([garbage('{"ok": true}', "application/json")], "nonsense"),
    "sends an error with 200": ([garbage('{"error": "busy"}', "application/json")], "nonsense"),
    "is cut off": ([LOOK, cut_off()], "cut off"),
    "is cut off in prose": ([lambda _: Reply("I th", finish_reason="length")], "cut off"),
    "declines": ([refuse()], "declined"),
    "writes prose": ([LOOK, say("I would go long."), say("Long, I said.")], "prose"),
    "says nothing": ([say(""), say("")], "empty"),
    "writes broken arguments": (forever(broken_arguments()), "malformed"),
    "breaks its answer": ([LOOK, *[broken_arguments("Answer", '{"stance": ')] * 2], "malformed"),
    "never fits the schema": ([LOOK, *[answer({"stance": "moon"})] * 3], "wrong answer"),
    "never names a symbol": ([LOOK, *[NO_SYMBOL] * 3], "wrong answer"),
    "decides without looking": ([BLIND, BLIND], "no evidence"),
    "calls unknown tools": (forever(call("buy_now", symbol="BTC/USDT")), "unknown tool"),
    "loops": (forever(call("quote", symbol="BTC/USDT")), "looping"),
}


async def failure_of(script: Script, seconds: float = 3.0) -> tuple[Failed, int]:
    async with OpenAIServer([script]) as server:
        room = Room(lineup(server, runs=1), seconds=seconds, model_calls=5)
        verdict = await room.ask()
        asked = len(server.chats)
    assert verdict.stance == "no call"
    failed = verdict.votes[0].failure
    assert failed is not None
    assert KEY not in room.shelf.stored[verdict.id].trace
    return failed, asked


@pytest.mark.parametrize("name", CASES)
async def test_run_when_the_model(name: str) -> None:
    script, label = CASES[name]
    seconds = 0.5 if label == "timed out" else 4.0
    started = time.monotonic()
    failed, asked = await failure_of(script, seconds)
    assert failed.label == label
    assert time.monotonic() - started < seconds + 1
    assert asked <= 5
    assert len(failed.text.split(". ")) >= 2, "says what happened, and what to do"


async def test_run_when_nobody_listens_is_unreachable() -> None:
    server = OpenAIServer()
    await server.start()
    await server.stop()
    verdict = await Room(lineup(server, runs=1), seconds=4.0).ask()
    assert [vote.failure.label for vote in verdict.votes if vote.failure] == ["unreachable"]


async def test_run_when_a_request_is_too_slow_says_so_before_the_deadline() -> None:
    async with OpenAIServer([[hang()]]) as server:
        verdict = await Room(lineup(server, runs=1, timeout=0.3), seconds=4.0).ask()
    assert [vote.failure.label for vote in verdict.votes if vote.failure] == ["too slow"]


@pytest.mark.parametrize(
    "trouble",
    [
        [fail(429, Retry_After="0")],
        [fail(500), fail(502)],
        [disconnect()],
        [LOOK, fail(503, Retry_After="0")],
        [broken_arguments()],
        [say("Let me think.")],
        [call("buy_now", symbol="BTC")],
        [LOOK, answer({"stance": "moon"}), NO_SYMBOL],
    ],
    ids=lambda steps: f"{len(steps)} steps",
)
async def test_run_when_trouble_passes_still_votes(trouble: Sequence[Step]) -> None:
    async with OpenAIServer([[*trouble, LOOK, says("long")]]) as server:
        verdict = await Room(lineup(server, runs=1), seconds=8.0, model_calls=8).ask()
    assert verdict.stance == "long"


async def test_run_when_arguments_are_texts_is_understood() -> None:
    look = call("forecast", symbol="BTC/USDT", timeframe="1H", horizon="4")
    made = says("long", order='{"stop": "3%", "target": null, "size": "1"}', horizon="4 candles")
    async with OpenAIServer([[LOOK, look, made]]) as server:
        verdict = await Room(lineup(server, runs=1)).ask()
    assert verdict.draft is not None
    assert (str(verdict.draft.stop_fraction), verdict.draft.target_fraction) == ("0.03", None)


async def test_streaming_server_when_asked_reports_usage_and_cut_offs() -> None:
    def streaming(server: OpenAIServer) -> ChatOpenAI:
        return ChatOpenAI(
            model="test-model",
            api_key=SecretStr(KEY),
            base_url=server.base_url,
            streaming=True,
            stream_usage=True,
            max_retries=0,
            use_responses_api=False,
            http_async_client=DefaultAsyncHttpxClient(),
        )

    async with OpenAIServer([[LOOK, says("long")], [LOOK, cut_off()]]) as server:
        room = Room(language_lineup(streaming(server), "test-model", 1))
        good, cut = await room.ask(), await room.ask()
    assert good.stance == "long"
    assert good.tokens_in > 100
    assert [vote.failure.label for vote in cut.votes if vote.failure] == ["cut off"]


async def test_model_when_its_name_prefers_another_endpoint_still_uses_chat_completions() -> None:
    async with OpenAIServer([[LOOK, says("long")]], models=("gpt-6-sol",)) as server:
        model = language_model(SecretStr(KEY), server.base_url, "gpt-6-sol", 5)
        verdict = await Room(language_lineup(model, "gpt-6-sol", 1)).ask()
        assert {request.path for request in server.requests} == {"/v1/chat/completions"}
    assert verdict.stance == "long"


async def test_server_without_usage_counts_no_tokens_and_works() -> None:
    async with OpenAIServer([[LOOK, says("long")]], reports_usage=False) as server:
        verdict = await Room(lineup(server, runs=1)).ask()
    assert (verdict.stance, verdict.tokens_in) == ("long", 0)


async def test_run_whose_words_hold_a_torn_emoji_still_votes() -> None:
    torn = "\ud83d"
    async with OpenAIServer([[LOOK, says("long", headline=f"Up {torn}")]]) as server:
        room = Room(lineup(server, runs=1), seconds=4.0)
        verdict = await room.ask()
    assert verdict.stance == "long"
    room.shelf.stored[verdict.id].trace.encode()
