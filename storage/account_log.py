"""The account log on SQLite: append-only events in a chain of hashes, and the outbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from desk.errors import AlreadyRecorded, LogConflict
from desk.ports import Entry, Message, Outgoing
from storage.sqlite import SqliteFile, writing
from trading.events import EVENTS, Recorded

if TYPE_CHECKING:
    from sqlite_utils import Database

FIRST = "0" * 64


@dataclass(frozen=True)
class ChainReport:
    """What `verify` found: `events` sound ones up to `last_hash`; `problem` None: all of them."""

    account_id: str
    events: int
    last_hash: str
    problem: str | None


@dataclass(frozen=True)
class _Row:
    account_id: str
    seq: int
    key: str
    at: str
    kind: str
    data: str
    prev_hash: str
    hash: str

    def recorded(self) -> Recorded:
        return Recorded(
            account_id=self.account_id,
            seq=self.seq,
            key=self.key,
            at=datetime.fromisoformat(self.at),
            event=EVENTS.validate_json(self.data),
            hash=self.hash,
        )


class SqliteAccountLog:
    """Implements desk.ports.AccountLog; any number of processes may share the file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def read(self, account_id: str, after: int = 0) -> Sequence[Recorded]:
        def work(database: Database) -> list[Recorded]:
            return [row.recorded() for row in _rows(database, account_id, after)]

        return await self._file.run(work)

    async def append(
        self,
        account_id: str,
        expected_seq: int,
        at: datetime,
        entries: Sequence[Entry],
        messages: Sequence[Message] = (),
    ) -> Sequence[Recorded]:
        moment = text_of(at)

        def work(database: Database) -> list[Recorded]:
            with writing(database):
                _refuse_known(database, "events", account_id, [entry.key for entry in entries])
                _refuse_known(database, "outbox", account_id, [note.key for note in messages])
                seq, prev_hash = _head(database, account_id)
                if seq != expected_seq:
                    raise LogConflict(
                        f"account {account_id}: event {expected_seq} was read last, "
                        f"but the log goes on to {seq}"
                    )
                rows = list(_chain(account_id, seq, prev_hash, moment, entries))
                database.conn.executemany(
                    "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [tuple(vars(row).values()) for row in rows],
                )
                database.conn.executemany(
                    "INSERT INTO outbox (account_id, key, chat_id, kind, payload, created_at,"
                    " due_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            account_id,
                            note.key,
                            note.chat_id,
                            note.kind,
                            note.payload,
                            moment,
                            moment,
                        )
                        for note in messages
                    ],
                )
            return [row.recorded() for row in rows]

        return await self._file.run(work)

    async def accounts(self) -> Sequence[str]:
        def work(database: Database) -> list[str]:
            # An index holds just these: it costs a step per account, not per event.
            found = database.conn.execute("SELECT account_id FROM events WHERE seq = 1 ORDER BY 1")
            return [str(row[0]) for row in found]

        return await self._file.run(work)

    async def verify(self, account_id: str) -> ChainReport:
        """Walk the account's chain of hashes and say where it breaks first."""

        def work(database: Database) -> ChainReport:
            return _verify(account_id, _rows(database, account_id, 0))

        return await self._file.run(work)

    async def due(self, now: datetime, limit: int = 20) -> Sequence[Outgoing]:
        def work(database: Database) -> list[Outgoing]:
            found = database.conn.execute(
                "SELECT id, account_id, key, chat_id, kind, payload, attempts, created_at"
                " FROM outbox WHERE state = 'waiting' AND due_at <= ? ORDER BY id LIMIT ?",
                (text_of(now), limit),
            )
            return [
                Outgoing(
                    number, account, key, chat, kind, payload, tries, datetime.fromisoformat(at)
                )
                for number, account, key, chat, kind, payload, tries, at in found
            ]

        return await self._file.run(work)

    async def delivered(self, outgoing_id: int, at: datetime, message_id: int) -> None:
        await self._settle(
            "UPDATE outbox SET state = 'delivered', settled_at = ?, message_id = ?,"
            " attempts = attempts + 1, error = NULL WHERE id = ? AND state = 'waiting'",
            (text_of(at), message_id, outgoing_id),
        )

    async def retry_later(self, outgoing_id: int, at: datetime, error: str) -> None:
        await self._settle(
            "UPDATE outbox SET due_at = ?, error = ?, attempts = attempts + 1"
            " WHERE id = ? AND state = 'waiting'",
            (text_of(at), error, outgoing_id),
        )

    async def gave_up(self, outgoing_id: int, at: datetime, error: str) -> None:
        await self._settle(
            "UPDATE outbox SET state = 'dropped', settled_at = ?, error = ?,"
            " attempts = attempts + 1 WHERE id = ? AND state = 'waiting'",
            (text_of(at), error, outgoing_id),
        )

    async def _settle(self, sql: str, values: tuple[object, ...]) -> None:
        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(sql, values)

        await self._file.run(work)


def text_of(moment: datetime) -> str:
    """Write an aware time so that texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(value: object) -> str:
    """Write JSON in the one way that hashes are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _rows(database: Database, account_id: str, after: int) -> Iterator[_Row]:
    found = database.conn.execute(
        "SELECT account_id, seq, key, at, kind, data, prev_hash, hash FROM events"
        " WHERE account_id = ? AND seq > ? ORDER BY seq",
        (account_id, after),
    )
    return (_Row(*row) for row in found)


def _head(database: Database, account_id: str) -> tuple[int, str]:
    row = database.conn.execute(
        "SELECT seq, hash FROM events WHERE account_id = ? ORDER BY seq DESC LIMIT 1",
        (account_id,),
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, FIRST)


def _refuse_known(database: Database, table: str, account_id: str, keys: Sequence[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        known = database.conn.execute(
            f"SELECT 1 FROM {table} WHERE account_id = ? AND key = ?",  # noqa: S608  two names of ours
            (account_id, key),
        ).fetchone()
        if known or key in seen:
            raise AlreadyRecorded(key)
        seen.add(key)


def _chain(
    account_id: str, seq: int, prev_hash: str, at: str, entries: Iterable[Entry]
) -> Iterator[_Row]:
    for entry in entries:
        seq += 1
        data = canonical(entry.event.model_dump(mode="json"))
        own = _hash(account_id, seq, entry.key, at, entry.event.kind, data, prev_hash)
        yield _Row(account_id, seq, entry.key, at, entry.event.kind, data, prev_hash, own)
        prev_hash = own


def _hash(
    account_id: str, seq: int, key: str, at: str, kind: str, data: str, prev_hash: str
) -> str:
    whole = {
        "account_id": account_id,
        "seq": seq,
        "key": key,
        "at": at,
        "kind": kind,
        "data": data,
        "prev_hash": prev_hash,
    }
    return hashlib.sha256(canonical(whole).encode()).hexdigest()


def _verify(account_id: str, rows: Iterable[_Row]) -> ChainReport:
    count, last = 0, FIRST
    for row in rows:
        problem = _problem(row, count + 1, last)
        if problem:
            return ChainReport(account_id, count, last, f"event {row.seq}: {problem}")
        count, last = row.seq, row.hash
    return ChainReport(account_id, count, last, None)


def _problem(row: _Row, seq: int, prev_hash: str) -> str | None:
    if row.seq != seq:
        return f"number {seq} is missing before it"
    if row.prev_hash != prev_hash:
        return "it does not follow the hash of the event before it"
    if row.hash != _hash(
        row.account_id, row.seq, row.key, row.at, row.kind, row.data, row.prev_hash
    ):
        return "its content was changed after it was written"
    try:
        kind = row.recorded().event.kind
    except ValidationError:
        return "its content is no event that this version knows"
    return None if kind == row.kind else f"it is filed as {row.kind} but says {kind}"
