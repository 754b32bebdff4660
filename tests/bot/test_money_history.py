"""A person reads their book: orders, positions, history, profit, and files of all of it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
import pytest_asyncio

from bot.__main__ import assemble, now
from bot.access import Access
from bot.dispatch import Dispatch
from bot.polling import BotApplication, build
from bot.services import Services
from desk.outcomes import Filled, Placed
from sandbox.chat import SeenMessage
from sandbox.server import SandboxServer
from settings import Settings
from storage.people import SqlitePeople
from storage.sqlite import SqliteFile
from tests.e2e.person import Person, labels
from trading.candles import Timeframe
from trading.limits import Denied
from trading.orders import Draft, EntryKind, Proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWNER, FRIEND = 201, 202
ETH = "ETH/USDT"
D = Decimal


@dataclass(frozen=True)
class Office:
    """The bot's handlers over the real desk on demo prices."""

    server: SandboxServer
    application: BotApplication
    services: Services

    def person(self, user_id: int) -> Person:
        return Person(self.server.chat, user_id)

    async def handle(self) -> None:
        """Let the handlers finish all that people have sent."""
        offset = 0
        while updates := await self.application.bot.get_updates(offset, timeout=0):
            for update in updates:
                offset = update.update_id + 1
                await self.application.process_update(update)

    async def says(self, text: str, user_id: int = OWNER) -> SeenMessage:
        """Write as a person and return the last message that answers it."""
        person = self.person(user_id)
        number = person.writes(text)
        await self.handle()
        return [message for message in person.shown if message.id > number][-1]

    async def taps(self, message: SeenMessage, label: str) -> str:
        """Tap as the owner; return the notice."""
        owner = self.person(OWNER)
        query = owner.taps_once(message, label)
        await self.handle()
        return (await owner.notice(query)).text

    def look(self, message: SeenMessage) -> SeenMessage:
        return self.person(OWNER).now(message)

    @property
    def account(self) -> str:
        return self.services.account_id(OWNER)

    async def offered(self, symbol: str, kind: EntryKind = "market", below: str = "1") -> Proposal:
        """Offer an order of 100 USDT, at a part of the present price when it has one."""
        quote = await self.services.market.quote(symbol)
        rules = await self.services.market.instrument(symbol)
        price = None if kind == "market" else rules.price_down(quote.bid * D(below))
        draft = Draft(
            symbol=symbol,
            side="buy",
            strategy="manual",
            kind=kind,
            price=price,
            notional=D(100),
        )
        priced = await self.services.preview.price(self.account, draft)
        assert not isinstance(priced, Denied), priced
        offered = await self.services.preview.offer(priced)
        assert isinstance(offered, Proposal)
        return offered

    async def buys(self, symbol: str) -> Filled:
        made = await self.offered(symbol)
        outcome = await self.services.confirm.confirm(self.account, made.id)
        assert isinstance(outcome, Filled)
        return outcome

    async def waits(self, symbol: str, below: str) -> str:
        """Put a limit order into the book; return its id."""
        made = await self.offered(symbol, "limit", below)
        outcome = await self.services.confirm.confirm(self.account, made.id)
        assert isinstance(outcome, Placed)
        return outcome.order.id


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("book")
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

    async def ready() -> Services:
        return services

    access = Access({OWNER, FRIEND}, SqlitePeople(file), now, "code")
    Dispatch(access, ready()).register(application)
    made = Office(server, application, services)
    await services.accounts.open(services.account_id(OWNER), OWNER)
    await made.says("/start", FRIEND)
    yield made
    await application.shutdown()
    services.lab.close()
    await services.market.close()
    await file.close()
    await server.stop()


async def test_empty_account_reads_well(office: Office) -> None:
    for command, words in (
        ("/orders", "Open orders\nNone."),
        ("/positions", "No open positions."),
        ("/history", "None yet."),
        ("/pnl", "trades ended"),
        ("/pnl all strategy", "No fills yet."),
    ):
        text = (await office.says(command, FRIEND)).text
        assert words in text, command
        assert "DEMO DATA" in text


async def test_book_is_read_and_left_by_its_buttons(office: Office) -> None:
    bought = await office.buys("BTC/USDT")
    resting = await office.waits(ETH, "0.9")
    waiting = await office.offered(ETH)
    card = await office.says("/orders")
    assert labels(card) == ["Cancel 1", "Cancel 2", "Cancel 3", "Confirm 4", "Reject 4"]
    assert "BTC/USDT · LONG · manual: exits" in card.text
    assert "ETH/USDT · manual: entry" in card.text
    assert "Waiting for your tap" in card.text

    assert (await office.taps(card, "Cancel 3")).startswith("Cancelled: buy")
    assert labels(office.look(card)) == ["Cancel 1", "Cancel 2", "Confirm 4", "Reject 4"]
    assert "Rejected" in await office.taps(card, "Reject 4")
    assert labels(office.look(card)) == ["Cancel 1", "Cancel 2", "Rejected"]
    state = await office.services.accounts.require(office.account)
    assert resting not in state.orders
    assert state.proposals[waiting.id].state == "rejected"
    assert len(state.orders) == 2

    held = await office.says("/positions")
    assert labels(held) == ["Close BTC/USDT", "Close half"]
    for words in ("s old", "liquidation", "margin", "unrealised", "stop", "target"):
        assert words in held.text
    half = await office.taps(held, "Close half")
    assert "Closed" in half
    state = await office.services.accounts.require(office.account)
    (position,) = state.positions.values()
    assert 0 < position.quantity < bought.fill.quantity


async def test_history_and_profit_turn_their_pages(office: Office) -> None:
    for _ in range(5):
        filled = await office.buys(ETH)
        state = await office.services.accounts.require(office.account)
        position = state.positions[filled.fill.strategy, ETH]
        await office.services.confirm.close(office.account, position.id)
    card = await office.says("/history")
    assert labels(card) == ["Older ▸"]
    assert "12 in all" in card.text
    await office.taps(card, "Older ▸")
    older = office.look(card)
    assert labels(older) == ["◂ Newer"]
    assert older.text != card.text
    only = await office.says("/history eth 2")
    assert "ETH/USDT: fills, newest first (10 in all)" in only.text
    await office.taps(only, "◂ Newer")
    assert "BTC/USDT" not in office.look(only).text

    profit = await office.says("/pnl")
    await office.taps(profit, "By symbol")
    shown = office.look(profit).text
    assert "Today, by symbol" in shown
    await office.taps(office.look(profit), "All")
    shown = office.look(profit).text
    assert "In all, by symbol" in shown
    assert "ETH/USDT" in shown
    view = await office.services.portfolios.view(office.account)
    total = (await office.services.histories.profit(office.account)).total()
    assert (total.realised, total.fees) == (view.realised, view.fees)
    assert view.profit == view.realised + view.unrealised - view.fees


async def test_export_sends_two_files_and_the_hash_that_verify_finds(office: Office) -> None:
    owner = office.person(OWNER)
    number = owner.writes("/export")
    await office.handle()
    fills, equity = [message for message in owner.shown if message.id > number]
    assert (fills.file_name, equity.file_name) == ("fills.csv", "equity.csv")
    assert fills.document is not None
    assert equity.document is not None
    rows = list(csv.DictReader(io.StringIO(fills.document.decode(), newline="")))
    state = await office.services.accounts.require(office.account)
    assert sum(D(row["realised"]) for row in rows) == sum(state.realised.values())
    assert sum(D(row["fee"]) for row in rows) == sum(state.fees.values())
    points = list(csv.DictReader(io.StringIO(equity.document.decode(), newline="")))
    assert D(points[0]["equity"]) == state.opening_cash
    assert fills.text == ""
    events = await office.services.log.read(office.account)
    assert events[-1].hash in equity.text
    assert str(events[-1].seq) in equity.text
    assert "python -m bot verify" in equity.text
    assert labels(fills) == labels(equity) == []


async def test_export_sends_the_newest_closed_candles(office: Office) -> None:
    shown = await office.says("/export candles btc 1h 50")
    assert shown.file_name == "BTC_USDT-1h.csv"
    assert shown.document is not None
    assert "BTC/USDT 1h candles" in shown.text
    assert "DEMO DATA" in shown.text
    rows = list(csv.DictReader(io.StringIO(shown.document.decode(), newline="")))
    assert len(rows) == 50
    candles = await office.services.market.candles(
        "BTC/USDT", Timeframe.H1, datetime.fromisoformat(rows[-1]["time"]) + Timeframe.H1.delta, 50
    )
    assert [float(row["close"]) for row in rows] == candles.close.tolist()
    for words, why in (
        ("candles", "Usage: /export"),
        ("candles BTC/USDT 7h", "is no timeframe"),
        ("candles BTC/USDT 1h many", "Usage: /export"),
        ("candles BTC/USDT 1h 20001", "1 to 20,000 can be sent"),
        ("candles BTC/USDT 1h 2026-13-01", "neither a count nor a date"),
        ("candles BTC/USDT 1h 2025-06-02 2025-06-01", "is not before the end"),
        ("candles BTC/USDT 1m 2025-01-01 2025-03-01", "Candles of these dates: 8"),
        ("candles XYZ/USDT 1h", "no 'XYZ/USDT'"),
    ):
        assert why in (await office.says(f"/export {words}")).text


async def test_export_sends_the_candles_of_these_dates(office: Office) -> None:
    shown = await office.says("/export candles btc 1h 2025-06-01 2025-06-02")
    assert shown.document is not None
    rows = list(csv.DictReader(io.StringIO(shown.document.decode(), newline="")))
    assert len(rows) == 48
    assert rows[0]["time"].startswith("2025-06-01T00:00")
    assert rows[-1]["time"].startswith("2025-06-02T23:00")


@pytest.mark.parametrize("action", ["history", "orders", "positions", "pnl"])
async def test_pages_of_one_person_are_not_turned_by_another(office: Office, action: str) -> None:
    card = await office.says("/orders")
    before = office.person(OWNER).texts
    friend = office.person(FRIEND)
    for subject in ("0", "1", "day:symbol", ""):
        query = friend.sends_tap(card, f"{action}:{subject}")
        await office.handle()
        notice = await friend.notice(query)
        assert notice.alert
        assert notice.text == "This is not one of your cards."
    assert office.person(OWNER).texts == before


@pytest.mark.parametrize(
    "data", ["history:x", "history:99999999999", "history:1:<b>", "orders:²", "positions:-1"]
)
async def test_made_up_pages_do_no_harm(office: Office, data: str) -> None:
    card = await office.says("/orders")
    owner = office.person(OWNER)
    query = owner.sends_tap(card, data)
    await office.handle()
    assert not (await owner.notice(query)).alert
    assert "went wrong" not in "".join(owner.texts)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("/pnl year", "Usage: /pnl"),
        ("/history btc eth", "Usage: /history"),
        ("/history ???", "is no symbol"),
    ],
)
async def test_wrong_words_get_the_usage(office: Office, wrong: str, words: str) -> None:
    assert words in (await office.says(wrong)).text
