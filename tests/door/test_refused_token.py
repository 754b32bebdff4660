"""A token that Telegram takes no longer is noticed: a bot that hears nothing is no bot."""

from __future__ import annotations

import asyncio

from bot.polling import build, poll, stop
from sandbox.server import SandboxServer


async def test_a_token_that_is_taken_back_while_running_is_told_and_the_bot_can_stop(
    server: SandboxServer,
) -> None:
    refused = asyncio.Event()
    application = build(server.token, server.api_base, refused.set)
    await application.initialize()
    server.faults.fail("getUpdates", 401)
    await poll(application)
    await application.start()
    async with asyncio.timeout(5):
        await refused.wait()
        await stop(application)
