"""Walk an account's chain and add its events up anew, telling all that does not fit."""

from __future__ import annotations

import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from desk.audit import Finding
from desk.errors import UnreadableLog
from storage.chain import COLUMNS, FIRST, Row, broken
from storage.snapshots import fold_version
from trading.account import AccountState, Key
from trading.account_image import restored
from trading.events import OrderFilled, Recorded
from trading.holding import EXACT
from trading.ledger import fold
from trading.legal import IllegalEvent

CHANGED = "Nothing after the event before it can be trusted. Stop the bot and put back a copy."
FORBIDDEN = (
    "The log holds what its rules forbid. Keep the file, run the version that wrote it or put back "
    "a copy from before, and report this line."
)
NEWER = "If a newer version wrote it, run that one; otherwise put back a copy of the file."
CUT = "Events are gone that were there once. Stop the bot, keep this file, and put back a copy."


@dataclass
class Turnover:
    """What was traded in all: the measure of how exact a sum of REAL figures can be."""

    fills: int = 0
    quantity: Decimal = Decimal(0)
    money: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)

    def add(self, event: OrderFilled) -> None:
        fill = event.fill
        self.fills += 1
        self.quantity = EXACT.add(self.quantity, fill.quantity)
        self.money = EXACT.add(self.money, EXACT.multiply(fill.quantity, fill.price))
        self.fees = EXACT.add(self.fees, fill.fee)


class Kept(NamedTuple):
    """The account's snapshot as it is in the file."""

    seq: int
    hash: str
    state: str
    version: str


@dataclass
class Refolded:
    """What one pass over an account's log gave; `then`: the state at the snapshot's seq."""

    events: int = 0
    last_hash: str = FIRST
    state: AccountState | None = None
    then: AccountState | None = None
    kept: Kept | None = None
    findings: list[Finding] = field(default_factory=list)
    turnover: defaultdict[Key, Turnover] = field(default_factory=lambda: defaultdict(Turnover))

    def sound(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Give the rows on as long as the chain holds."""
        for row in rows:
            problem = broken(row, self.events + 1, self.last_hash)
            if problem:
                self.findings.append(Finding(f"event {row.seq}: {problem}", CHANGED))
                return
            self.events, self.last_hash = row.seq, row.hash
            yield row

    def recorded(self, rows: Iterator[Row]) -> Iterator[Recorded]:
        """Read the events; raises UnreadableLog at one that this version does not know."""
        for row in rows:
            recorded = row.recorded()
            event = recorded.event
            if event.kind != row.kind:
                problem = f"event {row.seq}: it is filed as {row.kind} but says {event.kind}"
                self.findings.append(Finding(problem, FORBIDDEN))
            if isinstance(event, OrderFilled):
                self.turnover[event.fill.strategy, event.fill.symbol].add(event)
            yield recorded


def refold(connection: sqlite3.Connection, account_id: str, *, with_snapshot: bool) -> Refolded:
    """Walk and fold the account's whole log; no state and no findings: there is none."""
    found = Refolded(kept=_kept(connection, account_id) if with_snapshot else None)
    rows = found.sound(_rows(connection, account_id))
    events = found.recorded(rows)
    try:
        if found.kept:
            found.then = found.state = fold(islice(events, max(found.kept.seq, 1)))
        found.state = fold(events, found.state)
    except IllegalEvent as error:
        # Without a single sound event there is nothing to fold, which is no finding of its own.
        if found.events:
            problem = str(error).removeprefix(f"account {account_id}, ")
            found.findings.append(Finding(problem, FORBIDDEN))
    except UnreadableLog:
        problem = f"event {found.events}: its content is no event that this version knows"
        found.findings.append(Finding(problem, NEWER))
    deque(rows, maxlen=0)  # the chain goes on behind an event that can't be folded
    if found.kept and not found.findings:
        _compare_end(found, found.kept)
    return found


def kept_faults(found: Refolded) -> list[str]:
    """Compare the snapshot with the state that its events give; [] when it is never used."""
    kept = found.kept
    if kept is None or kept.version != fold_version():
        return []
    try:
        same = restored(kept.state) == found.then
    except ValueError:
        return [f"the snapshot at event {kept.seq} can't be read"]
    return [] if same else [f"the snapshot at event {kept.seq} is not what the log adds up to"]


def _compare_end(found: Refolded, kept: Kept) -> None:
    """A snapshot remembers how far a log went: its end can't be cut off without a trace."""
    if kept.seq > found.events:
        problem = f"a snapshot was made at event {kept.seq}, but the log ends at {found.events}"
        found.findings.append(Finding(problem, CUT))
    elif found.then is None or found.then.last_hash != kept.hash:
        problem = f"event {kept.seq} is another one than when the snapshot was made"
        found.findings.append(Finding(problem, CUT))


def _kept(connection: sqlite3.Connection, account_id: str) -> Kept | None:
    row = connection.execute(
        "SELECT seq, hash, state, version FROM snapshots WHERE account_id = ?", (account_id,)
    ).fetchone()
    return Kept._make(row) if row else None


def _rows(connection: sqlite3.Connection, account_id: str) -> Iterator[Row]:
    found = connection.execute(
        f"SELECT {COLUMNS} FROM events WHERE account_id = ? ORDER BY seq",  # noqa: S608  a constant
        (account_id,),
    )
    return map(Row._make, found)
