"""The outbox on SQLite: messages to be sent, claimed by whoever sends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from desk.ports import CHAT, Message, Outgoing
from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = (
    "id, account_id, key, chat_id, kind, payload, attempts, created_at, channel, quiet, uncertain"
)
# The oldest due message of each lane in which none is being sent or waits for its next try:
# the one that holds its lane is that message itself, when its time has come.
_NEXT = """
    SELECT MIN(id) FROM outbox AS note
    WHERE state = 'waiting' AND channel = :channel AND due_at <= :now
        AND (claimed_until IS NULL OR claimed_until <= :now)
        AND NOT EXISTS (
            SELECT 1 FROM outbox AS before
            WHERE before.state = 'waiting' AND before.holds = 1
                AND before.channel = note.channel AND before.chat_id = note.chat_id
                AND before.id <> note.id
        )
    GROUP BY chat_id ORDER BY 1 LIMIT :limit
"""
_CLAIM = """
    UPDATE outbox SET owner = :owner, claimed_until = :until, holds = 1,
        uncertain = uncertain OR sending_since IS NOT NULL, sending_since = :now
    WHERE id = :id AND state = 'waiting'
"""
_FREE = "owner = NULL, claimed_until = NULL, sending_since = NULL, attempts = attempts + 1"


def put(
    database: Database,
    account_id: str,
    at: str,
    messages: Sequence[Message],
    also: Sequence[str],
) -> None:
    """Write messages into the outbox, critical ones for the channels in `also` too.

    The caller holds the write lock and has refused keys that are there already.
    """
    rows = [
        (
            account_id,
            note.key,
            channel,
            note.chat_id,
            note.kind,
            note.payload,
            note.critical,
            note.quiet,
            at,
            at,
        )
        for note in messages
        for channel in (CHAT, *(also if note.critical else ()))
    ]
    database.conn.executemany(
        "INSERT INTO outbox (account_id, key, channel, chat_id, kind, payload, critical, quiet,"
        " created_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


class SqliteOutbox:
    """Implements desk.ports.Outbox; any number of processes may share the file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def due(self, now: datetime, limit: int = 20, channel: str = CHAT) -> Sequence[Outgoing]:
        def work(database: Database) -> list[Outgoing]:
            found = database.conn.execute(
                f"SELECT {_COLUMNS} FROM outbox WHERE state = 'waiting' AND channel = ?"  # noqa: S608  a constant
                " AND due_at <= ? ORDER BY id LIMIT ?",
                (channel, text_of(now), limit),
            )
            return [_outgoing(row) for row in found]

        return await self._file.run(work)

    async def claim(
        self, channel: str, owner: str, now: datetime, until: datetime, limit: int
    ) -> Sequence[Outgoing]:
        asked = {"channel": channel, "owner": owner, "now": text_of(now), "until": text_of(until)}

        def work(database: Database) -> list[Outgoing]:
            with writing(database):
                found = database.conn.execute(_NEXT, {**asked, "limit": limit})
                numbers = [number for (number,) in found.fetchall()]
                for number in numbers:
                    database.conn.execute(_CLAIM, {**asked, "id": number})
                return [_read(database, number) for number in numbers]

        return await self._file.run(work)

    async def renew(self, channel: str, owner: str, until: datetime) -> None:
        await self._change(
            "UPDATE outbox SET claimed_until = ?"
            " WHERE state = 'waiting' AND channel = ? AND owner = ?",
            (text_of(until), channel, owner),
        )

    async def take_over(self, owner: str, channels: Sequence[str], now: datetime) -> None:
        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(
                    "UPDATE outbox SET owner = NULL, claimed_until = NULL"
                    " WHERE state = 'waiting' AND owner <> ?",
                    (owner,),
                )
                database.conn.execute(
                    "UPDATE outbox SET state = 'dropped', settled_at = ?,"
                    " error = 'this channel is no longer set up' WHERE state = 'waiting'"
                    " AND channel NOT IN (SELECT value FROM json_each(?))",
                    (text_of(now), json.dumps(list(channels))),
                )

        await self._file.run(work)

    async def delivered(self, outgoing_id: int, at: datetime, message_id: int) -> None:
        # Whoever claims it by now: it has arrived.
        await self._change(
            "UPDATE outbox SET state = 'delivered', settled_at = ?, message_id = ?,"  # noqa: S608  a constant
            f" error = NULL, {_FREE} WHERE id = ? AND state = 'waiting'",
            (text_of(at), message_id, outgoing_id),
        )

    async def retry_later(
        self,
        outgoing_id: int,
        owner: str,
        at: datetime,
        error: str,
        *,
        uncertain: bool = False,
        holds: bool = True,
    ) -> None:
        await self._change(
            "UPDATE outbox SET due_at = ?, error = ?, uncertain = uncertain OR ?, holds = ?,"  # noqa: S608  a constant
            f" {_FREE} WHERE id = ? AND state = 'waiting' AND owner = ?",
            (text_of(at), error, uncertain, holds, outgoing_id, owner),
        )

    async def gave_up(self, outgoing_id: int, owner: str, at: datetime, error: str) -> None:
        await self._change(
            f"UPDATE outbox SET state = 'dropped', settled_at = ?, error = ?, {_FREE}"  # noqa: S608  a constant
            " WHERE id = ? AND state = 'waiting' AND owner = ?",
            (text_of(at), error, outgoing_id, owner),
        )

    async def _change(self, sql: str, values: tuple[object, ...]) -> None:
        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(sql, values)

        await self._file.run(work)


def _read(database: Database, number: int) -> Outgoing:
    return _outgoing(
        database.conn.execute(
            f"SELECT {_COLUMNS} FROM outbox WHERE id = ?",  # noqa: S608  a constant
            (number,),
        ).fetchone()
    )


def _outgoing(row: Sequence[object]) -> Outgoing:
    number, account_id, key, chat_id, kind, payload, attempts, at, channel, quiet, uncertain = row
    return Outgoing(
        int(str(number)),
        str(account_id),
        str(key),
        int(str(chat_id)),
        str(kind),
        str(payload),
        int(str(attempts)),
        datetime.fromisoformat(str(at)),
        str(channel),
        bool(quiet),
        bool(uncertain),
    )
