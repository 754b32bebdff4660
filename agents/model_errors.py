"""What a model call's exception means to a person, and whether trying again may help."""

from __future__ import annotations

from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langgraph.errors import GraphRecursionError
from openai import APIStatusError, OpenAIError

from agents import failure
from agents.failure import Failed

# Order matters: a timeout is a connection error too in the openai package.
_MEANINGS: tuple[tuple[type[Exception], Failed], ...] = (
    (ModelRateLimitError, failure.RATE_LIMITED),
    (ModelAuthenticationError, failure.KEY_REFUSED),
    (ModelPermissionDeniedError, failure.KEY_REFUSED),
    (ModelNotFoundError, failure.UNKNOWN_MODEL),
    (ContextOverflowError, failure.TOO_LONG),
    (ModelTimeoutError, failure.TOO_SLOW),
    (ModelConnectionError, failure.UNREACHABLE),
    (ModelAPIError, failure.SERVER_ERROR),
    (ModelInvalidRequestError, failure.REQUEST_REFUSED),
    (APIStatusError, failure.REQUEST_REFUSED),
    (OpenAIError, failure.NONSENSE),
    (ModelCallLimitExceededError, failure.LOOPING),
    (GraphRecursionError, failure.LOOPING),
)


def failure_of(error: Exception) -> Failed:
    """Name an exception of a run."""
    for kind, meaning in _MEANINGS:
        if isinstance(error, kind):
            return meaning
    return failure.INTERNAL


def is_passing(error: Exception) -> bool:
    """Tell whether the same request may succeed a moment later; a timeout has used its time."""
    return isinstance(
        error, ModelRateLimitError | ModelAPIError | ModelConnectionError
    ) and not isinstance(error, ModelTimeoutError)


def asked_wait(error: Exception) -> float | None:
    """Seconds that the server asks to wait (Retry-After), None when it does not say."""
    if not isinstance(error, APIStatusError):
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:  # a date, or nothing
        return None
