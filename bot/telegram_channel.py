"""The chat as a channel of the outbox, and what each failure of Telegram means for a message."""

from __future__ import annotations

import logging
from datetime import timedelta

import httpx
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.cards.card import Card
from bot.cards.outgoing import outgoing_card, proposed
from bot.cards.proposal import settled_buttons
from bot.channel import NotDelivered, Unanswered, Undeliverable
from bot.chat import Chat
from bot.pace import flood_seconds, floods_returned
from desk.messages import EXPIRED, ProposalExpiredNotice
from desk.ports import CHAT, CardStore, Outgoing

log = logging.getLogger(__name__)
# With these httpx says that no byte of the request went out.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class TelegramChannel:
    """Sends messages into chats; an expired proposal loses its buttons instead."""

    name = CHAT
    # The other connections are for answers to people who wait for them.
    lanes_at_once = 16
    longest_wait = timedelta(minutes=1)
    give_up_after = None

    def __init__(self, bot: Bot, cards: CardStore) -> None:
        self._bot = bot
        self._cards = cards

    async def send(self, message: Outgoing) -> int:
        """Send or edit; return the id of the message that tells it now."""
        expired = card = None
        try:
            if message.kind == EXPIRED:
                expired = ProposalExpiredNotice.model_validate_json(message.payload)
            else:
                card = outgoing_card(message.kind, message.payload, uncertain=message.uncertain)
        except Exception as error:
            # One message that can't be made must not hold up those behind it, nor be lost.
            log.exception("message %s can't be made", message.key)
            raise NotDelivered("it can't be made", self.longest_wait, holds=False) from error
        try:
            # A flood wait is kept in the outbox, where it outlives the process and holds no lane.
            with floods_returned():
                if card is not None:
                    return await self._show(message, card)
                return await self._expire(expired) if expired else 0
        except TelegramError as error:
            raise meaning(error) from error

    async def _show(self, message: Outgoing, card: Card) -> int:
        sent = await Chat(self._bot, message.chat_id).show(card, quiet=message.quiet)
        if proposal_id := proposed(message.kind, message.payload):
            # So that its buttons go when it expires.
            await self._cards.put(proposal_id, message.chat_id, sent.message_id)
        return sent.message_id

    async def _expire(self, notice: ProposalExpiredNotice) -> int:
        """Replace the buttons of an expired proposal's card; no message of its own."""
        place = await self._cards.get(notice.proposal_id)
        if place is None:
            return 0
        chat_id, message_id = place
        ended = f"Expired {notice.expired_at:%H:%M} UTC"
        buttons = settled_buttons(notice.proposal_id, ended, notice.question_id)
        await Chat(self._bot, chat_id).set_buttons(message_id, buttons)
        return message_id


def meaning(error: TelegramError) -> NotDelivered | Unanswered | Undeliverable:
    """Tell what a failed call means for the message that it carried.

    An answer of the server, of whatever status, says that the message was not taken; only a
    gateway that gave up waiting for the server behind it doesn't know. Without an answer it
    depends on how far the request came: httpx's error, which python-telegram-bot keeps as the
    cause of its own, tells.
    """
    words = str(error)
    if isinstance(error, RetryAfter):
        return NotDelivered(words, timedelta(seconds=flood_seconds(error)))
    if isinstance(error, Forbidden | BadRequest | ChatMigrated):
        return Undeliverable(words)
    if isinstance(error, InvalidToken | Conflict):
        return NotDelivered(words)
    if isinstance(error, NetworkError):
        cause = error.__cause__
        answered = cause is None or isinstance(cause, TelegramError)
        if (answered and "gateway time" not in words.lower()) or isinstance(cause, NEVER_SENT):
            return NotDelivered(words)
    return Unanswered(words)
