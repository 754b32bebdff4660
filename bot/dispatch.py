"""From an update of Telegram's to the handler that answers it, and what happens when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telegram import BotCommand, CallbackQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.access import Access
from bot.asking import Asking
from bot.catalogue import Command, commands, taps
from bot.chat import Chat
from bot.services import Services
from bot.turn import STARTING, WENT_WRONG, Stopping, TapRun, Toast, Turn
from bot.waited import Waited
from desk.errors import StorageError
from tools.arguments import without_exchange
from tools.registry import discover
from trading.errors import ConclaveError

log = logging.getLogger(__name__)
ALERT_LIMIT = 200
LATE = timedelta(seconds=60)
PRIVATE = "This bot is private. Its owner can add you: your id is {id}."
ALONE = "Your account is nobody else's business: write to me in a private chat."
UNREADABLE = "The account log can't be used now. The bot's own log says why and what to mend."
UNSENT = "Telegram did not take the answer. /orders and /positions show where you stand."


class Dispatch:
    """Checks the person, waits for the desk to be ready, runs the handler, tells failures."""

    def __init__(
        self, access: Access, ready: Awaitable[Services], waited: Waited | None = None
    ) -> None:
        """`waited` knows the updates that had been waiting when the bot came back."""
        self._access = access
        self._waited = waited or Waited()
        self._ready = asyncio.ensure_future(ready)
        self._asking = Asking()
        self._commands = commands(discover())
        self._taps = taps()

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Add every handler; there is no other place that adds one."""
        for one in self._commands.values():
            application.add_handler(
                CommandHandler(one.name, self._command(one), filters.UpdateType.MESSAGE)
            )
        application.add_handler(CallbackQueryHandler(self._tap))
        # In a group a command is told where to go; the rest is not meant for the bot.
        alone = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
        application.add_handler(MessageHandler(alone & filters.COMMAND, self._unknown))
        application.add_handler(MessageHandler(alone & filters.TEXT, self._question))
        application.add_handler(MessageHandler(alone, self._not_text))
        application.add_error_handler(_log_error)

    def stop(self) -> None:
        """Stop the questions that are being answered."""
        self._asking.stop()

    async def stopped(self) -> None:
        """Wait until each stopped question has told so."""
        await self._asking.stopped()

    def menu(self) -> list[BotCommand]:
        """The command menu, from the same source as /help."""
        return [BotCommand(one.name, one.summary[:256]) for one in self._commands.values()]

    def _command(self, one: Command) -> Any:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            await self._message(update, context, one.run, tuple(context.args or ()))

        return handle

    async def _question(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        async def run(turn: Turn) -> None:
            await turn.asking.ask(turn, turn.text)

        await self._message(update, context, run, ())

    async def _unknown(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        async def run(turn: Turn) -> None:
            name = turn.text.split()[0][:40]
            await turn.chat.say(f"There is no command {name}. /help lists those there are.")

        await self._message(update, context, run, ())

    async def _not_text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        async def run(turn: Turn) -> None:
            await turn.chat.say("I read text only. Ask a question in words, or see /help.")

        await self._message(update, context, run, ())

    async def _message(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, run: Any, words: tuple[str, ...]
    ) -> None:
        message, user = update.effective_message, update.effective_user
        if message is None or user is None:
            return
        chat = Chat(context.bot, message.chat_id)
        try:
            if not await self._admitted(chat, user, message):
                return
        except StorageError as error:
            log.error("nobody could be let in: %s", error)
            await chat.say(UNREADABLE)
            return
        if message.chat.type != ChatType.PRIVATE:
            await chat.say(ALONE)
            return
        if not self._ready.done():
            with contextlib.suppress(TelegramError):
                await chat.say(STARTING)
            await chat.typing()
        try:
            turn = await self._turn(chat, user, words=words, text=message.text or "")
            await turn.services.accounts.open(turn.account_id, chat.id)
            late = turn.services.clock() - message.date > LATE
            await run(replace(turn, late=late))
        except ConclaveError as error:
            await chat.say(str(error))
        except TelegramError:
            raise
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("handler failed, reference %s", reference)
            await chat.say(WENT_WRONG.format(reference=reference))

    async def _admitted(self, chat: Chat, user: User, message: Message) -> bool:
        if await self._access.lets_in(user.id):
            return True
        if message.chat.type != ChatType.PRIVATE:
            # What a group reads (a code, somebody's id) is no secret any more.
            return False
        parts = (message.text or "").split()
        if len(parts) == 2 and parts[0] == "/start" and await self._access.claim(user.id, parts[1]):
            await chat.say("This bot is yours now. /start opens your paper account.")
        elif await self._access.needs_claim():
            await chat.say("This bot has no owner yet. Send /start and the code printed at start.")
        elif self._access.tells(user.id):
            await chat.say(PRIVATE.format(id=user.id))
        return False

    async def _tap(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        toast = await self._toast(query, context, late=update.update_id in self._waited)
        text = shortened(toast.text, ALERT_LIMIT)
        try:
            await query.answer(text, show_alert=toast.alert)
        except TelegramError as error:
            # The tap was done; only its notice came too late for Telegram.
            log.info("a tap could not be answered: %s", error)
        if text != toast.text and query.message is not None:
            # A refusal names every limit, so what the notice has no room for is written out.
            await Chat(context.bot, query.message.chat.id).say(toast.text)

    async def _toast(
        self, query: CallbackQuery, context: ContextTypes.DEFAULT_TYPE, *, late: bool
    ) -> Toast:
        try:
            if not await self._access.lets_in(query.from_user.id):
                return Toast(PRIVATE.format(id=query.from_user.id), alert=True)
        except StorageError as error:
            log.error("nobody could be let in: %s", error)
            return Toast(UNREADABLE, alert=True)
        action, _, subject = (query.data or "").partition(":")
        run: TapRun | None = self._taps.get(action)
        if run is None or query.message is None:
            return Toast("This button is from an older version. Ask again.", alert=True)
        chat = Chat(context.bot, query.message.chat.id)
        message = query.message if isinstance(query.message, Message) else None
        try:
            turn = await self._turn(chat, query.from_user, subject=subject, message=message)
            return await run(replace(turn, late=late))
        except ConclaveError as error:
            return Toast(str(error), alert=True)
        except TelegramError as error:
            log.warning("what a tap was to show could not be sent: %s", error)
            return Toast(UNSENT, alert=True)
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("tap failed, reference %s", reference)
            return Toast(f"That went wrong on our side (reference {reference}).", alert=True)

    async def _turn(
        self,
        chat: Chat,
        user: User,
        *,
        words: tuple[str, ...] = (),
        text: str = "",
        subject: str = "",
        message: Message | None = None,
    ) -> Turn:
        try:
            services = await asyncio.shield(self._ready)
        except asyncio.CancelledError:
            if self._ready.cancelled():
                raise Stopping from None
            raise
        own = services.market.name
        return Turn(
            services=services,
            asking=self._asking,
            chat=chat,
            user_id=user.id,
            account_id=services.account_id(user.id),
            words=tuple(without_exchange(word, own) for word in words),
            text=without_exchange(text, own),
            subject=subject,
            message=message,
        )


def shortened(text: str, limit: int) -> str:
    """Cut a text between words, with a sign that it goes on."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut.rsplit(' ', 1)[0].rstrip(' ,;')}…"


async def _log_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    log.error("an update could not be answered: %s", context.error, exc_info=context.error)
