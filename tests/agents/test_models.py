from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import openai
import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agents.meter import REPLY_TOKENS
from agents.models import ModelUnusable, check, language_model, reply_limit
from tests.agents.scripts import KEY, LOOK, lineup, says
from tests.agents.small_desk import Room
from tests.fakes.openai_server import (
    OpenAIServer,
    Reply,
    Request,
    Script,
    fail,
    garbage,
    hang,
    say,
)


async def test_check_when_all_is_well_says_who_answers() -> None:
    async with OpenAIServer([[say("ok")]], key=KEY) as server:
        told = await check(SecretStr(KEY), server.base_url, "test-model")
    assert told == f"test-model at {server.base_url} answers"


@pytest.mark.parametrize(
    ("scripts", "model", "what", "mend"),
    [
        ([[say("ok")]], "other-model", "has no model 'other-model'", "OPENAI_MODEL"),
        ([[fail(404)]], "test-model", "knows no model", "OPENAI_MODEL"),
        ([[fail(429)]], "test-model", "rate limited", "billing"),
        ([[fail(500)]], "test-model", "fails (HTTP 500)", "Try again"),
        ([[fail(400)]], "test-model", "refuses the request", "OPENAI_MODEL"),
        ([[garbage()]], "test-model", "not as an OpenAI-compatible", "/v1"),
        ([[garbage('{"choices": null}', "application/json")]], "test-model", "not as", "/v1"),
        ([[hang()]], "test-model", "did not answer in time", "Try again"),
    ],
)
async def test_check_when_something_is_wrong_says_what_to_mend(
    scripts: list[Script], model: str, what: str, mend: str
) -> None:
    async with OpenAIServer(scripts) as server:
        with pytest.raises(ModelUnusable) as caught:
            await check(SecretStr(KEY), server.base_url, model, timeout=0.5)
    assert what in str(caught.value)
    assert mend in str(caught.value)
    assert KEY not in str(caught.value)


async def test_check_when_the_key_is_wrong_or_nobody_listens() -> None:
    async with OpenAIServer(key="another") as server:
        with pytest.raises(ModelUnusable, match="Check OPENAI_API_KEY"):
            await check(SecretStr(KEY), server.base_url, "test-model")
    with pytest.raises(ModelUnusable, match="can't be reached"):
        await check(None, server.base_url, "test-model", timeout=1)


async def test_key_is_in_no_repr_log_or_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with OpenAIServer([[LOOK, says("flat")]], key=KEY) as server:
        room = Room(lineup(server, runs=1))
        verdict = await room.ask()
    assert verdict.stance == "flat"
    assert KEY not in repr(room.lineup)
    assert KEY not in caplog.text
    assert KEY not in room.shelf.stored[verdict.id].trace


def test_model_is_bound_to_chat_completions_without_retries_of_its_own() -> None:
    model = language_model(None, None, "gpt-6-sol", 12)
    assert isinstance(model, ChatOpenAI)
    assert (model.use_responses_api, model.max_retries) == (False, 0)
    assert model.openai_api_base == "https://api.openai.com/v1"


def _knows_only(field: str) -> Callable[[Request], Reply]:
    def step(request: Request) -> Reply:
        others = {"max_tokens", "max_completion_tokens"} - {field}
        if wrong := others & request.body.keys():
            return fail(400, f"Unsupported parameter: '{wrong.pop()}'")(request)
        return Reply("ok")

    return step


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
async def test_each_call_limits_its_reply_in_the_field_that_the_server_knows(field: str) -> None:
    async with OpenAIServer([_knows_only(field)]) as server:
        model = language_model(SecretStr(KEY), server.base_url, "test-model", 5, 700)
        await asyncio.gather(*(model.ainvoke("hi") for _ in range(3)))
        learned = len(server.chats)
        await model.ainvoke("hi")
    assert server.chats[-1].body[field] == 700 == reply_limit(model)
    # What was refused once is not tried again.
    assert len(server.chats) == learned + 1


async def test_without_a_limit_none_is_sent() -> None:
    async with OpenAIServer([lambda _: Reply("ok")]) as server:
        model = language_model(SecretStr(KEY), server.base_url, "test-model", 5, None)
        await model.ainvoke("hi")
        assert not {"max_tokens", "max_completion_tokens"} & server.chats[0].body.keys()
    assert reply_limit(model) == REPLY_TOKENS


async def test_scripted_server_streams_tool_calls_and_usage_to_the_official_client() -> None:
    async with (
        OpenAIServer([[LOOK, say("Done with it.")]]) as server,
        openai.AsyncOpenAI(api_key="x", base_url=server.base_url) as client,
    ):
        stream = await client.chat.completions.create(
            model="test-model",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        assert (await client.models.list()).data[0].id == "test-model"
    parts = [
        call.function.arguments or ""
        for chunk in chunks
        for choice in chunk.choices
        for call in choice.delta.tool_calls or []
        if call.function and call.index == 0
    ]
    assert len(parts) > 2
    assert "".join(parts) == '{"symbol": "BTC/USDT", "timeframe": "1h"}'
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens > 0
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "tool_calls"
