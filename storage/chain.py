"""Events as rows, each with the hash of the one before: how they are written, read, and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from desk.errors import UnreadableLog
from desk.ports import Entry
from trading.events import EVENTS, Recorded

FIRST = "0" * 64
COLUMNS = "account_id, seq, key, at, kind, data, prev_hash, hash"


class Row(NamedTuple):
    """A row of the table `events`; `data` is JSON text, `at` a time in UTC."""

    account_id: str
    seq: int
    key: str
    at: str
    kind: str
    data: str
    prev_hash: str
    hash: str

    def recorded(self) -> Recorded:
        """Return the event; raises UnreadableLog when this version knows no such event."""
        try:
            return Recorded(
                account_id=self.account_id,
                seq=self.seq,
                key=self.key,
                at=datetime.fromisoformat(self.at),
                event=EVENTS.validate_json(self.data),
                hash=self.hash,
            )
        except ValueError as error:
            raise UnreadableLog(
                f"account {self.account_id}, event {self.seq} ({self.kind}) can't be read. If a "
                "newer version wrote it, run that one; otherwise restore a copy of the file."
            ) from error


@dataclass(frozen=True)
class ChainReport:
    """What a walk along a chain found: `events` sound ones up to `last_hash`.

    `problem` None: all are sound.
    """

    account_id: str
    events: int
    last_hash: str
    problem: str | None


def canonical(value: object) -> str:
    """Write JSON in the one way that hashes are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(
    account_id: str, seq: int, prev_hash: str, at: str, entries: Iterable[Entry]
) -> Iterator[Row]:
    """Make the rows of new events that follow the event `seq` of hash `prev_hash`."""
    for entry in entries:
        seq += 1
        data = canonical(entry.event.model_dump(mode="json"))
        unsigned = Row(account_id, seq, entry.key, at, entry.event.kind, data, prev_hash, "")
        row = unsigned._replace(hash=hash_of(unsigned))
        yield row
        prev_hash = row.hash


def hash_of(row: Row) -> str:
    """Return the hash that a row of this content has."""
    whole = row._asdict()
    del whole["hash"]
    return hashlib.sha256(canonical(whole).encode()).hexdigest()


def walk(account_id: str, rows: Iterable[Row]) -> ChainReport:
    """Walk an account's chain from its first event and say where it breaks first."""
    count, last = 0, FIRST
    for row in rows:
        problem = fault(row, count + 1, last)
        if problem:
            return ChainReport(account_id, count, last, f"event {row.seq}: {problem}")
        count, last = row.seq, row.hash
    return ChainReport(account_id, count, last, None)


def fault(row: Row, seq: int, prev_hash: str) -> str | None:
    """Say what is wrong with a row that should be event `seq` after `prev_hash`; None: nothing."""
    problem = broken(row, seq, prev_hash)
    if problem:
        return problem
    try:
        kind = row.recorded().event.kind
    except UnreadableLog:
        return "its content is no event that this version knows"
    return None if kind == row.kind else f"it is filed as {row.kind} but says {kind}"


def broken(row: Row, seq: int, prev_hash: str) -> str | None:
    """Say how a row breaks the chain; None: it is in its place and as it was written."""
    if row.seq != seq:
        return f"number {seq} is missing before it"
    if row.prev_hash != prev_hash:
        return "it does not follow the hash of the event before it"
    if row.hash != hash_of(row):
        return "its content was changed after it was written"
    return None
