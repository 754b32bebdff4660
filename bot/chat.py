"""One chat: show a card in it, as a new message or in place of an old one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Bot, InputMediaDocument, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.cards.card import CAPTION_LIMIT, Block, Button, Card, keyboard
from trading.errors import ConclaveError

log = logging.getLogger(__name__)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
UNCHANGED = "message is not modified"


@dataclass(frozen=True)
class Document:
    """A file to send."""

    name: str
    content: bytes


class Chat:
    """Sends and edits messages of one chat; knows Telegram's limits."""

    def __init__(self, bot: Bot, chat_id: int) -> None:
        self._bot = bot
        self.id = chat_id

    async def say(self, text: str) -> Message:
        """Send plain text."""
        return await self.show(Card((Block("text", text),)))

    async def typing(self) -> None:
        """Show that something is being done; nothing depends on it."""
        try:
            await self._bot.send_chat_action(self.id, ChatAction.TYPING)
        except TelegramError as error:
            log.info("the typing sign could not be shown: %s", error)

    async def show(self, card: Card, *, quiet: bool = False) -> Message:
        """Send a card, `quiet` without a sound; its buttons are on the message returned."""
        return await self._show(await _drawn(card), quiet=quiet)

    async def send_files(self, files: Sequence[Document], caption: Card) -> Sequence[Message]:
        """Send one to ten files together, a card without buttons or chart under the last one."""
        *first, last = files
        words = caption.html(CAPTION_LIMIT)
        if not first:
            sent = await self._bot.send_document(
                self.id,
                last.content,
                words,
                parse_mode=ParseMode.HTML,
                filename=last.name,
            )
            return [sent]
        media = [InputMediaDocument(file.content, filename=file.name) for file in first]
        media.append(InputMediaDocument(last.content, words, ParseMode.HTML, filename=last.name))
        return await self._bot.send_media_group(self.id, media)

    async def replace(self, message: Message, card: Card) -> Message:
        """Put a card in the place of a text message; a new message when that is gone."""
        drawn = await _drawn(card)
        try:
            if drawn.is_photo:
                return await self._replace_with_photo(message, drawn)
            shown = await self._bot.edit_message_text(
                drawn.sent_html,
                self.id,
                message.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=drawn.keyboard(),
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if UNCHANGED in str(error).lower():
                return message
            log.info("a message could not be replaced (%s); sending a new one", error)
            return await self._show(drawn)
        if drawn.picture is not None:
            await self._bot.send_photo(self.id, drawn.picture)
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

    async def _show(self, drawn: Card, *, quiet: bool = False) -> Message:
        if drawn.is_photo and drawn.picture is not None:
            return await self._bot.send_photo(
                self.id,
                drawn.picture,
                caption=drawn.sent_html,
                parse_mode=ParseMode.HTML,
                reply_markup=drawn.keyboard(),
                disable_notification=quiet,
            )
        if drawn.picture is not None:
            await self._bot.send_photo(self.id, drawn.picture, disable_notification=quiet)
        return await self._bot.send_message(
            self.id,
            drawn.sent_html,
            parse_mode=ParseMode.HTML,
            reply_markup=drawn.keyboard(),
            link_preview_options=NO_PREVIEW,
            disable_notification=quiet,
        )

    async def _replace_with_photo(self, message: Message, drawn: Card) -> Message:
        assert drawn.picture is not None  # noqa: S101 - a photo has one
        media = InputMediaPhoto(drawn.picture, drawn.sent_html, parse_mode=ParseMode.HTML)
        shown = await self._bot.edit_message_media(
            media, self.id, message.message_id, reply_markup=drawn.keyboard()
        )
        return shown if isinstance(shown, Message) else message


async def picture_of(card: Card) -> tuple[bytes | None, str]:
    """Draw a card's chart, and say why where that fails: it does not take the answer with it."""
    if card.chart is None:
        return card.picture, ""
    # matplotlib takes a second to import; the start loads it in the background.
    from bot.charts import draw

    try:
        return await draw(card.chart), ""
    except ConclaveError as error:
        return None, f"No chart: {error}"
    except Exception:
        log.exception("a chart could not be drawn")
        return None, "No chart: it could not be drawn."


async def _drawn(card: Card) -> Card:
    picture, trouble = await picture_of(card)
    return card.drawn(picture, trouble)
