"""One message or tap, with all that a handler needs to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import Message

from bot.chat import Chat
from bot.services import Services
from tools.context import Context
from trading.errors import ConclaveError

if TYPE_CHECKING:
    from bot.asking import Asking


STARTING = "One moment, the desk is still starting…"
STOPPING = "The bot is being stopped. Try again in a moment."
WENT_WRONG = (
    "That went wrong on our side (reference {reference}); nothing was ordered. Try again, or ask "
    "the owner to look at the log."
)


class Stopping(ConclaveError):
    """The bot goes down before the desk was ready."""

    def __init__(self) -> None:
        super().__init__(STOPPING)


@dataclass(frozen=True)
class Turn:
    """What a person sent: `words` after a command, or the `subject` (an id) of a tap."""

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

    def context(self) -> Context:
        return self.services.context(self.account_id)


@dataclass(frozen=True)
class Toast:
    """The short notice that answers a tap; an alert has to be closed by the person."""

    text: str
    alert: bool = False


CommandRun = Callable[[Turn], Awaitable[None]]
TapRun = Callable[[Turn], Awaitable[Toast]]
