"""Language models behind any OpenAI-compatible address, and a check that one works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    OpenAIError,
)
from pydantic import PrivateAttr, SecretStr

from agents.meter import REPLY_TOKENS
from trading.errors import ConclaveError

# What others call a model by: LangChain is this room's own business.
ChatModel = BaseChatModel
OPENAI = "https://api.openai.com/v1"
# A server on one's own machine asks for no key, but the client insists on one.
NO_KEY = "none"


class ModelUnusable(ConclaveError):
    """The model can't be used as configured; the message says what to mend."""


class LimitedChat(ChatOpenAI):
    """Names the limit of a reply in the field that its server knows.

    OpenAI's newer models refuse `max_tokens`, many other servers know nothing else. A server that
    refuses one (HTTP 400 or 422 that names it) is asked with the other from then on.
    """

    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    _written: dict[int, tuple[object, dict[str, Any]]] = PrivateAttr(default_factory=dict)

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Offer tools to the model; each is written as JSON once, since all runs offer the same."""
        return super().bind_tools([self._as_json(tool) for tool in tools], **kwargs)

    def _as_json(self, tool: Any) -> Any:
        if not isinstance(tool, BaseTool):
            return tool
        # The tool stays beside its text, so that no other one can get its id.
        if id(tool) not in self._written:
            self._written[id(tool)] = (tool, convert_to_openai_tool(tool))
        return self._written[id(tool)][1]

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(*args, **kwargs)
        if "max_completion_tokens" in payload:
            payload[self.limit_field] = payload.pop("max_completion_tokens")
        if "tools" in payload:
            # Sent as they are: the client would walk all their schemas at every call.
            beside = payload.get("extra_body") or {}
            payload["extra_body"] = {**beside, "tools": payload.pop("tools")}
        return payload

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        # Runs share the model: the other one of what this call sent, not of what is set by then.
        sent = self.limit_field
        try:
            return await super()._agenerate(*args, **kwargs)
        except APIStatusError as error:
            if error.status_code not in (400, 422) or sent not in str(error):
                raise
        self.limit_field = "max_tokens" if sent != "max_tokens" else "max_completion_tokens"
        return await super()._agenerate(*args, **kwargs)


def reply_limit(model: BaseChatModel) -> int:
    """Return the most tokens of a reply; without a limit, what one is reckoned at."""
    limit = model.max_tokens if isinstance(model, ChatOpenAI) else None
    return limit or REPLY_TOKENS


def language_model(
    api_key: SecretStr | None,
    base_url: str | None,
    model: str,
    timeout: float,
    reply_tokens: int | None = REPLY_TOKENS,
) -> BaseChatModel:
    """Build the chat model; `timeout` in seconds is that of one request.

    `reply_tokens`: the longest reply that it is let write; None: no limit is sent.
    Chat completions on any server, whatever the model is called. The package's own retries are
    off: agents.retry knows the question's deadline.
    """
    return LimitedChat(
        model=model,
        max_completion_tokens=reply_tokens,
        limit_field="max_tokens" if base_url else "max_completion_tokens",
        api_key=api_key or SecretStr(NO_KEY),
        # Given always, so that no other variable of the environment redirects the question.
        base_url=base_url or OPENAI,
        timeout=timeout,
        max_retries=0,
        stream_usage=True,
        use_responses_api=False,
        http_async_client=DefaultAsyncHttpxClient(),
    )


async def check(
    api_key: SecretStr | None,
    base_url: str | None,
    model: str,
    timeout: float = 20.0,
    *,
    settings: str = "OPENAI",
) -> str:
    """Ask the server for its models, then the model for one token; return what was found.

    `settings`: how the variables begin that set this model up. Raises ModelUnusable with what
    to mend.
    """
    try:
        return await _checked(api_key, base_url, model, timeout)
    except ModelUnusable as error:
        raise ModelUnusable(str(error).replace("OPENAI_", f"{settings}_")) from None


async def _checked(
    api_key: SecretStr | None, base_url: str | None, model: str, timeout: float
) -> str:
    root = base_url or OPENAI
    key = (api_key or SecretStr(NO_KEY)).get_secret_value()
    async with AsyncOpenAI(api_key=key, base_url=root, timeout=timeout, max_retries=0) as client:
        listed = await _listed(client, root)
        if listed and model not in listed:
            some = ", ".join(sorted(listed)[:5])
            raise ModelUnusable(
                f"{root} answers, but has no model '{model}'. Set OPENAI_MODEL to one of its "
                f"{len(listed)} models, such as {some}."
            )
        try:
            reply = await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Say ok."}]
            )
        except OpenAIError as error:
            raise ModelUnusable(_explain(error, root, model)) from None
        if not getattr(reply, "choices", None):
            raise ModelUnusable(_no_api(root))
    return f"{model} at {root} answers"


async def _listed(client: AsyncOpenAI, root: str) -> frozenset[str]:
    """Names of the server's models; empty when it does not list any."""
    try:
        page = await client.models.list()
        return frozenset(found.id for found in page.data)
    except (APIConnectionError, APIStatusError) as error:
        if isinstance(error, APIStatusError) and error.status_code in (404, 405, 501):
            return frozenset()
        raise ModelUnusable(_explain(error, root, "")) from None
    except (OpenAIError, ValueError, TypeError, AttributeError):
        raise ModelUnusable(_no_api(root)) from None


def _explain(error: OpenAIError, root: str, model: str) -> str:
    if isinstance(error, APITimeoutError):
        return f"{root} took the request but did not answer in time. Try again, or another server."
    if isinstance(error, APIConnectionError):
        return f"{root} can't be reached. Check OPENAI_BASE_URL and that the server runs."
    if not isinstance(error, APIStatusError):
        return _no_api(root)
    status = error.status_code
    if status in (401, 403):
        return f"{root} refuses the key (HTTP {status}). Check OPENAI_API_KEY."
    if status == 404:
        return (
            f"{root} knows no model '{model}' (HTTP 404). Check OPENAI_MODEL, and OPENAI_BASE_URL "
            "(it mostly ends in /v1)."
        )
    if status == 429:
        return f"{root} is rate limited or out of quota (HTTP 429). Check billing, or wait."
    if status >= 500:
        return f"{root} fails (HTTP {status}). Try again in a minute."
    return f"{root} refuses the request (HTTP {status}). Check OPENAI_MODEL."


def _no_api(root: str) -> str:
    return (
        f"{root} answers, but not as an OpenAI-compatible server. Check OPENAI_BASE_URL (it "
        "mostly ends in /v1)."
    )
