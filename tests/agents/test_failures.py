"""Every way in which a model can fail ends in time, with its own label and a next step."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import pytest_asyncio
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from pydantic import SecretStr

from agents import failure
from agents.failure import Failed
from agents.members import language_lineup
from agents.models import language_model
from agents.trace import parse
from evals.failures import KINDS, MODEL_CALLS, End, Kind, in_time, meet
from tests.agents.scripts import KEY, LOOK, lineup, says
from tests.agents.small_desk import Room
from tests.fakes.openai_server import OpenAIServer, call, cut_off

# What no model's server can cause.
ELSEWHERE = frozenset({failure.INTERNAL.label, failure.NO_MARKET.label, failure.OVER_BUDGET.label})
Ends = Mapping[str, tuple[Kind, End]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ends() -> Ends:
    """How a run ends for each kind of failure; some at a time, as each waits for the wire."""
    return {kind.name: (kind, end) for kind, end in await meet(KINDS)}


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_run_when_the_model_meets(name: str, ends: Ends) -> None:
    kind, end = ends[name]
    assert end.label == kind.label
    assert in_time(kind, end)
    assert end.requests <= MODEL_CALLS
    assert KEY not in end.trace
    assert len(end.trace) < 20_000, "a flood is not kept"
    if end.failure:
        assert len(end.failure.text.split(". ")) >= 2, "says what happened, and what to do"


def test_kinds_of_failure_are_many_and_each_is_named_once() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names) >= 40
    assert {kind.label for kind in KINDS} >= {
        made.label
        for made in vars(failure).values()
        if isinstance(made, Failed) and made.label not in ELSEWHERE
    }


@pytest.mark.parametrize("name", ["429, wait 30 s", "429, wait until a moment"])
def test_wait_when_longer_than_the_question_ends_the_run_at_once(name: str, ends: Ends) -> None:
    """Seconds, or a moment that is read against the server's own clock."""
    assert ends[name][1].requests == 1


def test_failure_of_a_fallback_names_its_own_variables() -> None:
    told = failure.UNREACHABLE.naming("FALLBACK").text
    assert "FALLBACK_BASE_URL" in told
    assert "OPENAI" not in told


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


async def test_server_without_usage_works_and_its_tokens_are_estimated() -> None:
    async with OpenAIServer([[LOOK, says("long")]], reports_usage=False) as server:
        room = Room(lineup(server, runs=1))
        verdict = await room.ask()
    assert verdict.stance == "long"
    assert verdict.tokens_in > 100
    assert parse(room.shelf.stored[verdict.id].trace).runs[0].about


async def test_run_whose_words_hold_a_torn_emoji_still_votes() -> None:
    torn = "\ud83d"
    async with OpenAIServer([[LOOK, says("long", headline=f"Up {torn}")]]) as server:
        room = Room(lineup(server, runs=1), seconds=4.0)
        verdict = await room.ask()
    assert verdict.stance == "long"
    room.shelf.stored[verdict.id].trace.encode()
