"""Bots as the product builds them: python-telegram-bot, pointed at the local chat."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Update,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from sandbox.server import SandboxServer
from tests.sandbox.pictures import png

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE


def keyboard(*texts: str) -> InlineKeyboardMarkup:
    """Return one row of buttons whose data is "tap:" and their text."""
    row = [InlineKeyboardButton(text, callback_data=f"tap:{text}") for text in texts]
    return InlineKeyboardMarkup([row])


def bot_for(server: SandboxServer) -> Bot:
    """Return a bot that talks to the server."""
    api = server.api_base
    return Bot(
        server.token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"verify": no_certificates()}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"verify": no_certificates()}),
    )


def no_certificates() -> ssl.SSLContext:
    """Return a context that trusts nobody: loopback needs none, and reading them takes long."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def echo_application(server: SandboxServer) -> AnyApplication:
    """Return a bot that repeats what it reads, with buttons, and reacts to taps."""
    api = server.api_base
    application = (
        ApplicationBuilder()
        .token(server.token)
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .build()
    )
    application.add_handler(CommandHandler("start", _start))
    application.add_handler(CommandHandler("picture", _picture))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, _echo))
    application.add_handler(CallbackQueryHandler(_tap))
    return application


async def _start(update: Update, context: Context) -> None:
    if update.effective_chat:
        await update.effective_chat.send_message("Welcome. Try /picture or write something.")


async def _picture(update: Update, context: Context) -> None:
    if update.effective_chat:
        message = await update.effective_chat.send_message("Drawing…")
        await message.edit_media(
            InputMediaPhoto(png(), caption="<b>Drawn</b>", parse_mode="HTML"),
            reply_markup=keyboard("Again"),
        )


async def _echo(update: Update, context: Context) -> None:
    if update.effective_chat and update.message:
        text = update.message.text or ""
        await update.effective_chat.send_message(
            f"Echo: {text}", reply_markup=keyboard("Yes", "No")
        )


async def _tap(update: Update, context: Context) -> None:
    query = update.callback_query
    if query is None:
        return
    answer = (query.data or "").removeprefix("tap:")
    await query.answer(f"You chose {answer}", show_alert=answer == "No")
    if answer == "Yes":
        await query.edit_message_text("Chosen: Yes")


@asynccontextmanager
async def running(application: AnyApplication) -> AsyncIterator[AnyApplication]:
    """Let a bot poll while the block runs."""
    await application.initialize()
    await application.bot.set_my_commands(
        [BotCommand("start", "Begin"), BotCommand("picture", "Draw a picture")]
    )
    await application.start()
    if application.updater:
        await application.updater.start_polling()
    try:
        yield application
    finally:
        if application.updater:
            await application.updater.stop()
        await application.stop()
        await application.shutdown()
