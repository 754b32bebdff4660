"""Telegram's limits kept per chat: one chat's flood wait holds that chat and no other."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

log = logging.getLogger(__name__)
Answer = bool | dict[str, Any] | list[dict[str, Any]]
MOST_CHATS = 512
_floods_returned: ContextVar[bool] = ContextVar("floods_returned", default=False)


@contextmanager
def floods_returned() -> Iterator[None]:
    """Let calls inside the block fail with RetryAfter at once, for a caller that can wait."""
    token = _floods_returned.set(True)
    try:
        yield
    finally:
        _floods_returned.reset(token)


@dataclass(frozen=True)
class Rates:
    """Telegram's figures: requests a second in all; in one chat a second, after a short burst;
    in one group a minute. A wait longer than `patience` seconds is told instead of waited."""

    overall: float = 30
    burst: float = 20
    chat: float = 1
    group: float = 20
    patience: float = 60
    tries: int = 4


class Pace(BaseRateLimiter[None]):
    """Paces what the bot sends; the library's own limiter stops all chats when one is flooded.

    Calls without a chat (a tap's answer, the command menu) are not paced. Nor is the typing
    sign: it is either shown at once or not worth waiting for.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = rates or Rates()
        self._overall = AsyncLimiter(self._rates.overall, 1)
        self._chats: dict[int | str, AsyncLimiter] = {}
        self._flooded: dict[int | str, float] = {}

    async def initialize(self) -> None:
        """Do nothing; the library asks for it."""

    async def shutdown(self) -> None:
        """Do nothing; the library asks for it."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Answer:
        """Make a call in its turn; one that meets a flood limit waits and is made again."""
        chat = data.get("chat_id")
        in_passing = endpoint == "sendChatAction"
        returned = in_passing or _floods_returned.get()
        for left in reversed(range(self._rates.tries)):
            if chat is not None:
                await self._wait_out(chat, returned=returned)
            if chat is not None and not in_passing:
                await self._limiter(chat).acquire()
                await self._overall.acquire()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                seconds = flood_seconds(error)
                log.info("%s is flooded for %.0f s", chat or endpoint, seconds)
                if chat is not None:
                    self._flooded[chat] = _now() + seconds
                if returned or not left or seconds > self._rates.patience:
                    raise
                if chat is None:
                    await asyncio.sleep(seconds)
        raise AssertionError("the last try returns or raises")

    async def _wait_out(self, chat: int | str, *, returned: bool) -> None:
        """Wait until this chat's flood is over; RetryAfter when nobody wants to wait as long."""
        while (wait := self._flooded.get(chat, 0) - _now()) > 0:
            if returned or wait > self._rates.patience:
                raise RetryAfter(math.ceil(wait))
            await asyncio.sleep(wait)
        self._flooded.pop(chat, None)

    def _limiter(self, chat: int | str) -> AsyncLimiter:
        if chat not in self._chats:
            if len(self._chats) >= MOST_CHATS:
                self._forget()
            self._chats[chat] = self._new_limiter(chat)
        return self._chats[chat]

    def _forget(self) -> None:
        """Drop limiters that have their whole burst again, and floods that are over."""
        for chat, limiter in list(self._chats.items()):
            if limiter.has_capacity(limiter.max_rate):
                del self._chats[chat]
        for chat, until in list(self._flooded.items()):
            if until < _now():
                del self._flooded[chat]

    def _new_limiter(self, chat: int | str) -> AsyncLimiter:
        rates = self._rates
        if isinstance(chat, str) or chat < 0:
            return AsyncLimiter(rates.group, 60)
        return AsyncLimiter(rates.burst, rates.burst / rates.chat)


def _now() -> float:
    return asyncio.get_running_loop().time()


def flood_seconds(error: RetryAfter) -> float:
    """Read how long Telegram wants to be left alone: a number now, a timedelta some day."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
