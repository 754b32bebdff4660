"""A local chat with a fresh file, a clock that tests move, and a bot."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot

from sandbox.server import SandboxServer
from tests.sandbox.bots import bot_for


class Clock:
    """The time of the chat, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(tmp_path: Path, clock: Clock) -> AsyncIterator[SandboxServer]:
    server = SandboxServer(tmp_path / "chat.db", 0, clock=clock)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bot(server: SandboxServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as bot:
        yield bot
