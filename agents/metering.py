"""Doors of one run: each request to a paid model goes through the question's meter."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from openai import APIStatusError

from agents.meter import Held, Meter, Used
from agents.run_log import RunLog
from desk.secrecy import Hide
from desk.token_price import TokenPrice

log = logging.getLogger(__name__)
T = TypeVar("T")
# Signs around each message that its text does not show (role, ids, template).
FRAME = 40
# By name: the client is built on either of two packages that have them.
NEVER_ARRIVED = frozenset({"ConnectError", "ConnectTimeout"})


class Metering:
    """Sets each request's size aside and counts what it used, retries one by one.

    What the server does not report is reckoned and marked as such: nothing that may have been
    paid for is left out.
    """

    def __init__(
        self, meter: Meter, run: RunLog, price: TokenPrice | None, reply_tokens: int
    ) -> None:
        """`reply_tokens`: the longest reply that the model is let write."""
        self._meter = meter
        self._reply_tokens = reply_tokens
        self._run = run
        self._price = price
        self._offered: int | None = None

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model within the budget; raise Ended when that is used up."""
        if self._offered is None:
            # The same at each call of a run.
            self._offered = sum(map(len, _offers(request)))
        held = await self._meter.before_call(
            tokens_of(self._offered + _written(request)), self._price, self._reply_tokens
        )
        return await counted(
            self._meter, held, lambda: handler(request), lambda got: got.result[0], self._note
        )

    def _note(self, used: Used) -> None:
        self._run.tokens_in += used.tokens_in
        self._run.tokens_out += used.tokens_out
        self._run.about |= used.about


class Discretion:
    """Lets no secret leave for the model's server, wherever it came from."""

    def __init__(self, hide: Hide) -> None:
        self._hide = hide

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Send the messages without what looks like a secret."""
        messages = [self._without(message) for message in request.messages]
        if any(new is not old for new, old in zip(messages, request.messages, strict=True)):
            log.warning("a secret was about to leave for the model; it was replaced")
            request = request.override(messages=messages)
        return await handler(request)

    def _without(self, message: Any) -> Any:
        # The model's own messages hold nothing that it was not told.
        if isinstance(message, AIMessage) or not isinstance(message.content, str):
            return message
        text = self._hide(message.content)
        same = text == message.content
        return message if same else message.model_copy(update={"content": text})


async def counted(
    meter: Meter,
    held: Held,
    call: Callable[[], Awaitable[T]],
    reply: Callable[[T], BaseMessage],
    note: Callable[[Used], None] = lambda used: None,
) -> T:
    """Make a call for which the meter has set something aside, and settle what it used."""
    used = Used(held.tokens_in, held.tokens_out, about=True)
    try:
        got = await call()
        used = _used(held, reply(got))
    except BaseException as error:
        # Cancelled means that it may have been answered all the same.
        if cost_nothing(error):
            used = Used(0, 0)
        raise
    finally:
        meter.used(held, used)
        note(used)
    return got


def tokens_of(size: int) -> int:
    """Reckon the tokens of a text of `size` bytes: two bytes are one.

    English has some four bytes a token, JSON about three, Chinese two; so it is mostly too many,
    which is the safe side.
    """
    return -(-size // 2)


def cost_nothing(error: BaseException) -> bool:
    """Tell whether a request is known to have been refused, or never to have arrived."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, APIStatusError) or type(cause).__name__ in NEVER_ARRIVED:
            return True
        cause = cause.__cause__
    return False


def _used(held: Held, message: BaseMessage) -> Used:
    usage = message.usage_metadata if isinstance(message, AIMessage) else None
    # Some servers send a usage that is all zeros.
    if not usage or not usage["input_tokens"] + usage["output_tokens"]:
        return Used(held.tokens_in, tokens_of(_size(message)), about=True)
    return Used(usage["input_tokens"], usage["output_tokens"])


def _written(request: ModelRequest[Any]) -> int:
    system = request.system_message
    return sum(_size(one) for one in ([system] if system else []) + [*request.messages])


def _size(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    made = json.dumps(calls, ensure_ascii=False, default=str) if calls else ""
    return FRAME + len(f"{message.text}{made}".encode("utf-8", "replace"))


def _offers(request: ModelRequest[Any]) -> Iterator[bytes]:
    """Write the functions that the model is offered, as they are sent."""
    for tool in request.tools:
        if isinstance(tool, BaseTool) and isinstance(tool.args_schema, dict):
            # What the conversion would write, without its work.
            written = f"{tool.name}{tool.description}{json.dumps(tool.args_schema)}"
        else:
            written = json.dumps(convert_to_openai_tool(tool), ensure_ascii=False)
        yield written.encode() + b" " * FRAME
    if isinstance(request.response_format, ToolStrategy):
        for spec in request.response_format.schema_specs:
            yield json.dumps(spec.json_schema, ensure_ascii=False).encode()
