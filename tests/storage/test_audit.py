"""An audit finds whatever is not as it must be, names the place, and changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import get_args

import pytest

from desk.errors import StorageError
from desk.ports import Entry, Message
from storage.audit import audit
from storage.chain import COLUMNS, Row, hash_of
from storage.snapshots import SqliteSnapshots
from storage.sqlite import SqliteFile
from tests.fakes.made_account import made_log
from tests.fakes.made_file import AT, log_file, write_made
from tests.storage.test_views import order
from trading.events import Event, OrderCancelled, OrderPlaced, OrderTriggered
from trading.ledger import fold

EVENTS = 150
UNGUARDED = "DROP TRIGGER events_stay; DROP TRIGGER events_last;"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with three accounts, one with a snapshot and a message."""
    path = tmp_path_factory.mktemp("made") / "conclave.db"

    async def write() -> None:
        async with log_file(path) as desk:
            for seed, name in enumerate(("a", "b", "demo-c")):
                await write_made(desk.log, name, EVENTS, seed)
            events = await desk.log.read("b")
            await SqliteSnapshots(desk.file).save(fold(events[:100]))
            await desk.log.append("b", EVENTS, AT, [], [Message("m", 7, "fill", "{}")])

    asyncio.run(write())
    return path


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with accounts in which everything happened that views show."""
    path = tmp_path_factory.mktemp("long") / "conclave.db"

    async def write() -> None:
        async with log_file(path) as desk:
            for seed in range(6):
                await write_made(desk.log, f"a{seed}", 300, 100 + seed)
            stop = order("waiting", "stop_limit", price=100, limit=99)
            reached = OrderTriggered(order_id=stop.id, happened_at=AT)
            await desk.log.append(
                "a0", 300, AT, [Entry(OrderPlaced(order=stop), "s1"), Entry(reached, "s2")]
            )

    asyncio.run(write())
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path))


def problems(path: Path, account_id: str | None = None) -> dict[str | None, list[str]]:
    """Return what was found, by account (None: the file)."""
    return {
        one.account_id: [finding.problem for finding in one.findings]
        for one in audit(path, account_id)
        if one.findings
    }


def change(path: Path, sql: str) -> None:
    """Do what the log itself never does."""
    guards = sqlite3.connect(path)
    named = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
    kept = [sql for (sql,) in guards.execute(named)]
    guards.executescript(f"{UNGUARDED} {sql}; {';'.join(kept)};")
    guards.close()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_sound_file_has_no_findings_and_stays_as_it_is(path: Path) -> None:
    before = digest(path)
    examined = list(audit(path))
    assert [(one.account_id, one.events) for one in examined] == [
        (None, 0),
        ("a", EVENTS),
        ("b", EVENTS),
        ("demo-c", EVENTS),
    ]
    assert not [one for one in examined if one.findings or one.notes]
    assert digest(path) == before
    async with log_file(path) as desk:
        assert examined[1].last_hash == (await desk.log.read("a"))[-1].hash


def test_one_account_can_be_asked_for(path: Path) -> None:
    assert [one.account_id for one in audit(path, "b")] == ["b"]
    assert problems(path, "nobody") == {"nobody": ["there is no such account in the file"]}


async def test_it_looks_while_another_connection_writes(path: Path) -> None:
    async with log_file(path) as desk:
        accounts = desk.accounts()
        for _ in audit(path):
            state = await accounts.require("a")
            event = OrderCancelled(order_id=next(iter(state.orders)), reason="x")
            await desk.log.append("a", state.seq, AT, [Entry(event, f"more:{state.seq}")])
        assert problems(path) == {}


def test_views_agree_with_the_state_whatever_happened(long: Path) -> None:
    assert problems(long) == {}


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        (
            "UPDATE events SET data = replace(data, '0', '1') WHERE account_id = 'a' AND seq = 9",
            "event 9: its content was changed",
        ),
        ("DELETE FROM events WHERE account_id = 'a' AND seq = 9", "event 10: number 9 is missing"),
        ("DELETE FROM events WHERE account_id = 'a' AND seq = 1", "event 2: number 1 is missing"),
        ("UPDATE events SET at = '' WHERE account_id = 'a' AND seq = 9", "event 9: its content"),
    ],
)
def test_a_changed_event_is_named_and_the_other_accounts_are_sound(
    path: Path, sql: str, problem: str
) -> None:
    change(path, sql)
    found = problems(path)
    assert list(found) == ["a"]
    assert len(found["a"]) == 1
    assert found["a"][0].startswith(problem)


def test_an_end_that_was_cut_off_is_noticed_by_the_snapshot(path: Path) -> None:
    change(path, "DELETE FROM events WHERE account_id = 'b' AND seq > 60")
    assert problems(path) == {
        "b": ["a snapshot was made at event 100, but the log ends at 60"],
    }


def forge(path: Path, account_id: str, seq: int, data: str, kind: str) -> None:
    """Replace an event and everything after it, with hashes that fit."""
    connection = sqlite3.connect(path)
    connection.executescript(UNGUARDED)
    found = connection.execute(
        f"SELECT {COLUMNS} FROM events WHERE account_id = ? AND seq >= ? ORDER BY seq",
        (account_id, seq),
    )
    rows = list(map(Row._make, found))
    rows[0] = rows[0]._replace(data=data, kind=kind)
    last = rows[0].prev_hash
    for row in rows:
        row = row._replace(prev_hash=last)
        last = hash_of(row)
        connection.execute(
            "UPDATE events SET data = ?, kind = ?, prev_hash = ?, hash = ?"
            " WHERE account_id = ? AND seq = ?",
            (row.data, row.kind, row.prev_hash, last, account_id, row.seq),
        )
    connection.commit()
    connection.close()


def test_an_event_that_can_not_be_is_told_with_its_number(path: Path) -> None:
    data = '{"kind":"order_cancelled","order_id":"none","reason":"x"}'
    forge(path, "a", 40, data, "order_cancelled")
    (found,) = [one for one in audit(path) if one.account_id == "a"]
    assert [finding.problem for finding in found.findings] == [
        "event 40 (order_cancelled): the order is not open"
    ]
    assert "put back a copy" in found.findings[0].advice
    assert found.events == EVENTS  # the chain itself holds to its end


def test_an_event_of_a_newer_version_is_told_as_such(path: Path) -> None:
    forge(path, "a", 40, '{"kind":"news"}', "news")
    (problem,) = problems(path)["a"]
    assert problem == "event 40: its content is no event that this version knows"


async def test_a_history_that_was_written_anew_is_noticed_by_the_snapshot(path: Path) -> None:
    async with log_file(path) as desk:
        mark = next(one for one in await desk.log.read("b") if one.event.kind == "setting_changed")
    assert mark.seq < 100
    data = mark.event.model_copy(update={"value": "other"}).model_dump_json()
    forge(path, "b", mark.seq, json.dumps(json.loads(data), sort_keys=True), "setting_changed")
    found = problems(path)
    assert found["b"] == ["event 100 is another one than when the snapshot was made"]
    assert "events_stay" in found[None][0]


def test_a_snapshot_that_differs_from_the_log_is_told_with_the_cure(path: Path) -> None:
    change(path, """UPDATE snapshots SET state = json_set(state, '$.cash', '1')""")
    (found,) = [one for one in audit(path) if one.findings]
    assert found.findings[0].problem == "the snapshot at event 100 is not what the log adds up to"
    cure = found.findings[0].advice.partition("SQL: ")[2].partition(";")[0]
    change(path, cure)
    assert problems(path) == {}


@pytest.mark.parametrize(
    ("view", "change_to", "problem"),
    [
        ("orders", "REPLACE(sql, '''filled''', '''open''')", "the view orders shows o"),
        ("orders", "REPLACE(sql, '$.order.limit', '$.order.price')", "another limit_price"),
        ("orders", "REPLACE(sql, 'stop_trailed', 'stop_trialed')", "another price"),
        ("orders", "REPLACE(sql, 'order_triggered', 'order_trigered')", "another triggered"),
        ("fills", "REPLACE(sql, '$.fill.fee', '$.fill.price')", "of fees"),
        ("fills", "REPLACE(sql, '$.fill.realised', '$.fill.fee')", "realised"),
        ("positions", "REPLACE(sql, 'SUM(realised) AS cost', '0 AS cost')", "average price"),
        ("positions", "REPLACE(sql, 'ELSE -quantity', 'ELSE quantity')", "another quantity"),
    ],
)
def test_a_view_that_shows_something_else_is_told(
    long: Path, tmp_path: Path, view: str, change_to: str, problem: str
) -> None:
    path = Path(shutil.copy(long, tmp_path))
    connection = sqlite3.connect(path)
    (sql,) = connection.execute(
        f"SELECT {change_to} FROM sqlite_master WHERE name = ?", (view,)
    ).fetchone()
    connection.executescript(f"DROP VIEW {view}; {sql};")
    connection.close()
    found = [one for several in problems(path).values() for one in several]
    assert any(problem in one for one in found), found


def test_messages_of_nobody_and_half_settled_ones_are_told(path: Path) -> None:
    change(
        path,
        "INSERT INTO outbox (account_id, key, channel, chat_id, kind, payload, created_at, due_at)"
        " VALUES ('ghost', 'k', 'chat', 1, 'fill', '{}', '', '');"
        "UPDATE outbox SET state = 'delivered' WHERE account_id = 'b'",
    )
    assert problems(path) == {
        None: ["the table outbox knows an account ghost that has no log"],
        "b": ["the message m is delivered but nobody knows since when"],
    }


def test_a_file_of_an_older_version_is_verified_as_far_as_it_goes(path: Path) -> None:
    change(path, "DELETE FROM _sqlite_migrations WHERE name LIKE '0010%'; DROP VIEW orders")
    whole, *accounts = audit(path)
    assert "an older version" in whole.notes[0]
    assert [one.events for one in accounts] == [EVENTS] * 3
    assert not [one for one in (whole, *accounts) if one.findings]


def fails(path: Path) -> str:
    with pytest.raises(StorageError) as told:
        list(audit(path))
    return str(told.value)


def test_files_that_can_not_be_opened_are_told(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    assert "there is no such file" in fails(path)
    assert not path.exists()
    path.write_text("Dear diary, " * 100)
    assert "no SQLite database" in fails(path)
    assert "there is no such file" in fails(tmp_path)


def test_a_file_that_is_another_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    assert "holds no account log" in problems(path)[None][0]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_database_that_was_cut_off_is_told_not_thrown(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    try:
        found = str(problems(path))
    except StorageError as error:
        found = str(error)
    assert "damaged" in found
    with pytest.raises(StorageError, match="damaged"):
        asyncio.run(SqliteFile(path).check())


def test_a_page_of_rubbish_is_told(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    for page in range(8, len(whole) // 4096, 9):
        whole[page * 4096 : page * 4096 + 1024] = b"\xa5" * 1024
    path.write_bytes(whole)
    assert any("damaged" in one for one in problems(path)[None])


def test_the_made_up_logs_hold_every_kind_of_event() -> None:
    known = {kind.__name__ for kind in get_args(get_args(Event)[0])}
    seen = {type(one.event).__name__ for seed in range(6) for one in made_log(300, 100 + seed)}
    assert seen == known
