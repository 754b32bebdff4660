"""One message or tap, with all that a handler needs to answer it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from telegram import Message

from bot.cards.card import Card
from bot.chat import Chat
from bot.services import Services
from tools.context import Context
from trading.errors import ConclaveError

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
class Done:
    """What a long job ends with: its card, and the proposal on it, if there is one."""

    card: Card
    proposal: str = ""


@dataclass(frozen=True)
class LongJob:
    """Work that takes seconds: the title of its progress, and how it is done.

    `busy` is told who asks for more meanwhile; `work` gets what takes the lines of its progress.
    `subject` names it to who stops it; `stopped` then takes the place of its progress. Of each
    `kind` a person has one at a time.
    """

    title: str
    busy: str
    work: Callable[[Callable[[Sequence[str]], None]], Awaitable[Done]]
    subject: str
    stopped: str
    kind: str = ""


class Questions(Protocol):
    """Answers questions and does other long jobs, one of a kind per person (bot.asking.Asking)."""

    async def ask(self, turn: Turn, question: str) -> None:
        """Answer a question; return when it is answered."""

    def begin(self, turn: Turn, question: str) -> None:
        """Answer a question while the caller goes on."""

    def keep(self, task: asyncio.Task[None]) -> None:
        """Let a task run beside the caller; its failure is logged."""

    async def do(self, turn: Turn, job: LongJob) -> None:
        """Do a long job; return when its answer is shown."""

    def cancel(self, user_id: int, token: str = "") -> str:
        """Stop the person's job (the one with this token, else the newest); return its subject.

        "": there is none.
        """


@dataclass(frozen=True)
class Turn:
    """What a person sent: `words` after a command, or the `subject` (an id) of a tap.

    `late`: it may have waited for minutes while the bot was away, so it must not move money that
    the person does not see move.
    """

    services: Services
    asking: Questions
    chat: Chat
    user_id: int
    account_id: str
    words: tuple[str, ...] = ()
    text: str = ""
    subject: str = ""
    message: Message | None = None
    late: bool = False

    @property
    def rest(self) -> str:
        """The text after the command, as it was written."""
        return "".join(self.text.split(maxsplit=1)[1:])

    def context(self, strategy: str = "manual") -> Context:
        """Pin the market of this moment; `strategy` says for whom orders are judged."""
        return self.services.context(self.account_id, strategy)


@dataclass(frozen=True)
class Toast:
    """The short notice that answers a tap; an alert has to be closed by the person."""

    text: str
    alert: bool = False


CommandRun = Callable[[Turn], Awaitable[None]]
TapRun = Callable[[Turn], Awaitable[Toast]]
