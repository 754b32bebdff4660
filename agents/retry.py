"""Try a model call again when that may help and the question's time allows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import ModelRequest, ModelResponse

from agents.model_errors import asked_wait, is_passing

TRIES = 3
FIRST_WAIT = 0.3
# Less than this left after a wait is too little for an answer: better to tell the cause.
WORTHWHILE = 2.0


class PatientRetry:
    """Wait as long as the server asks (or 0.3, 0.6 s) and call again; else raise the error.

    LangChain's own ModelRetryMiddleware knows neither Retry-After nor a deadline, so a rate
    limit would end as "timed out".
    """

    def __init__(self, ends_at: float) -> None:
        """`ends_at`: the question's deadline on the event loop's clock."""
        self._ends_at = ends_at

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        clock = asyncio.get_running_loop().time
        wait = FIRST_WAIT
        for _ in range(TRIES - 1):
            try:
                return await handler(request)
            except Exception as error:
                asked = asked_wait(error)
                pause = wait if asked is None else asked
                if not is_passing(error) or clock() + pause + WORTHWHILE > self._ends_at:
                    raise
            await asyncio.sleep(pause)
            wait *= 2
        return await handler(request)
