"""The account log, two desks on it, and a plain book beside: they agree after every step."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from desk.accounts import Accounts, Decision
from desk.errors import AlreadyRecorded, LogConflict
from desk.ports import Entry, Message
from storage.account_log import SqliteAccountLog
from storage.snapshots import SqliteSnapshots
from storage.sqlite import SqliteFile, open_database
from tests.book.any_events import (
    STRATEGIES,
    decimal_of,
    names,
    next_event,
    prices,
    quantities,
    symbols,
    trade_of,
)
from tests.book.plain_book import PlainBook
from tests.book.side_by_side import differences
from tests.depth import times
from tests.fakes.clock import FakeClock
from trading.account import AccountState
from trading.events import Event, TradingPaused
from trading.ledger import fold
from trading.legal import IllegalEvent
from trading.orders import FillReason, Side

if TYPE_CHECKING:
    from sqlite_utils import Database

CASH = "12345.678"
CHAT = 7
SNAPSHOT_EVERY = 4  # so seldom that some events always follow the newest one


class File(SqliteFile):
    """The file without its thread: most of an example's time would go by waiting for it."""

    _open: Database | None = None

    async def run(self, work: Callable[[Database], Any]) -> Any:
        await asyncio.sleep(0)  # where the other desk comes in between
        self._open = self._open or open_database(self.path)
        return work(self._open)

    async def close(self) -> None:
        if self._open is not None:
            self._open.close()


class Workshop:
    """One database file and one event loop for all examples; each takes an account of its own."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="book")
        self.loop = asyncio.new_event_loop()
        self.file = File(Path(self.folder.name) / "conclave.db")
        self.log = SqliteAccountLog(self.file)
        self.numbers = itertools.count(1)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.file.close())
        self.loop.close()
        self.folder.cleanup()


@pytest.fixture(scope="module", autouse=True)
def workshop() -> Any:
    Books.shop = Workshop()
    yield
    Books.shop.close()


class Books(RuleBasedStateMachine):
    """Two desks stand for two processes: each keeps a state of its own, the log is one."""

    shop: Workshop

    @initialize()
    def open(self) -> None:
        self.clock = FakeClock()
        self.name = f"account{next(self.shop.numbers)}"
        self.log = self.shop.log
        self.run = self.shop.run
        self.desks = [self.desk(), self.desk()]
        self.run(self.desks[0].open(self.name, CHAT))
        self.book = PlainBook.opened(self.name, CASH, self.clock())
        self.keys = ["open"]
        self.told: list[str] = []
        self.number = 0

    def desk(self) -> Accounts:
        snapshots = SqliteSnapshots(self.shop.file)
        return Accounts(
            self.log,
            self.clock,
            Decimal(CASH),
            "USDT",
            snapshots=snapshots,
            snapshot_every=SNAPSHOT_EVERY,
        )

    @rule(data=st.data(), desk=st.integers(0, 1), tells=st.booleans())
    def change(self, data: st.DataObject, desk: int, tells: bool) -> None:
        """Append one event, perhaps with the message that tells of it."""
        self._submit(desk, *self._drawn(data, 1), tells=tells)

    @rule(data=st.data(), desk=st.integers(0, 1), count=st.integers(2, 4))
    def change_much(self, data: st.DataObject, desk: int, count: int) -> None:
        """Append what a use case would: several events at once."""
        self._submit(desk, *self._drawn(data, count), tells=True)

    @rule(data=st.data(), desk=st.integers(0, 1), quantity=quantities, price=prices)
    def trade(self, data: st.DataObject, desk: int, quantity: Decimal, price: Decimal) -> None:
        """Append an order and its fill."""
        self.number += 1
        strategy, symbol = data.draw(st.sampled_from(STRATEGIES)), data.draw(symbols)
        pile = self.book.piles.get((strategy, symbol))
        if pile and data.draw(st.integers(0, 3), label="closes") == 0:
            quantity = decimal_of(abs(pile.quantity))
        side: Side = data.draw(st.sampled_from(["buy", "sell"]))
        signed = Fraction(quantity) * (1 if side == "buy" else -1)
        realised = decimal_of(self.book.profit_of((strategy, symbol), signed, Fraction(price)))
        leverage = data.draw(st.sampled_from([Decimal(1), Decimal(3), Decimal("7.5")]))
        reason = data.draw(st.sampled_from(get_args(FillReason)))
        what = (side, quantity, price, realised, leverage, reason)
        events = trade_of(self.number, self.clock(), strategy, symbol, *what)
        self._submit(desk, events, self._after(events), tells=True)

    @rule(data=st.data(), desk=st.integers(0, 1), count=st.integers(1, 4))
    def change_alerts(self, data: st.DataObject, desk: int, count: int) -> None:
        self._submit(desk, *self._drawn(data, count, alerts=True), tells=False)

    @rule(data=st.data(), desk=st.integers(0, 1))
    def change_out_of_order(self, data: st.DataObject, desk: int) -> None:
        events, _ = self._drawn(data, 3)
        events = data.draw(st.permutations(events))
        self._submit(desk, events, self._after(events), tells=True)

    @rule(reason=names)
    def change_from_two_sides(self, reason: str) -> None:
        """Both desks decide on the same state at once; one decides again."""

        def decide(state: AccountState) -> Decision[int]:
            event = TradingPaused(scope="account", reason=f"{reason} {state.seq}")
            return Decision(state.seq, [Entry(event, f"raced{state.seq}")])

        seq = len(self.keys)

        async def race() -> list[int]:
            return await asyncio.gather(*(desk.change(self.name, decide) for desk in self.desks))

        assert sorted(self.run(race())) == [seq, seq + 1]
        self.keys += [f"raced{seq}", f"raced{seq + 1}"]
        self.book.paused["account"] = f"{reason} {seq + 1}"

    @rule(data=st.data(), way=st.sampled_from(["known key", "known message", "old state"]))
    def append_in_vain(self, data: st.DataObject, way: str) -> None:
        """Append what is there already, as a retry after a lost answer does, or come too late."""
        seq = len(self.keys)
        seen, key, note = seq, "new", "new"
        refusal: type[Exception] = AlreadyRecorded
        if way == "known key":
            key, seen = data.draw(st.sampled_from(self.keys)), data.draw(st.integers(0, seq))
        elif way == "known message" and self.told:
            note = data.draw(st.sampled_from(self.told))
        else:
            seen = data.draw(st.integers(0, seq + 2).filter(lambda n: n != seq))
            refusal = LogConflict
        entries = [Entry(TradingPaused(scope="account", reason="in vain"), key)]
        with pytest.raises(refusal):
            self.run(self.log.append(self.name, seen, self.clock(), entries, [self._message(note)]))

    @rule(desk=st.integers(0, 1), seconds=st.integers(-100_000, 200_000))
    def restart(self, desk: int, seconds: int) -> None:
        """Start a desk anew, later; a clock that is set right jumps back, too."""
        self.clock.now += timedelta(seconds=seconds)
        self.run(self.desks[desk].settle())
        self.desks[desk] = self.desk()

    @invariant()
    def everybody_agrees(self) -> None:
        recorded, *states, told = self.run(self._seen())
        assert [one.key for one in recorded] == self.keys
        assert told == self.told
        middle = len(recorded) // 2 or 1
        whole = fold(recorded)
        assert fold(recorded[middle:], fold(recorded[:middle])) == whole
        assert all(state == whole for state in states)
        assert not differences(self.book, whole)
        self._balances(whole)

    def _balances(self, state: AccountState) -> None:
        """Cash, positions at cost, realised profits and fees add up to what there was."""
        costs = sum(map(Fraction, state.costs.values()), Fraction(0))
        realised = sum(map(Fraction, state.realised.values()), Fraction(0))
        fees = sum(map(Fraction, state.fees.values()), Fraction(0))
        assert Fraction(state.cash) + costs - realised + fees == Fraction(CASH)
        assert all(held.margin >= 0 for held in state.positions.values())

    def teardown(self) -> None:
        if not hasattr(self, "name"):
            return
        for desk in self.desks:
            self.run(desk.settle())
        report = self.run(self.log.verify(self.name))
        assert (report.events, report.problem) == (len(self.keys), None)

    def _submit(
        self, desk: int, events: Sequence[Event], after: PlainBook | None, *, tells: bool
    ) -> None:
        before = self.run(self.desks[desk].require(self.name))
        keys = [f"k{len(self.keys) + place}" for place in range(len(events))]
        notes = [self._message(f"m{len(self.keys)}")] if tells else []
        entries = [Entry(event, key) for event, key in zip(events, keys, strict=True)]

        def decide(state: AccountState) -> Decision[str]:
            return Decision("done", entries, notes)

        if after is None:
            with pytest.raises(IllegalEvent):
                self.run(self.desks[desk].change(self.name, decide))
            assert self.run(self.desks[desk].require(self.name)) is before
            return
        assert self.run(self.desks[desk].change(self.name, decide)) == "done"
        self.book = after
        self.keys += keys
        self.told += [note.key for note in notes]

    def _drawn(
        self, data: st.DataObject, count: int, *, alerts: bool = False
    ) -> tuple[list[Event], PlainBook | None]:
        """Draw events, each for the book that the ones before it leave."""
        book, events, can_follow = self.book.copy(), [], True
        for _ in range(count):
            self.number += 1
            event = next_event(data.draw, book, self.number, self.clock(), alerts=alerts)
            events.append(event)
            if book.refuses(event):
                can_follow = False
            elif can_follow:
                book.take(event, self.clock())
        return events, book if can_follow else None

    def _after(self, events: Sequence[Event]) -> PlainBook | None:
        book = self.book.copy()
        for event in events:
            if book.refuses(event):
                return None
            book.take(event, self.clock())
        return book

    def _message(self, key: str) -> Message:
        return Message(key, CHAT, "fill", "{}")

    async def _seen(self) -> tuple[Any, ...]:
        """Return the log, what each desk makes of it, and the keys in the outbox."""
        rows = await self.shop.file.run(
            lambda database: database.conn.execute(
                "SELECT key FROM outbox WHERE account_id = ? ORDER BY id", (self.name,)
            ).fetchall()
        )
        recorded = await self.log.read(self.name)
        states = [await desk.require(self.name) for desk in self.desks]
        return (recorded, *states, [key for (key,) in rows])


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=times(120, 4_000), stateful_step_count=20)
