"""Up to when each symbol was watched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from storage.sqlite import SqliteFile, text_of, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

MADE_UP = "demo"


class SqliteWatermarks:
    """Implements desk.ports.Watermarks for one market: made-up prices never cover real ones.

    What was watched on another exchange was watched: the book is not held against this one's
    prices of that time once more.
    """

    def __init__(self, file: SqliteFile, market: str) -> None:
        self._file = file
        self._market = market

    async def load(self) -> Mapping[str, datetime]:
        def work(database: Database) -> dict[str, datetime]:
            rows = database.conn.execute(
                "SELECT symbol, MAX(until) FROM watched"
                " WHERE (market = :made_up) = (:market = :made_up) GROUP BY symbol",
                {"market": self._market, "made_up": MADE_UP},
            )
            return {str(symbol): datetime.fromisoformat(until) for symbol, until in rows}

        return await self._file.run(work)

    async def put(self, marks: Mapping[str, datetime]) -> None:
        """Store the marks in place of the symbols' former ones."""
        rows = [(self._market, symbol, text_of(until)) for symbol, until in marks.items()]

        def work(database: Database) -> None:
            with writing(database):
                database.conn.executemany("REPLACE INTO watched VALUES (?, ?, ?)", rows)

        await self._file.run(work)
