"""Failures: every way in which a model can fail ends in time, with its own label.

The table is the one list of them; the tests hold each kind to it by name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from pydantic import SecretStr

from agents.failure import Failed
from agents.members import language_lineup
from agents.models import language_model
from benchmarks.rows import Row
from tests.agents.scripts import KEY, LOOK, says
from tests.agents.small_desk import Room
from tests.fakes.openai_server import (
    OpenAIServer,
    Reply,
    Script,
    Step,
    answer,
    break_off,
    broken_arguments,
    call,
    calls,
    cut_off,
    disconnect,
    drip,
    fail,
    forever,
    garbage,
    hang,
    refuse,
    say,
    slow,
)

MODEL = "test-model"
MODEL_CALLS = 5
# What this machine may take to stop a run, beside the question's own time.
SLACK = 1.0
AT_ONCE = 4
BIG = 1_000_000
NOW = {"Retry_After": "0"}
QUOTA = json.dumps({"error": {"message": "You exceeded it.", "code": "insufficient_quota"}})
# Retry-After as a date is told apart from seconds by the server's own Date.
DATES = {"Date": "Sun, 01 Mar 2026 14:00:00 GMT", "Retry_After": "Sun, 01 Mar 2026 15:00:00 GMT"}
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


@dataclass(frozen=True)
class Kind:
    """A way to fail: what the model's server does, and the label that its run must end with.

    `label` is "" where the run must get over it and vote. `seconds` is the question's deadline,
    `timeout` that of one request, `address` where the model is looked for in place of the
    server; `streams`: the client asks for server-sent events.
    """

    name: str
    script: Script
    label: str
    seconds: float = 6.0
    timeout: float = 5.0
    address: str = ""
    streams: bool = False


@dataclass(frozen=True)
class End:
    """How a run ended: its failure, None when it voted, and what it took."""

    failure: Failed | None
    seconds: float
    requests: int
    trace: str

    @property
    def label(self) -> str:
        return self.failure.label if self.failure else ""


def _json(text: str) -> Step:
    return garbage(text, "application/json")


def _message(**message: object) -> Step:
    """Answer with a message of any shape."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return _json(json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}))


def _called(name: object, arguments: object) -> Step:
    function = {"name": name, "arguments": arguments}
    return _message(tool_calls=[{"id": "call_0_0_0", "type": "function", "function": function}])


def _finish(reason: str, text: str = "I th") -> Step:
    return lambda _: Reply(text, finish_reason=reason)


def _again_and_again(request: object) -> Reply:
    """Call the same tool, each time for another symbol."""
    symbol = f"COIN{getattr(request, 'turn', 0)}/USDT"
    return Reply(calls=(("quote", json.dumps({"symbol": symbol})),))


TWICE = calls(*[("Answer", {"stance": "none", "headline": "Up.", "reasons": ["So."]})] * 2)
BESIDE = calls(
    ("quote", {"symbol": "BTC/USDT"}),
    ("Answer", {"stance": "none", "headline": "Nothing to decide.", "reasons": ["As asked."]}),
)
AS_TEXT = says("long", order='{"stop": "3%", "target": null, "size": "1"}', horizon="4 candles")
CONNECTION = (
    Kind("nobody listens", (), "unreachable", address="http://127.0.0.1:1/v1"),
    Kind("no such host", (), "unreachable", address="http://model.invalid/v1"),
    Kind("hangs up", forever(disconnect()), "unreachable"),
    Kind("breaks off in mid-answer", forever(break_off()), "unreachable"),
    Kind("hangs up after the tools", [LOOK, *[disconnect()] * 3], "unreachable"),
    Kind("gives no first byte", [hang()], "timed out", seconds=0.5),
    Kind("drips byte by byte", [drip()], "timed out", seconds=0.5),
    Kind("hangs after the tools", [LOOK, hang()], "timed out", seconds=0.7),
    Kind("answers after the deadline", [LOOK, slow(2, says("long"))], "timed out", seconds=0.7),
    Kind("is slower than one request may be", [hang()], "too slow", timeout=0.3),
    Kind("hangs up once", [disconnect(), LOOK, says("long")], ""),
    Kind("breaks off once", [break_off(), LOOK, says("long")], ""),
)
STATUS = (
    Kind("400: no tools", [LOOK, fail(400, "tools are not supported")], "request refused"),
    Kind("400: context is full", [LOOK, fail(400, "context_length_exceeded")], "too long"),
    Kind("401", [fail(401)], "key refused"),
    Kind("402", [fail(402)], "no quota"),
    Kind("403", [fail(403)], "key refused"),
    Kind("404", [fail(404)], "unknown model"),
    Kind("405", [fail(405)], "request refused"),
    Kind("408", forever(fail(408, **NOW)), "too slow"),
    Kind("409", forever(fail(409, **NOW)), "request refused"),
    Kind("413", [fail(413)], "too long"),
    Kind("422", [fail(422)], "request refused"),
    Kind("429 for ever", forever(fail(429)), "rate limited"),
    Kind("429, wait 0 s, for ever", forever(fail(429, **NOW)), "rate limited"),
    Kind("429, wait 30 s", [fail(429, Retry_After="30")], "rate limited"),
    Kind("429, wait until a moment", [fail(429, **DATES)], "rate limited"),
    Kind("429, wait for ages", [fail(429, Retry_After="1e300")], "rate limited"),
    Kind("429, nonsense as a wait", forever(fail(429, Retry_After="nan")), "rate limited"),
    Kind("429, no quota", [lambda _: Reply(status=429, raw=QUOTA)], "no quota"),
    Kind("429 once", [fail(429, **NOW), LOOK, says("long")], ""),
    Kind("500", forever(fail(500, **NOW)), "server error"),
    Kind(
        "502 with a web page",
        forever(
            lambda _: Reply(
                status=502,
                raw="<html>Bad Gateway</html>",
                content_type="text/html",
                headers={"Retry-After": "0"},
            )
        ),
        "server error",
    ),
    Kind("503 once, after the tools", [LOOK, fail(503, **NOW), says("long")], ""),
    Kind("503", forever(fail(503, **NOW)), "server error"),
    Kind("504", forever(fail(504, **NOW)), "too slow"),
    Kind("529", forever(fail(529, **NOW)), "server error"),
    Kind("500 and 502, once each", [fail(500), fail(502, **NOW), LOOK, says("long")], ""),
)
BODY = (
    Kind("empty body", [_json("")], "nonsense"),
    Kind("web page", [garbage()], "nonsense"),
    Kind("half a JSON", [_json('{"choices": [')], "nonsense"),
    Kind("JSON list", [_json("[1, 2]")], "nonsense"),
    Kind("JSON null", [_json("null")], "nonsense"),
    Kind("another object", [_json('{"ok": true}')], "nonsense"),
    Kind("error with 200", [_json('{"error": "busy"}')], "nonsense"),
    Kind("null choices", [_json('{"choices": null}')], "nonsense"),
    Kind("no choices", [_json('{"choices": []}')], "nonsense"),
    Kind("choices that are a text", [_json('{"choices": "long"}')], "nonsense"),
    Kind("null message", [_json('{"choices": [{"index": 0, "message": null}]}')], "nonsense"),
    Kind("null content", [_message(content=None)] * 2, "empty"),
    Kind(
        "events to a plain request", [garbage("data: hello\n\n", "text/event-stream")], "nonsense"
    ),
    Kind(
        "events with garbage",
        [garbage("data: {broken\n\n: x\n\ndata: [DONE]\n\n", "text/event-stream")],
        "nonsense",
        streams=True,
    ),
    Kind("no event at all", [garbage("", "text/event-stream")], "nonsense", streams=True),
    Kind("breaks off between events", forever(break_off()), "unreachable", streams=True),
)
WORDS = (
    Kind("cut off in an answer", [LOOK, cut_off()], "cut off"),
    Kind("cut off in prose", [_finish("length")], "cut off"),
    Kind("cut off in events", [LOOK, cut_off()], "cut off", streams=True),
    Kind("content filter", [_finish("content_filter")], "declined"),
    Kind("refusal", [refuse()], "declined"),
    Kind("prose, then a vote", [LOOK, say("I would go long."), says("long")], ""),
    Kind("prose for ever", forever(say("Long, I said.")), "prose"),
    Kind("a megabyte of prose", forever(say("Up! " * (BIG // 4))), "prose"),
    Kind("nothing", [say("")] * 2, "empty"),
    Kind("blank", [_message(content=" \n ")] * 2, "empty"),
)
CALLS = (
    Kind("unknown tool once", [call("buy_now", symbol="BTC"), LOOK, says("long")], ""),
    Kind("unknown tools for ever", forever(call("buy_now", symbol="BTC")), "unknown tool"),
    Kind("tool without a name", forever(_called("", "{}")), "unknown tool"),
    Kind("tool whose name is null", [_called(None, "{}")], "unknown tool"),
    Kind("the same call for ever", forever(call("quote", symbol="BTC/USDT")), "looping"),
    Kind("another call for ever", _again_and_again, "looping"),
    Kind("wrong arguments for ever", forever(call("quote", colour="red")), "looping"),
    Kind("broken arguments once", [broken_arguments(), LOOK, says("long")], ""),
    Kind("broken arguments for ever", forever(broken_arguments()), "malformed"),
    Kind("arguments that are a list", forever(broken_arguments("quote", "[1]")), "malformed"),
    Kind("arguments that are null", [_called("quote", None)], "looping"),
    Kind(
        "arguments in a bottomless pit",
        forever(broken_arguments("quote", "[" * 100_000)),
        "malformed",
    ),
    Kind("a megabyte of arguments", forever(call("quote", symbol="B" * BIG)), "looping"),
    Kind("numbers as texts", [LOOK, call("forecast", symbol="btc", horizon="4"), AS_TEXT], ""),
)
ANSWERS = (
    Kind("answer beside tools", [BESIDE], ""),
    Kind("broken answer", [LOOK, *[broken_arguments("Answer", '{"stance": ')] * 2], "malformed"),
    Kind("answer off the schema once", [LOOK, answer({"stance": "moon"}), says("long")], ""),
    Kind("answer off the schema", [LOOK, *[answer({"stance": "moon"})] * 3], "wrong answer"),
    Kind("answer off twice", [LOOK, answer({"stance": "moon"}), NO_SYMBOL, says("long")], ""),
    Kind("answer without a symbol", [LOOK, *[NO_SYMBOL] * 3], "wrong answer"),
    Kind("two answers at once, for ever", forever(TWICE), "wrong answer"),
    Kind("two answers, then one", [LOOK, TWICE, says("long")], ""),
    Kind("empty answer", [LOOK, *[answer({})] * 3], "wrong answer"),
    Kind("a megabyte of answer", [LOOK, *[says("long", headline="Up " * BIG)] * 3], "wrong answer"),
    Kind("no evidence", [BLIND, BLIND], "no evidence"),
    Kind("torn emoji", [LOOK, says("long", headline="Up \ud83d")], ""),
)
KINDS = (*CONNECTION, *STATUS, *BODY, *WORDS, *CALLS, *ANSWERS)


async def end_of(kind: Kind) -> End:
    """Let one run meet a kind of failure."""
    async with OpenAIServer([kind.script] if kind.script else []) as server:
        model = _model(kind, kind.address or server.base_url)
        room = Room(language_lineup(model, MODEL, 1), seconds=kind.seconds, model_calls=MODEL_CALLS)
        clock = asyncio.get_running_loop().time
        began = clock()
        verdict = await room.ask()
        seconds = clock() - began
        asked = len(server.chats)
    failed = verdict.votes[0].failure
    if (verdict.stance == "no call") != (failed is not None):
        raise AssertionError(f"{kind.name}: {verdict.stance} beside {failed}")
    return End(failed, seconds, asked, room.shelf.stored[verdict.id].trace)


def in_time(kind: Kind, end: End) -> bool:
    """Tell whether a run ended inside the question's deadline."""
    return end.seconds <= kind.seconds + SLACK


async def meet(kinds: Sequence[Kind]) -> list[tuple[Kind, End]]:
    """Let a run meet each kind, a few at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def met(kind: Kind) -> tuple[Kind, End]:
        async with turn:
            return kind, await end_of(kind)

    return list(await asyncio.gather(*(met(kind) for kind in kinds)))


async def rows() -> list[Row]:
    """Meet every kind, and count those that end as they should."""
    ends = await meet(KINDS)
    good = [kind for kind, end in ends if end.label == kind.label and in_time(kind, end)]
    wrong = ", ".join(f"{kind.name}: {end.label}" for kind, end in ends if kind not in good)
    note = wrong or f"{SLACK:g} s more are this machine's"
    return [
        Row("failures: kinds", len(KINDS), None, "kinds", "ours >= 40"),
        Row(
            "failures: ended in the deadline with the right label",
            len(good) / len(KINDS),
            None,
            "share",
            "ours >= 1",
            note,
        ),
    ]


def _model(kind: Kind, address: str) -> ChatOpenAI:
    if not kind.streams:
        model = language_model(SecretStr(KEY), address, MODEL, kind.timeout)
        assert isinstance(model, ChatOpenAI)
        return model
    return ChatOpenAI(
        model=MODEL,
        api_key=SecretStr(KEY),
        base_url=address,
        timeout=kind.timeout,
        streaming=True,
        stream_usage=True,
        max_retries=0,
        use_responses_api=False,
        http_async_client=DefaultAsyncHttpxClient(),
    )
