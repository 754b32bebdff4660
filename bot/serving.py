"""The bot's life: poll at once, load meanwhile, answer and watch, stop in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram.error import TelegramError

from bot.access import Access
from bot.dispatch import Dispatch
from bot.polling import REFUSED, BadToken, BotApplication, connect, poll, stop
from bot.price_events import PriceEvents
from bot.progress import mend_interrupted
from bot.services import Services
from bot.waited import Waited
from desk.ports import CardStore
from trading.errors import ConclaveError

log = logging.getLogger("conclave")
# Docker kills what takes longer than ten seconds to stop.
STOP_SECONDS = 8


@dataclass(frozen=True)
class ChatSide:
    """Where the bot talks: its token, another server's address, and who is let in."""

    token: str
    api_base: str | None
    people: frozenset[int]
    page_url: str | None = None


async def serve(
    application: BotApplication,
    side: ChatSide,
    access: Access,
    cards: CardStore,
    assemble: Callable[[], Coroutine[Any, Any, Services]],
    start_jobs: Callable[[Services], PriceEvents],
    refused: asyncio.Event,
    waited: Waited,
) -> None:
    """Poll at once, load meanwhile, then answer and watch until cancelled.

    `assemble` puts the heavy parts together; `refused` is set when Telegram takes the token no
    longer, which then raises BadToken; `waited` knows the updates that waited for the bot.
    """
    polling = asyncio.create_task(start_polling(application))
    # Loading competes with the first poll for the processor, so it comes second; without a
    # network it does not wait for ever.
    await asyncio.wait({polling}, timeout=1)
    ready = asyncio.create_task(assemble())
    dispatch = Dispatch(access, ready, waited)
    dispatch.register(application)
    events: PriceEvents | None = None
    try:
        # When loading fails first, nobody needs to wait for the network.
        await asyncio.wait({polling, ready}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
        await polling
        # Those of the last life; from here on there may be new ones.
        interrupted = await cards.unfinished()
        await application.start()
        await announce(application, dispatch, side, access)
        services = await ready
        events = start_jobs(services)
        await mend_interrupted(application.bot, cards, interrupted)
        log.info("ready: prices from %s; %s", services.market.name, services.analyst)
        await warm(services)
        await refused.wait()
        raise BadToken(REFUSED)
    finally:
        polling.cancel()
        ready.cancel()
        dispatch.stop()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                if events is not None:
                    await events.stop()
                await finish(application, dispatch, ready)
        except TimeoutError:
            log.warning("not everything ended in time; what waits to be told is in the outbox")
        await close(ready)


async def warm(services: Services) -> None:
    """Do ahead what a first question would wait for; nothing depends on it."""
    try:
        await services.market.warm()
        if services.pin.news is not None:
            await services.pin.news.latest()
    except Exception as error:
        log.info("the market could not be warmed up: %s", error)


async def finish(
    application: BotApplication, dispatch: Dispatch, ready: asyncio.Task[Services]
) -> None:
    """Let what is being done come to its end."""
    if came_up(ready):
        await ready.result().outbox.stop()
    await dispatch.stopped()
    await stop(application)


def came_up(ready: asyncio.Task[Services]) -> bool:
    return ready.done() and not ready.cancelled() and ready.exception() is None


async def start_polling(application: BotApplication) -> None:
    await connect(application)
    await poll(application)


async def announce(
    application: BotApplication, dispatch: Dispatch, side: ChatSide, access: Access
) -> None:
    """Print how to reach the bot, and set its command menu."""
    name = application.bot.username
    if side.page_url:
        print(f"\nConclave is running. Open this address on this machine:\n\n  {side.page_url}\n")
    elif await access.needs_claim():
        print(f"\n@{name} runs and has no owner yet. Send it:  /start {access.code}\n")
    else:
        print(f"\n@{name} runs. Open it in Telegram and send /start.\n")
    sys.stdout.flush()
    try:
        await application.bot.set_my_commands(dispatch.menu())
    except TelegramError as error:
        log.warning("the command menu could not be set: %s", error)


async def close(ready: asyncio.Task[Services]) -> None:
    """Give back what the parts hold, as far as they came up."""
    await asyncio.wait({ready})
    if came_up(ready):
        services = ready.result()
        services.lab.close()
        if services.pin.news is not None:
            await services.pin.news.close()
        with contextlib.suppress(ConclaveError):
            await services.market.close()
