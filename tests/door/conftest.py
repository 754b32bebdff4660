"""A desk with one account, and a bot that talks to a local chat server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot

from sandbox.server import SandboxServer
from tests.fakes.paper_desk import CHAT, PaperDesk, paper_desk
from tests.sandbox.bots import bot_for


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SandboxServer]:
    """A chat server that Anne, whose chat has the number CHAT, has written to."""
    server = SandboxServer(tmp_path / "chat.db", 0)
    await server.start()
    server.chat.person_sends(CHAT, "/start")
    yield server
    await server.stop()


@pytest.fixture
async def bot(server: SandboxServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as bot:
        yield bot


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened
