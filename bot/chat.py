"""One chat: show a card in it, as a new message or in place of an old one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from telegram import Bot, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest

from bot.cards.card import CAPTION_LIMIT, Block, Button, Card, keyboard

if TYPE_CHECKING:
    from desk.chart_spec import ChartSpec

log = logging.getLogger(__name__)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Chat:
    """Sends and edits messages of one chat; knows Telegram's limits."""

    def __init__(self, bot: Bot, chat_id: int) -> None:
        self._bot = bot
        self.id = chat_id

    async def say(self, text: str) -> Message:
        """Send plain text."""
        return await self.show(Card((Block("text", text),)))

    async def typing(self) -> None:
        await self._bot.send_chat_action(self.id, ChatAction.TYPING)

    async def show(self, card: Card) -> Message:
        """Send a card; its buttons are on the message that is returned."""
        if card.chart is None:
            return await self._send_text(card)
        picture = await _draw(card.chart)
        if card.fits_caption:
            return await self._bot.send_photo(
                self.id,
                picture,
                caption=card.html(CAPTION_LIMIT),
                parse_mode=ParseMode.HTML,
                reply_markup=card.keyboard(),
            )
        await self._bot.send_photo(self.id, picture)
        return await self._send_text(card)

    async def replace(self, message: Message, card: Card) -> Message:
        """Put a card in the place of a text message; a new message when that is gone."""
        try:
            if card.chart is not None and card.fits_caption:
                return await self._replace_with_photo(message, card)
            shown = await self._bot.edit_message_text(
                card.html(),
                self.id,
                message.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=card.keyboard(),
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            log.info("a message could not be replaced (%s); sending a new one", error)
            return await self.show(card)
        if card.chart is not None:
            await self._bot.send_photo(self.id, await _draw(card.chart))
        return shown if isinstance(shown, Message) else message

    async def _replace_with_photo(self, message: Message, card: Card) -> Message:
        assert card.chart is not None  # noqa: S101 - said by the caller
        media = InputMediaPhoto(
            await _draw(card.chart), card.html(CAPTION_LIMIT), parse_mode=ParseMode.HTML
        )
        shown = await self._bot.edit_message_media(
            media, self.id, message.message_id, reply_markup=card.keyboard()
        )
        return shown if isinstance(shown, Message) else message

    async def set_buttons(self, message_id: int, rows: Sequence[Sequence[Button]]) -> None:
        """Put these buttons on a message in place of what it has."""
        try:
            await self._bot.edit_message_reply_markup(
                self.id, message_id, reply_markup=keyboard(rows)
            )
        except BadRequest as error:
            # Another tap was faster, or the person deleted the card.
            log.debug("buttons were not changed: %s", error)

    async def _send_text(self, card: Card) -> Message:
        return await self._bot.send_message(
            self.id,
            card.html(),
            parse_mode=ParseMode.HTML,
            reply_markup=card.keyboard(),
            link_preview_options=NO_PREVIEW,
        )


async def _draw(chart: ChartSpec) -> bytes:
    # matplotlib takes a second to import; the start loads it in the background.
    from bot.charts import draw

    return await draw(chart)
