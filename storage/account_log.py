"""The account log on SQLite: append-only events in a chain of hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from desk.errors import AlreadyRecorded, LogConflict
from desk.ports import Entry, EquityPoint, Message
from storage.chain import COLUMNS, FIRST, ChainReport, Row, chained, walk
from storage.outbox import put
from storage.sqlite import SqliteFile, text_of, writing
from trading.events import Recorded

if TYPE_CHECKING:
    from sqlite_utils import Database

EQUITY = ("account_opened", "equity_marked")
# When it was so, which may lie before its recording, and the opening cash in place of an equity.
POINT = (
    "seq, COALESCE(json_extract(data, '$.happened_at'), at) AS moment,"
    " COALESCE(json_extract(data, '$.equity'), json_extract(data, '$.cash')) AS equity"
)


class SqliteAccountLog:
    """Implements desk.ports.AccountLog; any number of processes may share the file.

    A critical message goes to the channels named in `also` too.
    """

    def __init__(self, file: SqliteFile, also: Sequence[str] = ()) -> None:
        self._file = file
        self._also = tuple(also)
        self._version: int | None = None

    async def read(self, account_id: str, after: int = 0) -> Sequence[Recorded]:
        def work(database: Database) -> list[Recorded]:
            return [row.recorded() for row in _rows(database, account_id, after)]

        return await self._file.run(work)

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
        def work(database: Database) -> list[Recorded]:
            start = text_of(since) if since else ""
            wanted = _Wanted(tuple(kinds), after, start, newest, first)
            rows = [Row._make(row) for row in _of_kinds(database, account_id, wanted, COLUMNS)]
            return [row.recorded() for row in rows]

        return await self._file.run(work)

    async def read_equity(
        self, account_id: str, after: int = 0, first: int | None = None
    ) -> Sequence[EquityPoint]:
        def work(database: Database) -> list[EquityPoint]:
            wanted = _Wanted(EQUITY, after, first=first)
            rows = _of_kinds(database, account_id, wanted, POINT)
            return [
                EquityPoint(seq, datetime.fromisoformat(at), Decimal(value))
                for seq, at, value in rows
            ]

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
                rows = list(chained(account_id, seq, prev_hash, moment, entries))
                database.conn.executemany(
                    "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
                put(database, account_id, moment, messages, self._also)
            return [row.recorded() for row in rows]

        return await self._file.run(work)

    async def accounts(self) -> Sequence[str]:
        def work(database: Database) -> list[str]:
            # An index holds just these: it costs a step per account, not per event.
            found = database.conn.execute(
                "SELECT account_id FROM events INDEXED BY events_first WHERE seq = 1 ORDER BY 1"
            )
            return [str(row[0]) for row in found]

        return await self._file.run(work)

    async def has(self, account_id: str, key: str) -> bool:
        def work(database: Database) -> bool:
            found = database.conn.execute(
                "SELECT 1 FROM events WHERE account_id = ? AND key = ?", (account_id, key)
            )
            return found.fetchone() is not None

        return await self._file.run(work)

    async def heads(self) -> Mapping[str, int]:
        def work(database: Database) -> dict[str, int]:
            # Two indexes answer it: a step for each account, and one more to its last event.
            found = database.conn.execute(
                "SELECT account_id, (SELECT MAX(seq) FROM events AS own"
                " WHERE own.account_id = first.account_id)"
                " FROM events AS first INDEXED BY events_first WHERE seq = 1"
            )
            return {str(account_id): int(seq) for account_id, seq in found}

        return await self._file.run(work)

    async def changed_elsewhere(self) -> bool:
        def work(database: Database) -> bool:
            # SQLite's own count of what other connections have committed to the file.
            known = self._version
            (self._version,) = database.conn.execute("PRAGMA data_version").fetchone()
            return known != self._version

        return await self._file.run(work)

    async def verify(self, account_id: str) -> ChainReport:
        """Walk the account's chain of hashes and say where it breaks first."""

        def work(database: Database) -> ChainReport:
            return walk(account_id, _rows(database, account_id, 0))

        return await self._file.run(work)


def _rows(database: Database, account_id: str, after: int) -> Iterator[Row]:
    found = database.conn.execute(
        f"SELECT {COLUMNS} FROM events WHERE account_id = ? AND seq > ? ORDER BY seq",  # noqa: S608  a constant
        (account_id, after),
    )
    return map(Row._make, found)


@dataclass(frozen=True)
class _Wanted:
    """Which events to read: of these kinds, with seq > `after`, recorded at `start` or later."""

    kinds: tuple[str, ...]
    after: int = 0
    start: str = ""
    newest: int | None = None
    first: int | None = None


def _of_kinds(
    database: Database, account_id: str, wanted: _Wanted, columns: str
) -> list[tuple[Any, ...]]:
    """Take so many of each kind from its index, then so many of all: no other row is looked at."""
    order, limit = ("ASC", wanted.first)
    if wanted.newest is not None:
        order, limit = ("DESC", wanted.newest)
    most = -1 if limit is None else limit
    kinds = sorted(set(wanted.kinds))
    if not kinds:
        return []
    one = (
        f"SELECT * FROM (SELECT {columns} FROM events"  # noqa: S608  words of ours only
        " WHERE account_id = ? AND kind = ? AND seq > ? AND at >= ?"
        f" ORDER BY seq {order} LIMIT ?)"
    )
    values = [
        value for kind in kinds for value in (account_id, kind, wanted.after, wanted.start, most)
    ]
    found = database.conn.execute(
        f"{' UNION ALL '.join([one] * len(kinds))} ORDER BY seq {order} LIMIT ?",
        (*values, most),
    ).fetchall()
    return found if wanted.newest is None else found[::-1]


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
