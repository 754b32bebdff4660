"""What one tick of the market costs with a crowd of accounts, orders and alerts that wait."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.rows import Row, milliseconds
from desk.ports import Entry
from storage.chain import FIRST, chained
from storage.sqlite import text_of, writing
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import BTC, PaperDesk
from trading.alerts import Alert
from trading.events import AccountOpened, AlertArmed, Event, OrderPlaced
from trading.orders import Order

if TYPE_CHECKING:
    from sqlite_utils import Database

ACCOUNTS = 10_000
EACH = 5  # orders, and as many alerts
TICKS = 200
PRICE = 100_000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        quiet, crossing = asyncio.run(_ticks(Path(folder) / "conclave.db"))
    prices = [Decimal(PRICE + 100 + place) for place in range(ACCOUNTS * EACH * 2)]
    now = Decimal(PRICE)
    against = "looking at every waiting price"
    scan = milliseconds(lambda: [price for price in prices if price <= now], times=10)
    return [
        Row("quiet tick, 10,000 accounts", quiet, scan, "ms", "ours < 1", against),
        Row("tick that fills one of them", crossing, scan, "ms", "ours < 20", against),
    ]


async def _ticks(path: Path) -> tuple[float, float]:
    clock = FakeClock()
    market = FakeMarket(clock)
    market.set(BTC, PRICE)
    desk = PaperDesk(path, market, clock)
    try:
        await desk.file.run(lambda database: _fill(database, clock()))
        await desk.watch.tick()  # reads all accounts
        quiet = [await _tick(desk, PRICE + place % 7) for place in range(TICKS)]
        # The highest waiting order of all is the first to fill, one more with each tick.
        levels = [_price(place) - 1 for place in range(20)]
        crossing = [await _tick(desk, level) for level in levels]
        filled = [
            state.seq
            for place in range(20)
            if (state := await desk.accounts.require(_name(place))).positions
        ]
        assert len(filled) == 20, filled
    finally:
        await desk.file.close()
    return median(quiet), median(crossing)


async def _tick(desk: PaperDesk, price: int) -> float:
    desk.clock.move(seconds=1)
    desk.market.set(BTC, price)
    start = time.perf_counter()
    await desk.watch.tick()
    return (time.perf_counter() - start) * 1000


def _fill(database: Database, at: datetime) -> None:
    with writing(database):
        for place in range(ACCOUNTS):
            entries = [Entry(event, f"{n}") for n, event in enumerate(_events(place, at))]
            database.conn.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                chained(_name(place), 0, FIRST, text_of(at), entries),
            )


def _events(place: int, at: datetime) -> Iterator[Event]:
    yield AccountOpened(cash=Decimal(10_000), currency="USDT", chat_id=place + 1)
    for n in range(EACH):
        yield OrderPlaced(
            order=Order(
                id=f"o{n}",
                symbol=BTC,
                strategy="manual",
                side="buy",
                kind="limit",
                quantity=Decimal("0.0005"),
                price=Decimal(_price(place) - n * ACCOUNTS),
                placed_at=at,
            )
        )
        yield AlertArmed(
            alert=Alert(
                id=f"a{n}",
                kind="price",
                symbol=BTC,
                direction="above",
                level=Decimal(PRICE + 1_000 + place + n * ACCOUNTS),
                armed_at=at,
            )
        )


def _price(place: int) -> int:
    """Return where an account's nearest order waits: one below the other."""
    return PRICE - 100 - place


def _name(place: int) -> str:
    return f"account{place:05}"
