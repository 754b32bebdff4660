"""What a model call's exception means to a person, and whether trying again may help."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from math import isnan
from types import MappingProxyType

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
from openai import APIStatusError, OpenAIError, RateLimitError

from agents import failure
from agents.failure import Failed

OUT_OF_QUOTA = "insufficient_quota"

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


# Those that the packages have no error of their own for, and one that hides its true cause.
_BY_STATUS = MappingProxyType(
    {402: failure.NO_QUOTA, 408: failure.TOO_SLOW, 413: failure.TOO_LONG, 504: failure.TOO_SLOW}
)
# A timeout or a conflict inside the server's own house, told at once: the next try may be lucky.
_PASSING = frozenset({408, 409})


def failure_of(error: Exception) -> Failed:
    """Name an exception of a run."""
    if _is_out_of_quota(error):
        return failure.NO_QUOTA
    if isinstance(error, APIStatusError) and error.status_code in _BY_STATUS:
        return _BY_STATUS[error.status_code]
    for kind, meaning in _MEANINGS:
        if isinstance(error, kind):
            return meaning
    return failure.INTERNAL


def is_passing(error: Exception) -> bool:
    """Tell whether the same request may succeed a moment later; a timeout has used its time."""
    if _is_out_of_quota(error):
        return False
    if isinstance(error, APIStatusError) and error.status_code in _PASSING:
        return True
    return isinstance(
        error, ModelRateLimitError | ModelAPIError | ModelConnectionError
    ) and not isinstance(error, ModelTimeoutError)


def asked_wait(error: Exception) -> float | None:
    """Seconds that the server asks to wait (Retry-After), None when it does not say.

    A moment in place of seconds is read against the server's own Date, so that no clock but its
    own matters.
    """
    if not isinstance(error, APIStatusError):
        return None
    headers = error.response.headers
    asked = headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        return _between(headers.get("date", ""), asked)
    return None if isnan(seconds) else max(0.0, seconds)


def _between(start: str, end: str) -> float | None:
    """Seconds between two HTTP dates; None when one of them is none."""
    try:
        return max(0.0, (parsedate_to_datetime(end) - parsedate_to_datetime(start)).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_out_of_quota(error: Exception) -> bool:
    """Tell a limit that waiting does not lift from one on how often to ask."""
    return isinstance(error, RateLimitError) and error.code == OUT_OF_QUOTA
