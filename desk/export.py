"""An account's fills and equity as CSV files, and what they can be checked against.

RFC 4180: lines end in CR LF, a header comes first, a cell with a comma, quote or line break is
quoted. Times are ISO 8601 in UTC, figures are exact. A text that a spreadsheet would take for a
formula gets an apostrophe before it (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from desk.history import EQUITY, FILLS, pieces
from desk.ports import AccountLog
from trading.account import AccountState
from trading.events import AccountOpened, EquityMarked, OrderFilled, Recorded
from trading.holding import EXACT
from trading.scope import ACCOUNT, strategy_scope

Cell = str | int | float | Decimal | datetime | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FILL_COLUMNS = (
    "event",
    "time",
    "recorded",
    "fill_id",
    "order_id",
    "symbol",
    "strategy",
    "side",
    "reason",
    "quantity",
    "price",
    "notional",
    "fee",
    "realised",
    "net",
    "currency",
    "hash",
)


@dataclass(frozen=True)
class CsvFile:
    """A file to send; `rows` without the header."""

    name: str
    content: bytes
    rows: int


@dataclass(frozen=True)
class Export:
    """What the account's log says up to its event number `events`, whose hash is `last_hash`."""

    account_id: str
    fills: CsvFile
    equity: CsvFile
    events: int
    last_hash: str
    at: datetime


async def export(log: AccountLog, state: AccountState, at: datetime) -> Export:
    """Write the account's history up to `state`."""
    return Export(
        state.account_id,
        await _fills(log, state),
        await _equity(log, state),
        state.seq,
        state.last_hash,
        at,
    )


async def _fills(log: AccountLog, state: AccountState) -> CsvFile:
    sheet = Sheet(FILL_COLUMNS)
    async for piece in pieces(log, state.account_id, FILLS, up_to=state.seq):
        for recorded in piece:
            if isinstance(recorded.event, OrderFilled):
                sheet.write(_fill_row(recorded, recorded.event, state.currency))
    return sheet.file("fills.csv")


def _fill_row(recorded: Recorded, event: OrderFilled, currency: str) -> list[Cell]:
    fill = event.fill
    return [
        recorded.seq,
        fill.at,
        recorded.at,
        fill.id,
        fill.order_id,
        fill.symbol,
        fill.strategy,
        fill.side,
        fill.reason,
        fill.quantity,
        fill.price,
        EXACT.multiply(fill.quantity, fill.price),
        fill.fee,
        fill.realised,
        EXACT.subtract(fill.realised, fill.fee),
        currency,
        recorded.hash,
    ]


async def _equity(log: AccountLog, state: AccountState) -> CsvFile:
    """Write the account's equity, with that of each strategy that ever traded beside it."""
    scopes = [ACCOUNT, *map(strategy_scope, sorted(state.fees))]
    sheet = Sheet(["event", "time", "equity", *scopes[1:], "currency"])
    async for piece in pieces(log, state.account_id, EQUITY, up_to=state.seq):
        for recorded in piece:
            event, worth = recorded.event, dict[str, Decimal]()
            at = recorded.at
            if isinstance(event, AccountOpened):
                worth = {ACCOUNT: event.cash}
            elif isinstance(event, EquityMarked):
                worth, at = event.scopes, event.happened_at or recorded.at
            sheet.write([recorded.seq, at, *map(worth.get, scopes), state.currency])
    return sheet.file("equity.csv")


class Sheet:
    """A CSV file in the making; each row has a cell for each column."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._rows = -1
        self.write(list(columns))

    def write(self, row: Sequence[Cell]) -> None:
        self._writer.writerow([_text(cell) for cell in row])
        self._rows += 1

    def file(self, name: str) -> CsvFile:
        return CsvFile(name, self._text.getvalue().encode(), self._rows)

    def take(self) -> bytes:
        """Return what was written since the last time and forget it, for files of any length."""
        written = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        return written


def _text(cell: Cell) -> str:
    """Write a cell: a figure with all its digits and no exponent, a time in UTC, a safe text."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        short = repr(cell)
        return f"{Decimal(short):f}" if "e" in short else short
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(FORMULA) else cell
