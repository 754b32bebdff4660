"""One message or tap, with all that a handler needs to answer it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Message

from bot.chat import Chat
from bot.services import Services
from tools.context import Context

if TYPE_CHECKING:
    from bot.asking import Asking


@dataclass(frozen=True)
class Turn:
    """What a person sent: `words` after a command, or the `subject` (an id) of a tap.

    `later` runs work that goes on after the tap has been answered.
    """

    services: Services
    asking: Asking
    chat: Chat
    user_id: int
    account_id: str
    words: tuple[str, ...] = ()
    text: str = ""
    subject: str = ""
    message: Message | None = None
    first_name: str = ""
    later: Callable[[Coroutine[Any, Any, None]], object] = asyncio.create_task

    def context(self) -> Context:
        return self.services.context(self.account_id)


@dataclass(frozen=True)
class Toast:
    """The short notice that answers a tap; an alert has to be closed by the person."""

    text: str
    alert: bool = False


CommandRun = Callable[[Turn], Awaitable[None]]
TapRun = Callable[[Turn], Awaitable[Toast]]
