"""The account log as it lies in the database file, read beside the running product."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from desk.messages import FILL, DrawdownAlert, FillReport
from trading.account import AccountState
from trading.events import EVENTS, AlertFired, EquityMarked, OrderFilled, Recorded
from trading.ledger import fold
from trading.orders import Fill


@dataclass(frozen=True)
class Posted:
    """A row of the outbox."""

    key: str
    kind: str
    payload: str
    state: str
    attempts: int
    message_id: int | None


class Book:
    """Reads, never writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def log(self, account_id: str) -> list[Recorded]:
        """Return the account's events."""
        with self._open() as database:
            rows = database.execute(
                "SELECT account_id, seq, key, at, data, hash FROM events"
                " WHERE account_id = ? ORDER BY seq",
                (account_id,),
            ).fetchall()
        return [
            Recorded(
                account_id=account,
                seq=seq,
                key=key,
                at=datetime.fromisoformat(at),
                event=EVENTS.validate_json(data),
                hash=digest,
            )
            for account, seq, key, at, data, digest in rows
        ]

    def everything(self) -> list[tuple[object, ...]]:
        """Return every event of every account, for comparing."""
        with self._open() as database:
            return list(database.execute("SELECT * FROM events ORDER BY account_id, seq"))

    def state(self, account_id: str) -> AccountState:
        return fold(self.log(account_id))

    def fills(self, account_id: str) -> list[Fill]:
        events = (one.event for one in self.log(account_id))
        return [event.fill for event in events if isinstance(event, OrderFilled)]

    def alerts(self, account_id: str) -> list[AlertFired]:
        events = (one.event for one in self.log(account_id))
        return [event for event in events if isinstance(event, AlertFired)]

    def marked(self, account_id: str) -> list[Decimal]:
        """Return the equities recorded, oldest first."""
        events = (one.event for one in self.log(account_id))
        return [event.equity for event in events if isinstance(event, EquityMarked)]

    def cash(self, account_id: str, opening: Decimal = Decimal(10_000)) -> Decimal:
        """Add up the cash from the fills alone."""
        cash = opening
        for fill in self.fills(account_id):
            worth = fill.quantity * fill.price
            cash += (worth if fill.side == "sell" else -worth) - fill.fee
        return cash

    def orders(self, account_id: str) -> list[tuple[str, str]]:
        """Return (kind, state) of every order, in the order of placing."""
        with self._open() as database:
            found = database.execute(
                "SELECT kind, state FROM orders WHERE account_id = ? ORDER BY seq", (account_id,)
            )
            return [(str(kind), str(state)) for kind, state in found]

    def outbox(self, account_id: str) -> list[Posted]:
        with self._open() as database:
            found = database.execute(
                "SELECT key, kind, payload, state, attempts, message_id FROM outbox"
                " WHERE account_id = ? ORDER BY id",
                (account_id,),
            )
            return [Posted(*row) for row in found]

    def reports(self, account_id: str) -> list[FillReport]:
        """Return the fill reports that were put into the outbox."""
        return [
            FillReport.model_validate_json(one.payload)
            for one in self.outbox(account_id)
            if one.kind == FILL
        ]

    def drawdowns(self, account_id: str) -> list[DrawdownAlert]:
        return [
            DrawdownAlert.model_validate_json(one.payload)
            for one in self.outbox(account_id)
            if one.kind == "drawdown"
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        address = f"file:{self._path}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
            yield database
