"""Two whole bots on one database, each with a Telegram of its own: what happens, happens once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.turn import STARTING
from sandbox.records import QueuedUpdate
from sandbox.server import SandboxServer
from tests.e2e.person import Person
from tests.e2e.stage import BASE, Stage, stage
from tests.e2e.world import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAPS = 5
COPIES = 5  # how often each bot fetches the same update


@dataclass(frozen=True)
class Pair:
    """Two bots, and people who write to both and have one account each."""

    world: Stage
    servers: tuple[SandboxServer, SandboxServer]

    async def person(self) -> Both:
        """Bring somebody new."""
        first = self.world.person()
        second = Person(self.servers[1].chat, first.id)
        for one in (first, second):
            # A bot that has just begun to live says so first.
            while (await one.says("/start")).text == STARTING:  # noqa: ASYNC110  no event tells
                await asyncio.sleep(0.1)
        return Both(first, second)


@dataclass(frozen=True)
class Both:
    """A person in the chat of either bot."""

    here: Person
    there: Person

    @property
    def account_id(self) -> str:
        return str(self.here.id)

    def said(self, words: str) -> int:
        return self.here.counted(words) + self.there.counted(words)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Start two bots; the second one's database is a link to the first one's."""
    folder = tmp_path_factory.mktemp("first")
    other = tmp_path_factory.mktemp("second")
    async with stage(folder) as world:
        second = SandboxServer(other / "telegram.db", 0)
        await second.start()
        try:
            await world.dies([])
            await world.person().says("/start")
            (other / "conclave.db").symlink_to(folder / "conclave.db")
            variables = {
                **world.births.variables,
                "TELEGRAM_BOT_TOKEN": second.token,
                "TELEGRAM_API_BASE": second.api_base,
                "DATABASE_URL": f"sqlite:///{other / 'conclave.db'}",
            }
            await world.births.life_elsewhere(other, variables)
            yield Pair(world, (world.telegram, second))
            assert "Traceback" not in world.births.logged, world.births.logged
        finally:
            await second.stop()


async def test_fifty_copies_of_a_tap_over_two_bots_fill_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, book = await pair.person(), pair.world.book
    await pair.world.price(1.0, wait=True)
    card = await both.here.says(f"/buy {BASE} 150")
    data = card.button("Confirm").data
    assert data is not None
    for server in pair.servers:
        server.calls.clear()
        _fetched_again(server, monkeypatch)
    for _ in range(TAPS):
        both.here.sends_tap(card, data)
        both.there.sends_tap(both.there.shown[0], data)
    answers = await _answers(pair, 2 * TAPS * COPIES)
    assert sum(text.startswith("Bought") for text in answers) == 1
    assert sum(text.startswith("Already confirmed") for text in answers) == len(answers) - 1
    (fill,) = book.fills(both.account_id)
    assert fill.reason == "entry"
    assert book.state(both.account_id).cash == book.cash(both.account_id)
    await _told(pair, both, "Filled: bought")


async def test_a_stop_that_two_bots_watch_fills_once_and_is_told_once(pair: Pair) -> None:
    both, book = await pair.person(), pair.world.book
    await pair.world.price(1.0, wait=True)
    card = await both.there.says(f"/buy {BASE} 150")
    assert (await both.there.taps(card, "Confirm")).text.startswith("Bought")
    await pair.world.price(0.9)
    await _told(pair, both, "Stop reached")
    await _told(pair, both, "Filled: bought")
    assert [fill.reason for fill in book.fills(both.account_id)] == ["entry", "stop"]
    state = book.state(both.account_id)
    assert state.cash == book.cash(both.account_id)
    assert not state.positions
    assert not state.orders


def _fetched_again(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each update come several times in one answer, with one id."""
    queue = server.chat.queue
    once = queue.waiting_from

    def several(offset: int, limit: int) -> list[QueuedUpdate]:
        return [update for update in once(offset, limit) for _ in range(COPIES)]

    monkeypatch.setattr(queue, "waiting_from", several)


async def _answers(pair: Pair, count: int) -> list[str]:
    """Wait for so many answers to taps, of both bots."""

    def answers() -> list[str]:
        calls = (call for server in pair.servers for call in server.calls.of("answerCallbackQuery"))
        return [str(call.params["text"]) for call in calls]

    await eventually(lambda: len(answers()) >= count)
    return answers()


async def _told(pair: Pair, both: Both, words: str) -> None:
    """Wait until nothing waits to be told; then one of the bots has said it, once."""
    outbox = pair.world.book.outbox
    await eventually(lambda: both.said(words) > 0)
    await eventually(lambda: all(one.state == "delivered" for one in outbox(both.account_id)))
    assert both.said(words) == 1
