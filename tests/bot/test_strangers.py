"""Nobody but those let in gets anything done: every command and every tap there is."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio

import bot.polling
from bot.__main__ import assemble, now
from bot.access import Access
from bot.catalogue import commands, taps
from bot.dispatch import Dispatch
from bot.pace import Pace, Rates
from bot.polling import BotApplication, build
from bot.services import Services
from desk.outcomes import Filled, Placed
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
OWNER, FRIEND, BLOCKED = 101, 102, 103
REFUSED = "This bot is private."
NOT_THEIRS = (
    "This is not one of your",
    "This button is from an older version.",
    "You have not asked anything yet.",
)
LEVEL = "345678.9"  # in the owner's alert and nowhere else
# These name no account: they begin a question of the tapper's own, or show a page of their own.
OWN = (
    "ask",
    "briefing",
    "figures",
    "history",
    "orders",
    "plan",
    "positions",
    "pnl",
    "track",
    "watches",
)
# A question takes seconds, and is an account's own as any other.
SLOW = ("ask", "optimize", "backtest", "forecast", "rank", "export")


@dataclass(frozen=True)
class Office:
    """The bot's handlers over the real desk; an owner, a friend, and one who was let in once."""

    server: SandboxServer
    application: BotApplication
    services: Services
    path: Path
    owner: Person
    subjects: tuple[str, ...]
    buttons: tuple[str, ...]

    def visitor(self, user_id: int) -> Person:
        return Person(self.server.chat, user_id)

    @property
    def book(self) -> Book:
        return Book(self.path)

    async def handle(self) -> None:
        await _handle(self.application)

    def state_hash(self, *, without: int | None = None) -> str:
        """Digest everything in the database (but what is another person's own)."""
        digest = sha256()
        mine = {str(without), f"demo-{without}"}
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
            names = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
            )
            for (name,) in names.fetchall():
                for row in database.execute(f"SELECT * FROM {name}"):
                    if not mine & {str(value) for value in row}:
                        digest.update(repr((name, row)).encode())
        return digest.hexdigest()


async def _handle(application: BotApplication) -> None:
    """Let the handlers finish all that people have sent."""
    offset = 0
    while updates := await application.bot.get_updates(offset, timeout=0):
        for update in updates:
            offset = update.update_id + 1
            await application.process_update(update)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    server = SandboxServer(folder / "telegram.db", 0)
    await server.start()
    path = folder / "conclave.db"
    file = SqliteFile(path)
    await file.check()
    settings = Settings(
        _env_file=None,
        openai_api_key=None,
        exchange="demo",
        database_url=f"sqlite:///{path}",
    )
    with pytest.MonkeyPatch.context() as patched:
        # Nobody waits here, so nothing is sent at a person's pace.
        patched.setattr(bot.polling, "Pace", lambda: Pace(Rates(1e6, 1e6, 1e6, 1e6)))
        application = build(server.token, server.api_base)
    await application.initialize()
    services = await assemble(settings, file, application.bot)
    let_in = {OWNER, FRIEND, BLOCKED}
    access = Access(let_in, SqlitePeople(file), now, "code")

    async def ready() -> Services:
        return services

    Dispatch(access, ready()).register(application)
    owner, blocked = Person(server.chat, OWNER), Person(server.chat, BLOCKED)
    subjects: list[str] = []
    for person in (owner, blocked):
        subjects += await _something_to_lose(services, application, person)
    buttons = _buttons(owner) | _buttons(blocked)
    let_in.remove(BLOCKED)
    yield Office(
        server, application, services, path, owner, tuple(subjects), tuple(sorted(buttons))
    )
    await application.shutdown()
    services.lab.close()
    await services.market.close()
    await file.close()
    await server.stop()


async def _something_to_lose(
    services: Services, application: BotApplication, person: Person
) -> list[str]:
    """Give a person one of everything and every card of it; return all ids."""
    account = services.account_id(person.id)
    await services.accounts.open(account, person.id)
    price = (await services.market.quote("BTC/USDT")).last
    market = Draft(symbol="BTC/USDT", side="buy", strategy="manual", notional=Decimal(50))
    low = {"kind": "limit", "price": Decimal(int(price * Decimal("0.8")))}
    settled, waiting, resting = [
        await _offered(services, account, market.model_copy(update=more)) for more in ({}, {}, low)
    ]
    assert isinstance(await services.confirm.confirm(account, settled.id), Filled)
    assert isinstance(await services.confirm.confirm(account, resting.id), Placed)
    context = services.context(account)
    verdict = await services.panel.ask("What is the price of BTC?", context, lambda step: None)
    person.writes(f"/alert BTC/USDT above {LEVEL}")
    for one in commands(discover()).values():
        if one.name not in SLOW:
            person.writes(f"/{one.name}")
    await _handle(application)
    state = await services.accounts.require(account)
    assert state.positions
    assert len(state.orders) == 3, "a stop, a target, a limit order"
    assert state.waiting
    assert state.alerts
    ids = [*state.proposals, *state.orders, *state.alerts, *state.closed, waiting.id, verdict.id]
    ids += [held.id for held in state.positions.values()]
    return [*ids, f"{verdict.id}:1", account, f"60:{account}", f"{account}:60"]


async def _offered(services: Services, account_id: str, draft: Draft) -> Proposal:
    priced = await services.preview.price(account_id, draft)
    assert not isinstance(priced, Denied), priced
    offered = await services.preview.offer(priced)
    assert isinstance(offered, Proposal)
    return offered


def _buttons(person: Person) -> set[str]:
    """Return the data of every button that a person was ever shown."""
    rows = (row for message in person.shown for row in message.buttons)
    return {str(button.data) for row in rows for button in row if button.data}


def _lines() -> Sequence[str]:
    """Return what can be written: each command with its example, plain words, other things."""
    typed = [f"/{one.name} {one.example}".strip() for one in commands(discover()).values()]
    return [*typed, *(f"/{name}" for name in commands(discover())), "Is BTC a long?", "/start code"]


def _data(office: Office, action: str) -> list[str]:
    """Return every button of an action that was shown, and every id as its subject."""
    shown = [data for data in office.buttons if data.partition(":")[0] == action]
    return [*shown, *(f"{action}:{subject}" for subject in (*office.subjects, "0", ""))]


@pytest.mark.parametrize("line", _lines())
async def test_no_command_of_a_stranger_reaches_the_desk(office: Office, line: str) -> None:
    before = office.state_hash()
    stranger = office.visitor(7_000 + _lines().index(line))
    stranger.writes(line)
    await office.handle()
    assert stranger.texts == [
        f"This bot is private. Its owner can add you: your id is {stranger.id}."
    ]
    assert office.state_hash() == before
    stranger.writes(line)
    await office.handle()
    assert len(stranger.texts) == 1, "a stranger is told once an hour"


async def test_no_command_of_one_who_is_no_longer_let_in_reaches_the_desk(office: Office) -> None:
    before = office.state_hash()
    blocked = office.visitor(BLOCKED)
    known = blocked.texts
    for line in _lines():
        blocked.writes(line)
    await office.handle()
    refused = f"This bot is private. Its owner can add you: your id is {BLOCKED}."
    assert blocked.texts[len(known) :] == [refused]
    for subject in office.subjects:
        for name in commands(discover()):
            blocked.writes(f"/{name} {subject}")
    await office.handle()
    # A chat shows its last thousand messages: what was said before may be out of sight by now.
    assert blocked.texts in (*([*known[n:], refused] for n in range(len(known) + 1)), [])
    assert office.state_hash() == before


@pytest.mark.parametrize("visitor", [8_000, BLOCKED], ids=["stranger", "blocked"])
@pytest.mark.parametrize("action", taps())
async def test_no_tap_of_somebody_not_let_in_reaches_the_desk(
    office: Office, action: str, visitor: int
) -> None:
    before = office.state_hash()
    person = office.visitor(visitor)
    seen = len(person.texts)
    card = office.owner.shown[0]
    for data in _data(office, action):
        query = person.sends_tap(card, data)
        await office.handle()
        notice = await person.notice(query)
        assert notice.alert
        assert notice.text.startswith(REFUSED)
    assert len(person.texts) == seen
    assert office.state_hash() == before


@pytest.mark.parametrize("action", taps())
async def test_no_tap_of_another_person_touches_an_account(office: Office, action: str) -> None:
    friend = office.visitor(FRIEND)
    friend.writes("/start")
    await office.handle()
    before = office.state_hash(without=FRIEND)
    whole = office.state_hash()
    own_card = friend.shown[0]
    for card, data in product((office.owner.shown[0], own_card), _data(office, action)):
        if action == "ask":
            continue
        query = friend.sends_tap(card, data)
        await office.handle()
        notice = await friend.notice(query)
        if action not in OWN:
            assert notice.alert, data
            assert any(words in notice.text for words in NOT_THEIRS), (data, notice.text)
    assert office.state_hash(without=FRIEND) == before
    assert office.state_hash() == whole
    assert LEVEL not in "".join(friend.texts), "another's alert is nobody's business"


async def test_no_command_of_another_person_touches_an_account(office: Office) -> None:
    """Every command, with its example and with each id of the owner's in its place."""
    friend = office.visitor(FRIEND)
    friend.writes("/start")
    await office.handle()
    before, shown = office.state_hash(without=FRIEND), office.owner.texts
    for one in commands(discover()).values():
        if one.name in SLOW:
            continue
        for words in (one.example, *office.subjects):
            friend.writes(f"/{one.name} {words}")
    await office.handle()
    assert office.state_hash(without=FRIEND) == before
    assert office.owner.texts == shown
    mine = "".join(friend.texts)
    assert LEVEL not in mine
    (position,) = (
        await office.services.accounts.require(_account(office, OWNER))
    ).positions.values()
    assert position.id not in "".join(_buttons(friend))


async def test_owner_may_still_do_all_of_it(office: Office) -> None:
    """The refusals above would prove nothing if the ids were wrong."""
    account = _account(office, OWNER)
    state = await office.services.accounts.require(account)
    waiting = next(iter(state.waiting))
    position = next(iter(state.positions.values())).id
    resting = next(order.id for order in state.orders.values() if not order.is_exit)
    alert = next(iter(state.alerts))
    card = office.owner.shown[0]
    for action, subject, words in (
        ("disarm", alert, "Removed"),
        ("snooze", f"60:{account}", ""),
        ("cancel", resting, "Cancelled"),
        ("confirm", waiting, "Bought"),
        ("close", position, "Closed"),
    ):
        query = office.owner.sends_tap(card, f"{action}:{subject}")
        await office.handle()
        notice = await office.owner.notice(query)
        assert notice.text.startswith(words), notice.text
        assert "not one of your" not in notice.text
    assert [fill.reason for fill in office.book.fills(account)] == ["entry", "entry", "close"]


def _account(office: Office, user_id: int) -> str:
    return office.services.account_id(user_id)
