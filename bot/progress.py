"""The message that shows how far a question or a search is, and becomes the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from telegram import Bot, Message
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.cards.card import Block, Button, Card
from bot.chat import Chat
from desk.ports import CardStore

log = logging.getLogger(__name__)
INTERRUPTED = "A restart cut this off; nothing came of it. Please ask again."
SECONDS_BETWEEN_EDITS = 1.0
ANSWER_AGAIN_AFTER = (1.0, 3.0)


class Progress:
    """Edits one message as steps finish, at most once a second (Telegram's limit)."""

    def __init__(
        self,
        chat: Chat,
        cards: CardStore,
        message: Message,
        title: str,
        buttons: tuple[tuple[Button, ...], ...] = (),
    ) -> None:
        """`buttons` stay under the message until it is finished."""
        self._chat = chat
        self._cards = cards
        self._message = message
        self._title = title
        self._buttons = buttons
        self._lines: list[str] = []
        self._changed = asyncio.Event()
        self._editing = asyncio.Lock()
        self._editor = asyncio.create_task(self._edit_when_changed())

    @classmethod
    async def begin(
        cls,
        chat: Chat,
        cards: CardStore,
        title: str,
        buttons: tuple[tuple[Button, ...], ...] = (),
    ) -> Progress:
        message = await chat.show(Card((Block("title", title),), buttons))
        await cards.begun(chat.id, message.message_id)
        return cls(chat, cards, message, title, buttons)

    def update(self, lines: Sequence[str]) -> None:
        """Show these lines soon; never waits."""
        self._lines = list(lines)
        self._changed.set()

    async def finish(self, card: Card) -> Message:
        """Put the answer in the place of the progress."""
        await self._stop()
        shown = await self._answer(card)
        await self._cards.finished(self._chat.id, self._message.message_id)
        return shown

    async def _answer(self, card: Card) -> Message:
        for wait in ANSWER_AGAIN_AFTER:
            try:
                return await self._chat.replace(self._message, card)
            except NetworkError as error:
                # The answer took a minute to make. An edit says the same however often it is sent.
                log.info("the answer could not be shown, trying again: %s", error)
                await asyncio.sleep(wait)
        return await self._chat.replace(self._message, card)

    async def _edit_when_changed(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            blocks = (Block("title", self._title), Block("text", "\n".join(self._lines)))
            card = Card(blocks, self._buttons)
            async with self._editing:
                try:
                    self._message = await self._chat.replace(self._message, card)
                except TelegramError as error:
                    log.info("progress could not be shown: %s", error)
            await asyncio.sleep(SECONDS_BETWEEN_EDITS)

    async def _stop(self) -> None:
        # An edit under way is awaited: cut off, it could still arrive after the answer.
        async with self._editing:
            self._editor.cancel()
        await asyncio.gather(self._editor, return_exceptions=True)


async def mend_interrupted(
    bot: Bot, cards: CardStore, interrupted: Sequence[tuple[int, int]]
) -> None:
    """Tell those whose job a kill cut off; else its message would look on for ever."""
    for chat_id, message_id in interrupted:
        try:
            await bot.edit_message_text(INTERRUPTED, chat_id, message_id)
        except BadRequest as error:
            log.info("an interrupted question could not be mended: %s", error)
        except TelegramError as error:
            log.warning("an interrupted question is mended at the next start: %s", error)
            continue
        await cards.finished(chat_id, message_id)
