"""The account log: all or nothing, in order, once, chained, and shared by processes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlite_utils import Database

from desk.errors import AlreadyRecorded, LogConflict, UnreadableLog
from desk.ports import Entry, Message
from storage.account_log import SqliteAccountLog
from storage.outbox import SqliteOutbox
from storage.sqlite import SqliteFile
from tests.trading.ledger_events import AT, opened, traded
from trading.events import Event, TradingPaused
from trading.holding import Holding

NOTE = Message("m1", 7, "fill", '{"a": 1}')


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    opened_file = SqliteFile(tmp_path / "deep" / "conclave.db")
    yield opened_file
    await opened_file.close()


@pytest.fixture
def log(file: SqliteFile) -> SqliteAccountLog:
    return SqliteAccountLog(file)


def entries(*events: Event, start: int = 1) -> list[Entry]:
    return [Entry(event, f"k{number}") for number, event in enumerate(events, start=start)]


def paused(number: int) -> Entry:
    return Entry(TradingPaused(scope="account", reason=str(number)), f"p{number}")


async def test_what_was_appended_is_read_back_exactly(log: SqliteAccountLog) -> None:
    events = [opened("10000.000000000000000001"), *traded(1, "buy", "0.00000001", "1E+3")]
    at = datetime(2026, 1, 5, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    written = await log.append("a", 0, at, entries(*events))
    read = await log.read("a")
    assert list(read) == list(written)
    assert [recorded.event for recorded in read] == events
    assert [recorded.seq for recorded in read] == [1, 2, 3]
    assert {recorded.at for recorded in read} == {at.astimezone(UTC)}
    assert [recorded.seq for recorded in await log.read("a", after=2)] == [3]
    assert await log.read("b") == []


async def test_an_append_on_an_old_state_is_a_conflict(log: SqliteAccountLog) -> None:
    await log.append("a", 0, AT, entries(opened()))
    for expected in (0, 2):
        with pytest.raises(LogConflict):
            await log.append("a", expected, AT, [paused(1)])
    assert len(await log.read("a")) == 1


async def test_a_known_key_is_told_before_a_conflict(log: SqliteAccountLog) -> None:
    await log.append("a", 0, AT, entries(opened()), [NOTE])
    with pytest.raises(AlreadyRecorded) as known:
        await log.append("a", 0, AT, entries(opened()))
    assert known.value.key == "k1"
    with pytest.raises(AlreadyRecorded) as known:
        await log.append("a", 0, AT, [paused(1)], [NOTE])
    assert known.value.key == "m1"
    await log.append("b", 0, AT, entries(opened()), [NOTE])  # another account's keys are its own


async def test_an_append_is_all_or_nothing(log: SqliteAccountLog, file: SqliteFile) -> None:
    await log.append("a", 0, AT, entries(opened()))
    with pytest.raises(AlreadyRecorded):
        await log.append("a", 1, AT, [paused(1), paused(2), paused(1)], [NOTE])
    assert len(await log.read("a")) == 1
    assert await SqliteOutbox(file).due(AT) == []
    with pytest.raises(Exception, match="json_valid"):
        await log.append("a", 1, AT, [paused(1)], [Message("m2", 7, "fill", "no json")])
    assert len(await log.read("a")) == 1


async def test_accounts_lists_each_once(log: SqliteAccountLog) -> None:
    assert await log.accounts() == []
    for name in ("b", "a"):
        await log.append(name, 0, AT, [*entries(opened()), paused(1)])
    assert await log.accounts() == ["a", "b"]


async def test_of_many_writers_on_one_state_one_wins(tmp_path: Path) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(4)]
    logs = [SqliteAccountLog(file) for file in files]
    await logs[0].append("a", 0, AT, entries(opened()))
    tries = (logs[number % 4].append("a", 1, AT, [paused(number)]) for number in range(40))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, LogConflict) for outcome in outcomes) == 39
    assert len(await logs[1].read("a")) == 2
    assert (await logs[2].verify("a")).problem is None
    for file in files:
        await file.close()


async def test_files_opened_at_the_same_time_make_their_tables_once(tmp_path: Path) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(8)]
    await asyncio.gather(*(file.check() for file in files))
    for file in files:
        await file.close()


async def test_the_log_refuses_to_be_changed(log: SqliteAccountLog, file: SqliteFile) -> None:
    await log.append("a", 0, AT, entries(opened()))
    with sqlite3.connect(file.path) as connection:
        for sql in ("UPDATE events SET at = ''", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)


async def test_the_file_is_as_durable_as_sqlite_gets(file: SqliteFile) -> None:
    pragmas = ("journal_mode", "synchronous", "busy_timeout")
    found = await file.run(
        lambda database: [database.conn.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    )
    assert found == ["wal", 2, 15_000]
    strict = await file.run(
        lambda database: [
            table.strict for table in database.tables if not table.name.startswith(("_", "sqlite_"))
        ]
    )
    assert strict
    assert all(strict)


def tamper(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript("DROP TRIGGER events_stay; DROP TRIGGER events_last;")
        connection.execute(sql)


async def test_verify_walks_a_sound_chain(log: SqliteAccountLog) -> None:
    written = await log.append("a", 0, AT, entries(opened(), *traded(1, "buy", "1", "100")))
    report = await log.verify("a")
    assert (report.events, report.last_hash, report.problem) == (3, written[-1].hash, None)
    assert (await log.verify("nobody")).events == 0


@pytest.mark.parametrize(
    ("sql", "sound", "problem"),
    [
        (
            "UPDATE events SET data = replace(data, '100', '10') WHERE seq = 3",
            2,
            "event 3: its content was changed",
        ),
        ("UPDATE events SET at = '2020-01-01' WHERE seq = 2", 1, "event 2: its content"),
        ("UPDATE events SET key = 'x' WHERE seq = 1", 0, "event 1: its content"),
        ("DELETE FROM events WHERE seq = 2", 1, "event 3: number 2 is missing"),
        ("UPDATE events SET hash = prev_hash WHERE seq = 2", 1, "event 2: its content"),
        ("UPDATE events SET prev_hash = hash WHERE seq = 3", 2, "event 3: it does not follow"),
    ],
)
async def test_verify_finds_a_row_that_was_tampered_with(
    log: SqliteAccountLog, file: SqliteFile, sql: str, sound: int, problem: str
) -> None:
    await log.append("a", 0, AT, entries(opened(), *traded(1, "buy", "1", "100")))
    tamper(file.path, sql)
    report = await log.verify("a")
    assert report.events == sound
    assert report.problem is not None
    assert report.problem.startswith(problem)


async def test_the_views_show_orders_fills_and_positions(
    log: SqliteAccountLog, file: SqliteFile
) -> None:
    first = traded(1, "buy", "2", "100", fee="0.2")
    second = traded(2, "sell", "0.5", "120", before=Holding(Decimal(2), Decimal(200)))
    waiting = traded(3, "buy", "1", "90")[:1]
    await log.append("a", 0, AT, entries(opened(), *first, *second, *waiting))

    fills = await file.run(lambda database: list(database.query("SELECT * FROM fills")))
    assert [(row["side"], row["quantity"], row["price"]) for row in fills] == [
        ("buy", 2.0, 100.0),
        ("sell", 0.5, 120.0),
    ]
    orders = await file.run(lambda database: list(database.query("SELECT * FROM orders")))
    assert [(row["id"], row["state"]) for row in orders] == [
        ("o1", "filled"),
        ("o2", "filled"),
        ("o3", "open"),
    ]
    (position,) = await file.run(lambda database: list(database.query("SELECT * FROM positions")))
    assert position["quantity"] == 1.5
    assert position["average_price"] == 100
    assert position["realised"] == 10
    assert position["fees"] == 0.2


async def test_the_heads_are_the_last_events_of_all_accounts(log: SqliteAccountLog) -> None:
    assert await log.heads() == {}
    await log.append("b", 0, AT, entries(opened()))
    await log.append("a", 0, AT, [*entries(opened()), paused(1)])
    assert await log.heads() == {"a": 2, "b": 1}


async def test_heads_and_accounts_do_not_walk_over_the_events(file: SqliteFile) -> None:
    asked: list[str] = []
    await file.run(lambda database: database.conn.set_trace_callback(asked.append))
    log = SqliteAccountLog(file)
    await log.heads()
    await log.accounts()
    await file.run(lambda database: database.conn.set_trace_callback(None))
    assert len(asked) == 2

    def plans(database: Database) -> list[str]:
        rows = [row for sql in asked for row in database.conn.execute(f"EXPLAIN QUERY PLAN {sql}")]
        return [str(row[3]) for row in rows]

    scans = [step for step in await file.run(plans) if step.startswith("SCAN")]
    assert len(scans) == 2
    assert all("USING INDEX events_first" in scan for scan in scans)


async def test_a_change_by_another_connection_is_noticed_once(tmp_path: Path) -> None:
    files = [SqliteFile(tmp_path / "conclave.db") for _ in range(2)]
    one, two = (SqliteAccountLog(file) for file in files)
    assert await one.changed_elsewhere()  # nobody knows before the first look
    assert not await one.changed_elsewhere()
    await one.append("a", 0, AT, entries(opened()))
    assert not await one.changed_elsewhere()
    await two.append("a", 1, AT, [paused(1)])
    assert await one.changed_elsewhere()
    assert not await one.changed_elsewhere()
    for file in files:
        await file.close()


async def test_an_event_of_a_newer_version_is_told_as_such(
    log: SqliteAccountLog, file: SqliteFile
) -> None:
    await log.append("a", 0, AT, entries(opened()))
    tamper(file.path, "UPDATE events SET kind = 'news', data = '{\"kind\": \"news\"}'")
    with pytest.raises(UnreadableLog, match=r"account a, event 1 \(news\).*newer version"):
        await log.read("a")
