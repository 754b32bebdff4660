"""An OpenAI-compatible chat-completions server that plays scripts, on loopback.

It speaks the real wire (JSON and server-sent events), so the real client libraries are tested
against it. A script is what one conversation (one run of an analyst) does, step by step, one
step per request:

    async with OpenAIServer([[call("quote", symbol="BTC/USDT"), answer(say_long)], [hang()]]) as s:
        model = language_model(SecretStr("sk-test"), s.base_url, "any", 5)

The first conversation gets the first script, the second the second, and so on; the last script
serves all further ones. A script may also be a function of the conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.loopback import Loopback

Json = dict[str, Any]

# Invisible, put around a conversation's number in prose: there are no call ids to know it by.
MARK = "\u2063"


@dataclass(frozen=True)
class Request:
    """One request as it came in; `conversation` counts from 0, `turn` within it from 0."""

    path: str
    authorization: str
    body: Json
    conversation: int = -1
    turn: int = -1

    @property
    def messages(self) -> list[Json]:
        return list(self.body.get("messages", []))

    @property
    def tools(self) -> dict[str, Json]:
        """The offered functions by name."""
        return {tool["function"]["name"]: tool["function"] for tool in self.body.get("tools", [])}

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def facts(self) -> Facts:
        return Facts.of(self.messages)


@dataclass(frozen=True)
class Facts:
    """The facts in a conversation's tool messages."""

    rows: tuple[Json, ...]

    @classmethod
    def of(cls, messages: Sequence[Json]) -> Facts:
        rows: list[Json] = []
        for message in messages:
            if message["role"] == "tool":
                with contextlib.suppress(ValueError, TypeError, AttributeError):
                    rows += json.loads(message["content"]).get("facts", [])
        return cls(tuple(rows))

    def id(self, label: str, **where: str) -> str:
        """The id of the first fact with this label (and symbol=…, timeframe=…)."""
        for row in self.rows:
            if label in row["label"] and all(row[key] == value for key, value in where.items()):
                return str(row["id"])
        raise KeyError(f"no fact {label!r} {where} among {[row['label'] for row in self.rows]}")

    def slot(self, label: str, **where: str) -> str:
        """The same as a slot: `{f12}`."""
        return f"{{{self.id(label, **where)}}}"


@dataclass(frozen=True)
class Reply:
    """What a step answers: an assistant message with its finish reason, or raw HTTP.

    `delay` seconds pass before the first byte, `drip` between any two; `drop` closes the
    connection without an answer, `breaks` in the middle of one.
    """

    content: str | None = None
    calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str | None = None
    refusal: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None
    content_type: str = "application/json"
    delay: float = 0.0
    drop: bool = False
    drip: float = 0.0
    breaks: bool = False


Step = Callable[[Request], Reply]
Script = Sequence[Step] | Callable[[Request], Reply]


def call(tool: str, **arguments: Any) -> Step:
    """Call one tool."""
    return calls((tool, arguments))


def calls(*wanted: tuple[str, Mapping[str, Any]]) -> Step:
    """Call several tools in one message."""
    return lambda _: Reply(calls=tuple((name, json.dumps(args)) for name, args in wanted))


def answer(made: Mapping[str, Any] | Callable[[Facts], Mapping[str, Any]]) -> Step:
    """Finish with the Answer tool; a function gets the facts seen so far."""

    def step(request: Request) -> Reply:
        arguments = made(request.facts) if callable(made) else made
        return Reply(calls=(("Answer", json.dumps(arguments, ensure_ascii=False)),))

    return step


def say(text: str) -> Step:
    """Write prose instead of calling anything."""
    return lambda _: Reply(content=text)


def broken_arguments(tool: str = "quote", text: str = '{"symbol": "BTC/US') -> Step:
    """Call a tool with arguments that are no JSON."""
    return lambda _: Reply(calls=((tool, text),))


def cut_off(tool: str = "Answer", text: str = '{"stance": "long", "headl') -> Step:
    """End in the middle of a tool call, at the length limit."""
    return lambda _: Reply(calls=((tool, text),), finish_reason="length")


def refuse(text: str = "I can't help with that.") -> Step:
    """Decline as the API does: a refusal in place of content."""
    return lambda _: Reply(refusal=text)


def hang(seconds: float = 3600) -> Step:
    """Take the request and say nothing."""
    return lambda _: Reply(delay=seconds)


def slow(seconds: float, step: Step) -> Step:
    """Wait, then do the step."""

    def later(request: Request) -> Reply:
        reply = step(request)
        return Reply(**{**reply.__dict__, "delay": seconds})

    return later


def fail(status: int, message: str = "scripted failure", **headers: str) -> Step:
    """Answer with an HTTP error; header names take `_` for `-`: fail(429, Retry_After="1")."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(status=status, headers=named, raw=body)


def garbage(text: str = "<html>not an API</html>", content_type: str = "text/html") -> Step:
    """Answer 200 with something that is no chat completion."""
    return lambda _: Reply(raw=text, content_type=content_type)


def disconnect() -> Step:
    """Close the connection without an answer."""
    return lambda _: Reply(drop=True)


def break_off() -> Step:
    """Close the connection in the middle of an answer."""
    return lambda _: Reply("I think that", breaks=True)


def drip(seconds: float = 0.05) -> Step:
    """Send an answer byte by byte, with so many seconds between two."""
    return lambda _: Reply("Let me think about this.", drip=seconds)


def forever(step: Step) -> Callable[[Request], Reply]:
    """A script that does the same step at every turn."""
    return step


class OpenAIServer:
    """Plays scripts; `requests` is the log of all that was asked, `hung` counts open hangs."""

    def __init__(
        self,
        scripts: Sequence[Script] = (),
        *,
        models: Sequence[str] = ("test-model",),
        key: str | None = None,
        reports_usage: bool = True,
    ) -> None:
        """`key`: refuse others with 401; `models`: what /v1/models lists."""
        self.scripts = list(scripts)
        self.models = list(models)
        self.requests: list[Request] = []
        self.hung = 0
        self.tokens_reported: list[int] = []
        self._key = key
        self._reports_usage = reports_usage
        self._started = 0
        self._to_be_tried_again: list[int] = []
        self._stop = asyncio.Event()
        self._hang_began = asyncio.Condition()
        self._site = Loopback()

    @property
    def base_url(self) -> str:
        return f"{self._site.address}/v1"

    @property
    def chats(self) -> list[Request]:
        """The chat requests only."""
        return [request for request in self.requests if request.path.endswith("/completions")]

    async def hanging(self, count: int) -> None:
        """Wait until this many requests hang."""
        async with self._hang_began:
            await self._hang_began.wait_for(lambda: self.hung >= count)

    def conversation(self, number: int) -> list[Request]:
        return [request for request in self.chats if request.conversation == number]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/v1/chat/completions", self._complete)
        await self._site.open(app)

    async def stop(self) -> None:
        self._stop.set()
        await self._site.close()

    async def _list_models(self, request: web.Request) -> web.Response:
        self.requests.append(Request(request.path, request.headers.get("Authorization", ""), {}))
        if self._refused(request):
            return _error(401, "Incorrect API key provided")
        rows = [{"id": name, "object": "model", "created": 0} for name in self.models]
        return web.json_response({"object": "list", "data": rows})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        number, known = self._which_conversation(body)
        asked = Request(
            request.path,
            request.headers.get("Authorization", ""),
            body,
            number,
            sum(1 for seen in self.chats if seen.conversation == number),
        )
        self.requests.append(asked)
        if self._refused(request):
            return _error(401, "Incorrect API key provided")
        reply = self._play(asked)
        if not known and (reply.drop or reply.breaks or reply.status == 429 or reply.status >= 500):
            self._to_be_tried_again.append(number)
        if reply.delay:
            await self._wait(reply.delay)
        if reply.drop and request.transport:
            request.transport.close()
        if reply.drip or reply.breaks:
            return await self._in_bits(request, asked, reply)
        if reply.raw is not None:
            return web.Response(
                text=reply.raw,
                status=reply.status,
                headers=reply.headers,
                content_type=reply.content_type,
            )
        if body.get("stream"):
            return await self._stream(request, asked, reply)
        return web.json_response(self._completion(asked, reply))

    async def _in_bits(
        self, request: web.Request, asked: Request, reply: Reply
    ) -> web.StreamResponse:
        body = reply.raw or json.dumps(self._completion(asked, reply))
        response = web.StreamResponse(headers={"Content-Type": reply.content_type})
        response.content_length = len(body.encode())
        await response.prepare(request)
        bits = [body[:20]] if reply.breaks else body
        with contextlib.suppress(ConnectionError):
            for bit in bits:
                await response.write(bit.encode())
                if reply.drip:
                    await self._wait(reply.drip)
        if request.transport:
            request.transport.close()
        return response

    async def _wait(self, seconds: float) -> None:
        async with self._hang_began:
            self.hung += 1
            self._hang_began.notify_all()
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
        finally:
            self.hung -= 1

    def _which_conversation(self, body: Json) -> tuple[int, bool]:
        """A conversation is known again by what this server said in it before.

        Otherwise it is a new one, or one whose first request failed and is tried again.
        """
        for message in reversed(body.get("messages", [])):
            for made in message.get("tool_calls") or []:
                found = re.match(r"call_(\d+)_", made["id"])
                if found:
                    return int(found[1]), True
            marked = re.search(rf"{MARK}(\d+){MARK}", str(message.get("content") or ""))
            if message["role"] == "assistant" and marked:
                return int(marked[1]), True
        if self._to_be_tried_again:
            return self._to_be_tried_again.pop(0), False
        self._started += 1
        return self._started - 1, False

    def _play(self, request: Request) -> Reply:
        if not self.scripts:
            return Reply(content="ok")
        script = self.scripts[min(request.conversation, len(self.scripts) - 1)]
        if callable(script):
            return script(request)
        return script[min(request.turn, len(script) - 1)](request)

    def _refused(self, request: web.Request) -> bool:
        return self._key is not None and request.headers.get("Authorization") != (
            f"Bearer {self._key}"
        )

    def _message(self, request: Request, reply: Reply) -> Json:
        message: Json = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
        if reply.content:
            message["content"] = f"{reply.content}{MARK}{request.conversation}{MARK}"
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": f"call_{request.conversation}_{request.turn}_{number}",
                    "type": "function",
                    "function": {"name": name, "arguments": arguments},
                }
                for number, (name, arguments) in enumerate(reply.calls)
            ]
        return message

    def _usage(self, request: Request, message: Json) -> Json:
        """Made-up but plausible: four characters a token."""
        prompt = len(json.dumps(request.messages)) // 4
        completion = len(json.dumps(message)) // 4
        self.tokens_reported.append(prompt + completion)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    def _completion(self, request: Request, reply: Reply) -> Json:
        message = self._message(request, reply)
        body: Json = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 0,
            "model": request.model,
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": _finish_reason(reply),
                    "logprobs": None,
                }
            ],
        }
        if self._reports_usage:
            body["usage"] = self._usage(request, message)
        return body

    async def _stream(
        self, request: web.Request, asked: Request, reply: Reply
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        async for chunk in self._chunks(asked, reply):
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _chunks(self, asked: Request, reply: Reply) -> AsyncIterator[Json]:
        message = self._message(asked, reply)
        base: Json = {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": asked.model,
        }

        def chunk(delta: Json, finish_reason: str | None = None) -> Json:
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            return {**base, "choices": [choice]}

        yield chunk({"role": "assistant", "content": ""})
        for piece in _pieces(message["content"] or ""):
            yield chunk({"content": piece})
        for index, made in enumerate(message.get("tool_calls", [])):
            head = {**made, "index": index, "function": {**made["function"], "arguments": ""}}
            yield chunk({"tool_calls": [head]})
            for piece in _pieces(made["function"]["arguments"]):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield chunk({}, _finish_reason(reply))
        options = asked.body.get("stream_options") or {}
        if self._reports_usage and options.get("include_usage"):
            yield {**base, "choices": [], "usage": self._usage(asked, message)}


def _finish_reason(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.calls else "stop")


def _pieces(text: str, size: int = 7) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "error"}}, status=status)
