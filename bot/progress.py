"""The message that shows how far a question is, and becomes the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from telegram import Message
from telegram.error import TelegramError

from bot.cards.card import Block, Card
from bot.chat import Chat

log = logging.getLogger(__name__)
SECONDS_BETWEEN_EDITS = 1.0


class Progress:
    """Edits one message as steps finish, at most once a second (Telegram's limit)."""

    def __init__(self, chat: Chat, message: Message, title: str) -> None:
        self._chat = chat
        self._message = message
        self._title = title
        self._lines: list[str] = []
        self._changed = asyncio.Event()
        self._editing = asyncio.Lock()
        self._editor = asyncio.create_task(self._edit_when_changed())

    @classmethod
    async def begin(cls, chat: Chat, title: str) -> Progress:
        message = await chat.show(Card((Block("title", title),)))
        return cls(chat, message, title)

    def update(self, lines: Sequence[str]) -> None:
        """Show these lines soon; never waits."""
        self._lines = list(lines)
        self._changed.set()

    async def finish(self, card: Card) -> Message:
        """Put the answer in the place of the progress."""
        await self._stop()
        return await self._chat.replace(self._message, card)

    async def _edit_when_changed(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            blocks = (Block("title", self._title), Block("text", "\n".join(self._lines)))
            async with self._editing:
                try:
                    self._message = await self._chat.replace(self._message, Card(blocks))
                except TelegramError as error:
                    log.info("progress could not be shown: %s", error)
            await asyncio.sleep(SECONDS_BETWEEN_EDITS)

    async def _stop(self) -> None:
        # An edit under way is awaited: cut off, it could still arrive after the answer.
        async with self._editing:
            self._editor.cancel()
        await asyncio.gather(self._editor, return_exceptions=True)
