"""What people spent on the language model, a row for each reservation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from desk.spending import Amount, DayUse
from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database


class SqliteSpending:
    """Implements desk.ports.SpendingStore.

    Of several processes one reserves at a time: the write lock is held from the reading of what
    is used to the writing of what is set aside.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def reserve(
        self,
        reservation_id: str,
        person: str,
        day: date,
        grant: Callable[[Amount], Amount | None],
    ) -> tuple[Amount, Amount | None]:
        def work(database: Database) -> tuple[Amount, Amount | None]:
            with writing(database):
                before = _use(database, person, day).used
                granted = grant(before)
                if granted is not None:
                    database.conn.execute(
                        "INSERT INTO spending (id, person, day, tokens, cost)"
                        " VALUES (?, ?, ?, ?, ?)",
                        (reservation_id, person, str(day), granted.tokens, str(granted.cost)),
                    )
            return before, granted

        return await self._file.run(work)

    async def settle(self, reservation_id: str, used: Amount, at: datetime) -> None:
        def work(database: Database) -> None:
            with writing(database):
                database.conn.execute(
                    "UPDATE spending SET tokens = ?, cost = ?, settled_at = ?"
                    " WHERE id = ? AND settled_at IS NULL",
                    (used.tokens, str(used.cost), text_of(at), reservation_id),
                )

        await self._file.run(work)

    async def use(self, person: str, day: date) -> DayUse:
        return await self._file.run(lambda database: _use(database, person, day))


def _use(database: Database, person: str, day: date) -> DayUse:
    rows = database.conn.execute(
        "SELECT tokens, cost FROM spending WHERE person = ? AND day = ?", (person, str(day))
    ).fetchall()
    # Added up here and not by SQL, where a sum of texts is a REAL.
    used = sum((Amount(tokens, Decimal(cost)) for tokens, cost in rows), Amount())
    return DayUse(used, len(rows))
