"""Deliver what the outbox holds: each message until Telegram has taken it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.cards.notices import drawdown_card, fill_card
from bot.cards.proposal import settled_buttons
from bot.chat import Chat
from desk.messages import DRAWDOWN, EXPIRED, FILL, DrawdownAlert, FillReport, ProposalExpiredNotice
from desk.ports import AccountLog, CardStore, Clock, Outgoing

log = logging.getLogger(__name__)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)


class Delivery:
    """Sends waiting messages, oldest first; what fails waits and is tried again.

    A message is recorded as delivered when Telegram has answered with its id. A crash between
    the answer and the record, or an answer that got lost, makes it come twice rather than never.
    """

    def __init__(self, bot: Bot, log_book: AccountLog, cards: CardStore, clock: Clock) -> None:
        self._bot = bot
        self._log = log_book
        self._cards = cards
        self._clock = clock
        self._busy = asyncio.Lock()
        self._round: asyncio.Task[None] | None = None
        self._stopping = False
        # Messages that Telegram took but the log could not record: never sent again from here.
        self._taken: dict[int, int] = {}

    def wake(self) -> None:
        """Deliver soon instead of at the next round."""
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._soon())

    async def deliver(self) -> None:
        """Send all messages that are due now."""
        async with self._busy:
            while waiting := await self._log.due(self._clock()):
                for message in waiting:
                    if self._stopping:
                        return
                    await self._send(message)

    async def stop(self) -> None:
        """Finish the message that is being sent; the others wait for the next start."""
        self._stopping = True
        async with self._busy:
            return

    async def _soon(self) -> None:
        try:
            await self.deliver()
        except Exception:
            # The messages are still in the outbox: the next round tries again.
            log.exception("delivery failed")

    async def _send(self, message: Outgoing) -> None:
        try:
            if message.id not in self._taken:
                self._taken[message.id] = await self._render(message)
        except RetryAfter as error:
            wait = error.retry_after
            pause = wait if isinstance(wait, timedelta) else timedelta(seconds=float(wait))
            await self._later(message, pause, str(error))
        except (Forbidden, BadRequest) as error:
            log.warning("message %s can't be delivered: %s", message.key, error)
            await self._log.gave_up(message.id, self._clock(), str(error))
        except TelegramError as error:
            pause = min(FIRST_WAIT * 2**message.attempts, LONGEST_WAIT)
            await self._later(message, pause, str(error))
        except Exception:
            # One message that can't be made must not hold up those behind it, nor be lost.
            log.exception("message %s failed", message.key)
            await self._later(message, LONGEST_WAIT, "could not be rendered")
        else:
            await self._log.delivered(message.id, self._clock(), self._taken[message.id])
            del self._taken[message.id]

    async def _later(self, message: Outgoing, pause: timedelta, error: str) -> None:
        log.info("message %s waits %s: %s", message.key, pause, error)
        await self._log.retry_later(message.id, self._clock() + pause, error)

    async def _render(self, message: Outgoing) -> int:
        """Send or edit; return the id of the message that tells it now."""
        chat = Chat(self._bot, message.chat_id)
        if message.kind == FILL:
            sent = await chat.show(fill_card(FillReport.model_validate_json(message.payload)))
            return sent.message_id
        if message.kind == DRAWDOWN:
            alert = DrawdownAlert.model_validate_json(message.payload)
            return (await chat.show(drawdown_card(alert))).message_id
        if message.kind == EXPIRED:
            return await self._expire(ProposalExpiredNotice.model_validate_json(message.payload))
        raise BadRequest(f"no renderer for messages of kind '{message.kind}'")

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
