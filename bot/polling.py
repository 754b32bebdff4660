"""The python-telegram-bot application: build it, start it, keep it polling."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder, JobQueue
from telegram.request import HTTPXRequest

from bot.pace import Pace
from bot.waited import Waited
from trading.errors import ConclaveError

log = logging.getLogger(__name__)
BotApplication = Application[Any, Any, Any, Any, Any, Any]
UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
ANSWERED_AT_ONCE = 64
REFUSED = "Telegram refuses TELEGRAM_BOT_TOKEN. Copy it again from @BotFather."
CONNECT_SECONDS = (1, 2, 5, 10, 30)


class BadToken(ConclaveError):
    """Telegram refuses the bot token."""


class Unreachable(ConclaveError):
    """Telegram does not answer."""


class Fetching(HTTPXRequest):
    """Fetches updates, notes which had been waiting, and tells when Telegram refuses the token:
    the fetching ends then."""

    def __init__(self, on_refused: Callable[[], None], waited: Waited) -> None:
        super().__init__(connection_pool_size=2, read_timeout=30)
        self._on_refused = on_refused
        self._waited = waited

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._waited.asks()
        status, body = await super().do_request(*args, **kwargs)
        if status == HTTPStatus.OK:
            self._waited.hears(body)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            self._on_refused()
        return status, body


def build(
    token: str,
    api_base: str | None,
    on_refused: Callable[[], None] = lambda: None,
    waited: Waited | None = None,
) -> BotApplication:
    """Make the application; `api_base` is the root of another Bot API server.

    `on_refused` is called when Telegram no longer takes the token; `waited` notes which updates
    were waiting when the bot came back.
    """
    # Long polls hold a connection for their whole time, so they get a client of their own.
    builder: Any = (
        ApplicationBuilder()
        .token(token)
        .concurrent_updates(ANSWERED_AT_ONCE)
        .rate_limiter(Pace())
        .request(
            HTTPXRequest(
                connection_pool_size=32, read_timeout=20, connect_timeout=10, pool_timeout=10
            )
        )
        .get_updates_request(Fetching(on_refused, waited or Waited()))
        .job_queue(JobQueue())
    )
    if api_base:
        builder = builder.base_url(f"{api_base}/bot").base_file_url(f"{api_base}/file/bot")
    application: BotApplication = builder.build()
    return application


async def connect(application: BotApplication) -> None:
    """Introduce the bot to Telegram; waits for the network as long as it takes.

    Raises BadToken when Telegram refuses the token.
    """
    for attempt in range(10**9):
        try:
            await application.initialize()
            return
        except InvalidToken:
            raise BadToken(REFUSED) from None
        except (NetworkError, RetryAfter) as error:
            wait = CONNECT_SECONDS[min(attempt, len(CONNECT_SECONDS) - 1)]
            log.warning("Telegram can't be reached (%s); next try in %s s", error, wait)
            await asyncio.sleep(wait)


async def introduce(application: BotApplication) -> str:
    """Ask Telegram once who this bot is; for the doctor."""
    try:
        me = await application.bot.get_me()
    except InvalidToken:
        raise BadToken(REFUSED) from None
    except NetworkError as error:
        raise Unreachable(
            f"Telegram can't be reached ({error}). Check the network, or TELEGRAM_API_BASE."
        ) from None
    finally:
        await application.bot.shutdown()
    return f"Telegram knows this bot as @{me.username}"


async def poll(application: BotApplication) -> None:
    """Fetch updates from now on; they wait for handlers in the application's queue."""
    assert application.updater is not None  # noqa: S101 - built with one
    await application.updater.start_polling(
        allowed_updates=UPDATES, bootstrap_retries=-1, error_callback=_log_polling_error
    )


async def stop(application: BotApplication) -> None:
    """Stop fetching, let handlers that run finish, and give connections back."""
    if application.updater is not None and application.updater.running:
        try:
            await application.updater.stop()
        except TelegramError as error:
            # What ended the fetching earlier is raised once more here.
            log.info("fetching had ended with: %s", error)
    if application.running:
        await application.stop()
    await application.shutdown()


def _log_polling_error(error: TelegramError) -> None:
    log.warning("fetching updates failed, trying again: %s", error)
