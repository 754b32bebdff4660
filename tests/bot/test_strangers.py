"""Nobody but those let in gets anything done: every command and every tap there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.__main__ import assemble, now
from bot.access import Access
from bot.catalogue import commands, taps
from bot.dispatch import Dispatch
from bot.polling import BotApplication, build
from bot.services import Services
from desk.outcomes import Filled
from sandbox.chat import SeenMessage
from sandbox.server import SandboxServer
from settings import Settings
from storage.people import SqlitePeople
from storage.sqlite import SqliteFile
from tests.e2e.book import Book
from tests.e2e.person import Person
from tools.registry import discover
from trading.limits import Denied
from trading.orders import Draft, Proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWNER, FRIEND = 101, 102


@dataclass(frozen=True)
class Office:
    """The bot's handlers over the real desk, and one owner with something to lose."""

    server: SandboxServer
    application: BotApplication
    services: Services
    book: Book
    owner: Person
    ids: tuple[str, ...]

    def visitor(self, user_id: int) -> Person:
        return Person(self.server.chat, user_id)

    async def handle(self) -> None:
        """Let the handlers finish all that people have sent."""
        offset = 0
        while updates := await self.application.bot.get_updates(offset, timeout=0):
            for update in updates:
                offset = update.update_id + 1
                await self.application.process_update(update)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    server = SandboxServer(folder / "telegram.db", 0)
    await server.start()
    file = SqliteFile(folder / "conclave.db")
    await file.check()
    settings = Settings(
        _env_file=None,
        openai_api_key=None,
        exchange="demo",
        database_url=f"sqlite:///{folder / 'conclave.db'}",
    )
    application = build(server.token, server.api_base)
    await application.initialize()
    services = await assemble(settings, file, application.bot)
    access = Access({OWNER, FRIEND}, SqlitePeople(file), now, "code")

    async def ready() -> Services:
        return services

    Dispatch(access, ready()).register(application)
    ids = await _something_to_lose(services)
    book = Book(folder / "conclave.db")
    owner = Person(server.chat, OWNER)
    yield Office(server, application, services, book, owner, ids)
    await application.shutdown()
    services.lab.close()
    await services.market.close()
    await file.close()
    await server.stop()


async def _something_to_lose(services: Services) -> tuple[str, ...]:
    """Give the owner a position, an open order and a question; return all their ids."""
    account = services.account_id(OWNER)
    await services.accounts.open(account, OWNER)
    settled, waiting = [await _offered(services, account) for _ in range(2)]
    assert isinstance(await services.confirm.confirm(account, settled.id), Filled)
    state = await services.accounts.require(account)
    (position,) = state.positions.values()
    context = services.context(account)
    verdict = await services.panel.ask("What is the price of BTC?", context, lambda step: None)
    return (waiting.id, settled.id, position.id, verdict.id, f"{verdict.id}:1", "0", "")


async def _offered(services: Services, account_id: str) -> Proposal:
    draft = Draft(symbol="BTC/USDT", side="buy", strategy="manual")
    priced = await services.preview.price(account_id, draft)
    assert not isinstance(priced, Denied)
    offered = await services.preview.offer(priced)
    assert isinstance(offered, Proposal)
    return offered


def _lines() -> Sequence[str]:
    """Return what can be written: each command with its example, plain words, other things."""
    typed = [f"/{one.name} {one.example}".strip() for one in commands(discover()).values()]
    return [*typed, *(f"/{name}" for name in commands(discover())), "Is BTC a long?", "/start code"]


@pytest.mark.parametrize("line", _lines())
async def test_no_command_of_a_stranger_reaches_the_desk(office: Office, line: str) -> None:
    before = office.book.everything()
    stranger = office.visitor(7_000 + _lines().index(line))
    stranger.writes(line)
    await office.handle()
    assert stranger.texts == [
        f"This bot is private. Its owner can add you: your id is {stranger.id}."
    ]
    assert office.book.everything() == before
    stranger.writes(line)
    await office.handle()
    assert len(stranger.texts) == 1, "a stranger is told once an hour"


@pytest.mark.parametrize("action", taps())
async def test_no_tap_of_a_stranger_reaches_the_desk(office: Office, action: str) -> None:
    before = office.book.everything()
    stranger = office.visitor(8_000)
    card = await _card(office)
    for subject in office.ids:
        query = stranger.sends_tap(card, f"{action}:{subject}")
        await office.handle()
        notice = await stranger.notice(query)
        assert notice.alert
        assert notice.text.startswith("This bot is private.")
    assert stranger.texts == []
    assert office.book.everything() == before


@pytest.mark.parametrize("action", [name for name in taps() if name != "ask"])
async def test_no_tap_of_another_person_touches_an_account(office: Office, action: str) -> None:
    friend = office.visitor(FRIEND)
    friend.writes("/start")
    await office.handle()
    before = office.book.everything()
    card = await _card(office)
    for subject in office.ids:
        query = friend.sends_tap(card, f"{action}:{subject}")
        await office.handle()
        notice = await friend.notice(query)
        assert notice.alert
        assert "This is not one of your" in notice.text, subject
    assert office.book.everything() == before


async def test_owner_may_still_do_all_of_it(office: Office) -> None:
    """The refusals above would prove nothing if the ids were wrong."""
    waiting, _, position, question = office.ids[:4]
    card = await _card(office)
    account = office.services.account_id(OWNER)
    for action, subject, words in (
        ("why", question, ""),
        ("confirm", waiting, "Bought"),
        ("close", position, "Closed"),
    ):
        query = office.owner.sends_tap(card, f"{action}:{subject}")
        await office.handle()
        assert (await office.owner.notice(query)).text.startswith(words)
    assert [fill.reason for fill in office.book.fills(account)] == ["entry", "entry", "close"]


async def _card(office: Office) -> SeenMessage:
    """Return a message of the bot to tap on."""
    if not office.owner.shown:
        office.owner.writes("/help")
        await office.handle()
    return office.owner.shown[0]
