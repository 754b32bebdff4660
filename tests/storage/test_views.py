"""The views show the book as it stands: kinds, triggers, trails, groups, parts, and endings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from desk.ports import Entry
from tests.fakes.made_file import AT, LogFile, log_file
from tests.trading.ledger_events import opened, traded
from trading.events import (
    Event,
    OrderCancelled,
    OrderFilled,
    OrderPlaced,
    OrderTriggered,
    StopTrailed,
)
from trading.holding import Holding
from trading.orders import Order, OrderKind


def order(name: str, kind: OrderKind, **more: object) -> Order:
    known: dict[str, object] = {
        "id": name,
        "symbol": "BTC/USDT",
        "strategy": "manual",
        "side": "sell",
        "kind": kind,
        "quantity": Decimal(2),
        "placed_at": AT,
    }
    return Order.model_validate({**known, **more})


async def write(desk: LogFile, events: Sequence[Event], account_id: str = "a") -> None:
    entries = [Entry(event, f"k{number}") for number, event in enumerate([opened(), *events])]
    await desk.log.append(account_id, 0, AT, entries)


async def rows(desk: LogFile, sql: str) -> list[dict[str, Any]]:
    return await desk.file.run(lambda database: list(database.query(sql)))


async def test_each_kind_of_order_is_shown_with_what_it_waits_for(tmp_path: Path) -> None:
    stop_limit = order("triggered", "stop_limit", price=100, limit=Decimal("99.5"))
    trailing = order(
        "trailing",
        "trailing",
        price=Decimal(95),
        trail=Decimal("0.05"),
        best=Decimal(100),
        reduce_only=True,
        group="g",
    )
    until = AT + timedelta(days=1)
    waiting = order("limit", "limit", price=Decimal(120), leverage=Decimal(3), until=until)
    moves = [(104, "98.8"), (109, "103.55"), (110, "104.5")]
    async with log_file(tmp_path / "conclave.db") as desk:
        await write(
            desk,
            [
                *traded(1, "buy", "2", "100"),
                OrderPlaced(order=stop_limit),
                OrderPlaced(order=trailing),
                OrderPlaced(order=waiting),
                OrderTriggered(order_id="triggered", happened_at=AT),
                *(
                    StopTrailed(order_id="trailing", best=Decimal(best), price=Decimal(price))
                    for best, price in moves
                ),
            ],
        )
        found = {row["id"]: row for row in await rows(desk, "SELECT * FROM orders")}
    assert {name: row["state"] for name, row in found.items()} == {
        "o1": "filled",
        "triggered": "open",
        "trailing": "open",
        "limit": "open",
    }
    assert (found["o1"]["filled"], found["o1"]["remaining"]) == (2, 0)
    shown = found["triggered"]
    assert (shown["kind"], shown["price"], shown["limit_price"]) == ("stop_limit", 100, 99.5)
    assert [found[name]["triggered"] for name in ("triggered", "trailing", "limit")] == [1, 0, 0]
    shown = found["trailing"]
    assert (shown["price"], shown["placed_price"], shown["best"]) == (104.5, 95, 110)
    assert (shown["trail"], shown["order_group"], shown["reduce_only"]) == (0.05, "g", 1)
    shown = found["limit"]
    assert (shown["price"], shown["leverage"], shown["until"]) == (120, 3, "2026-01-06T12:00:00Z")


async def test_what_became_of_an_order_is_shown(tmp_path: Path) -> None:
    partly, gone = (
        order("partly", "limit", price=100),
        order("gone", "stop_limit", price=1, limit=1),
    )
    placed, filled = traded(1, "sell", "0.5", "100")
    assert isinstance(filled, OrderFilled)
    part = OrderFilled(fill=filled.fill.model_copy(update={"order_id": "partly"}))
    later = AT + timedelta(hours=1)
    async with log_file(tmp_path / "conclave.db") as desk:
        await write(
            desk,
            [
                placed,
                OrderPlaced(order=partly),
                part,
                OrderPlaced(order=gone),
                OrderTriggered(order_id="gone", happened_at=AT),
                OrderCancelled(order_id="gone", reason="expired", happened_at=later),
                OrderCancelled(order_id="o1", reason="person"),
            ],
        )
        found = {row["id"]: row for row in await rows(desk, "SELECT * FROM orders")}
    assert (found["partly"]["state"], found["partly"]["filled"]) == ("partly filled", 0.5)
    assert found["partly"]["remaining"] == 1.5
    assert (found["gone"]["state"], found["gone"]["cancelled_because"]) == ("cancelled", "expired")
    assert found["gone"]["cancelled_at"] == "2026-01-05T13:00:00Z"
    assert found["o1"]["cancelled_at"] == "2026-01-05T12:00:00.000000+00:00"


async def test_orders_of_one_name_in_two_accounts_are_kept_apart(tmp_path: Path) -> None:
    async with log_file(tmp_path / "conclave.db") as desk:
        await write(desk, traded(1, "buy", "2", "100"))
        await write(desk, traded(1, "buy", "3", "100")[:1], "b")
        found = await rows(desk, "SELECT account_id, quantity, state FROM orders ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [("a", 2, "filled"), ("b", 3, "open")]


async def test_what_rounding_leaves_of_a_closed_position_is_no_position(tmp_path: Path) -> None:
    pieces = ("1000000.1", "2000000.2", "0.3")
    events: list[Event] = []
    holding = Holding()
    for number, piece in enumerate(pieces):
        events += traded(number, "buy", piece, "0.00001", before=holding)
        holding = Holding(
            holding.quantity + Decimal(piece), holding.cost + Decimal(piece) / 100_000
        )
    whole = sum(map(Decimal, pieces), Decimal(0))
    events += traded(9, "sell", whole, "0.00001", before=holding)
    async with log_file(tmp_path / "conclave.db") as desk:
        await write(desk, events)
        (left,) = await rows(
            desk,
            "SELECT SUM(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS q FROM fills",
        )
        assert left["q"] != 0
        assert await rows(desk, "SELECT * FROM positions") == []


async def test_an_order_of_an_older_log_is_shown(tmp_path: Path) -> None:
    old = (
        '{"kind":"order_placed","order":{"id":"o1","symbol":"BTC/USDT","strategy":"manual",'
        '"side":"buy","kind":"stop","quantity":"2","price":"90","reduce_only":true,'
        '"proposal_id":null,"placed_at":"2026-01-05T12:00:00Z"}}'
    )
    async with log_file(tmp_path / "conclave.db") as desk:
        await write(desk, traded(1, "buy", "2", "100")[:1])
        await desk.file.run(
            lambda database: database.executescript(
                f"DROP TRIGGER events_stay; UPDATE events SET data = '{old}' WHERE seq = 2"
            )
        )
        (shown,) = await rows(desk, "SELECT * FROM orders")
    assert (shown["state"], shown["price"], shown["remaining"]) == ("open", 90, 2)
    assert (shown["leverage"], shown["triggered"], shown["order_group"]) == (1, 0, None)
