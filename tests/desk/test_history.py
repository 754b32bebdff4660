"""History is read piece by piece, only what is needed, and adds up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

import desk.history
from desk.history import FILLS, PER_PAGE, Histories, fills_of, pieces
from desk.ports import Entry, EquityPoint
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tests.trading.ledger_events import AT, opened, traded
from trading.account import AccountState
from trading.candles import to_ms
from trading.events import EquityMarked, Event, OrderFilled, Recorded
from trading.ledger import fold

D = Decimal
SYMBOLS = ("BTC/USDT", "ETH/USDT", "BTC/USDT")


class CountingLog(SqliteAccountLog):
    """Counts the events that were read."""

    seen = 0

    async def read(self, account_id: str, after: int = 0) -> Sequence[Recorded]:
        raise AssertionError("the whole log was read")

    async def read_kinds(
        self,
        account_id: str,
        kinds: Sequence[str],
        *,
        newest: int | None = None,
        since: datetime | None = None,
        after: int = 0,
        first: int | None = None,
    ) -> Sequence[Recorded]:
        found = await super().read_kinds(
            account_id, kinds, newest=newest, since=since, after=after, first=first
        )
        self.seen += len(found)
        return found

    async def read_equity(
        self, account_id: str, after: int = 0, first: int | None = None
    ) -> Sequence[EquityPoint]:
        found = await super().read_equity(account_id, after, first)
        self.seen += len(found)
        return found


class Book:
    """One account's log, written to by tests."""

    def __init__(self, path: Path) -> None:
        self.file = SqliteFile(path)
        self.log = CountingLog(self.file)
        self.written: list[Event] = []

    async def write(self, *events: Event) -> None:
        start = len(self.written)
        entries = [Entry(event, str(place)) for place, event in enumerate(events, start=start)]
        await self.log.append("a", start, AT, entries)
        self.written += events

    async def trade(self, count: int) -> None:
        """Buy `count` times, one minute after another, at changing prices."""
        start = len(self.fills)
        await self.write(*(event for number in range(count) for event in bought(start + number)))

    @property
    def fills(self) -> list[OrderFilled]:
        return [event for event in self.written if isinstance(event, OrderFilled)]

    async def state(self) -> AccountState:
        return fold(await SqliteAccountLog(self.file).read("a"))


def bought(number: int) -> list[Event]:
    placed, filled = traded(
        number, "buy", "0.1", str(100 + number), fee="0.01", symbol=SYMBOLS[number % 3]
    )
    assert isinstance(filled, OrderFilled)
    at = AT + timedelta(minutes=number)
    return [placed, OrderFilled(fill=filled.fill.model_copy(update={"at": at}))]


def marked(value: str, at: datetime | None = None) -> EquityMarked:
    return EquityMarked(equity=D(value), scopes={"account": D(value)}, happened_at=at)


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    made = Book(tmp_path / "conclave.db")
    await made.write(opened())
    yield made
    await made.file.close()


async def test_kinds_are_read_in_order_and_only_so_many(book: Book) -> None:
    await book.trade(5)
    await book.write(marked("1"), marked("2"))
    log = book.log

    async def seqs(*kinds: str, **how: int) -> list[int]:
        return [one.seq for one in await log.read_kinds("a", kinds, **how)]  # type: ignore[arg-type]  # counts only

    assert await seqs("order_filled") == [3, 5, 7, 9, 11]
    assert await seqs("order_filled", newest=2) == [9, 11]
    assert await seqs("order_filled", first=2) == [3, 5]
    assert await seqs("order_filled", after=5, first=2) == [7, 9]
    assert await seqs("order_filled", "equity_marked", newest=3) == [11, 12, 13]
    assert await seqs("order_filled", "equity_marked", "account_opened", first=2) == [1, 3]
    assert await seqs("order_filled", newest=0) == await seqs() == []
    assert await seqs("order_filled", newest=100) == [3, 5, 7, 9, 11]
    assert await log.read_kinds("b", FILLS) == []


async def test_kinds_are_read_from_a_time_on(book: Book) -> None:
    await book.log.append("b", 0, AT, [Entry(opened(), "open")])
    await book.log.append("b", 1, AT + timedelta(hours=1), [Entry(marked("1"), "m1")])
    later = await book.log.append("b", 2, AT + timedelta(hours=2), [Entry(marked("2"), "m2")])
    kinds = ("account_opened", "equity_marked")
    since = (AT + timedelta(minutes=61)).astimezone(UTC)
    assert await book.log.read_kinds("b", kinds, since=since) == list(later)


async def test_pages_hold_every_fill_once_newest_first(book: Book) -> None:
    await book.trade(2 * PER_PAGE + 3)
    history = Histories(book.log)
    pages = [await history.page("a", number) for number in range(3)]
    assert [page.older for page in pages] == [True, True, False]
    shown = [fill for page in pages for fill in page.fills]
    assert shown == [event.fill for event in reversed(book.fills)]
    assert (await history.page("a", 3)).fills == ()
    assert (await history.page("a", 999_999)).fills == ()


async def test_full_last_page_has_no_older_one(book: Book) -> None:
    await book.trade(PER_PAGE)
    page = await Histories(book.log).page("a")
    assert len(page.fills) == PER_PAGE
    assert not page.older


async def test_page_of_a_symbol_finds_its_fills_far_back(book: Book) -> None:
    await book.write(*traded(1_000, "buy", "1", "5", symbol="XRP/USDT"))
    await book.trade(60)
    history = Histories(book.log)
    page = await history.page("a", 0, "XRP/USDT")
    assert [fill.id for fill in page.fills] == ["f1000"]
    assert not page.older
    pages = [await history.page("a", number, "ETH/USDT") for number in range(3)]
    shown = [fill for one in pages for fill in one.fills]
    assert len(shown) == 20
    assert {fill.symbol for fill in shown} == {"ETH/USDT"}
    assert all(one.at > two.at for one, two in pairwise(shown))


async def test_first_page_of_a_long_history_reads_only_its_fills(book: Book) -> None:
    await book.trade(300)
    await book.write(*(marked(str(number + 1)) for number in range(500)))
    await Histories(book.log).page("a")
    assert book.log.seen == PER_PAGE + 1


async def test_profit_balances_with_the_account_and_is_read_once(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.history, "AT_ONCE", 7)
    await book.trade(20)
    history = Histories(book.log)
    first = await history.profit("a")
    assert book.log.seen == 20
    assert await history.profit("a") == first
    assert book.log.seen == 20
    await book.trade(3)
    total = (await history.profit("a")).total()
    assert book.log.seen == 23
    state = await book.state()
    assert total.fills == 23
    assert total.realised == sum(state.realised.values())
    assert total.fees == sum(state.fees.values())


async def test_equity_is_read_piece_by_piece_as_the_events_say(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.history, "AT_ONCE", 3)
    for number in range(7):
        await book.trade(1)
        await book.write(marked(f"{10_000 + number}.123456789012345678"))
    _, values = await Histories(book.log).equity("a")
    exact = [D(10_000), *(D(f"{10_000 + number}.123456789012345678") for number in range(7))]
    assert list(values) == [float(value) for value in exact]
    points = await book.log.read_equity("a", after=4)
    assert points[0].equity == D("10001.123456789012345678")
    assert [point.seq for point in points] == [7, 10, 13, 16, 19, 22]
    assert all(point.at == AT for point in points)


async def test_equity_starts_with_the_cash_and_stands_in_order_of_time(book: Book) -> None:
    await book.write(marked("10010"), marked("9990", AT - timedelta(hours=-1)))
    await book.write(marked("10020", AT + timedelta(minutes=30)))
    history = Histories(book.log)
    times, values = await history.equity("a")
    assert list(values) == [10_000, 10_010, 10_020, 9_990]
    assert times[0] == to_ms(AT)
    assert (times[1:] >= times[:-1]).all()
    read = book.log.seen
    await book.write(marked("5"))
    times, values = await history.equity("a")
    assert len(times) == len(values) == 5
    assert book.log.seen == read + 1


async def test_account_without_a_log_has_no_history(book: Book) -> None:
    history = Histories(book.log)
    assert (await history.page("nobody")).fills == ()
    assert (await history.profit("nobody")).total().fills == 0
    times, values = await history.equity("nobody")
    assert len(times) == len(values) == 0


async def test_pieces_end_where_they_are_told_to(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.history, "AT_ONCE", 4)
    await book.trade(10)
    found = [piece async for piece in pieces(book.log, "a", FILLS, up_to=15)]
    assert [len(piece) for piece in found] == [4, 3]
    assert [fill.id for piece in found for fill in fills_of(piece)] == [f"f{n}" for n in range(7)]
