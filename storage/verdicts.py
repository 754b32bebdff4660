"""What was called, when it is due, and what became of it; beside the account log.

All of it can be made again from the stored traces and the market's candles, but for what the
rules said beside a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from desk.called import Call, CallState, Followed, Key, Outcome, Who
from desk.ports import StoredQuestion
from storage.sqlite import SqliteFile, text_of, writing
from trading.candles import Timeframe

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = (
    "question_id, who, analyst, account_id, asked_at, as_of, source, demo, symbol, timeframe,"
    " horizon, stance, votes, runs, against, up, price, state, due_at, left_price,"
    " left_at, tried_at, why"
)
_RECORD = f"""
    INSERT INTO verdicts ({_COLUMNS}, next_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, '', ?)
    ON CONFLICT (question_id, who) DO UPDATE SET price = excluded.price
    WHERE verdicts.price IS NULL AND verdicts.state = 'waiting'
"""  # noqa: S608  the names above


class SqliteVerdicts:
    """Implements desk.ports.CallStore."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    async def record(
        self, question_id: str, calls: Sequence[tuple[Call, datetime]], *, read: bool = True
    ) -> None:
        """Store calls, each once, and that the question's trace was read, all at once."""
        rows = [_row(call, due_at) for call, due_at in calls]

        def work(database: Database) -> None:
            with writing(database):
                database.conn.executemany(_RECORD, rows)
                if read:
                    database.conn.execute(
                        "INSERT OR IGNORE INTO verdicts_read VALUES (?)", (question_id,)
                    )

        await self._file.run(work)

    async def unread(self, limit: int) -> Sequence[StoredQuestion]:
        """Return questions whose calls were never recorded, oldest first."""

        def work(database: Database) -> list[StoredQuestion]:
            rows = database.conn.execute(
                "SELECT id, account_id, asked_at, text, trace FROM questions"
                " WHERE id NOT IN (SELECT question_id FROM verdicts_read)"
                " ORDER BY asked_at, rowid LIMIT ?",
                (limit,),
            )
            return [
                StoredQuestion(id_, account, datetime.fromisoformat(at), text, trace)
                for id_, account, at, text, trace in rows
            ]

        return await self._file.run(work)

    async def due(self, now: datetime, limit: int, *, demo: bool) -> Sequence[Followed]:
        """Return calls of real or made-up prices that are to be scored now, the oldest first."""
        return await self._select(
            "WHERE state = 'waiting' AND demo = ? AND next_at <= ? ORDER BY due_at LIMIT ?",
            (int(demo), text_of(now), limit),
        )

    async def postpone(self, keys: Sequence[Key], now: datetime, until: datetime) -> None:
        """Look at these again at `until`; remember when they were first looked at in vain."""
        rows = [(text_of(until), text_of(now), *_parts(key)) for key in keys]

        def work(database: Database) -> None:
            with writing(database):
                database.conn.executemany(
                    "UPDATE verdicts SET next_at = ?, tried_at = coalesce(tried_at, ?)"
                    " WHERE question_id = ? AND who = ? AND state = 'waiting'",
                    rows,
                )

        await self._file.run(work)

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Store what became of calls; one that is settled already stays as it is."""
        rows = [
            (
                CallState.LOST if one.left is None else CallState.SCORED,
                None if one.entry is None else str(one.entry),
                None if one.left is None else str(one.left),
                None if one.left_at is None else text_of(one.left_at),
                one.why,
                *_parts(one.key),
            )
            for one in outcomes
        ]

        def work(database: Database) -> None:
            with writing(database):
                database.conn.executemany(
                    "UPDATE verdicts SET state = ?, price = coalesce(?, price), left_price = ?,"
                    " left_at = ?, why = ? WHERE question_id = ? AND who = ? AND state = 'waiting'",
                    rows,
                )

        await self._file.run(work)

    async def of_account(self, account_id: str) -> Sequence[Followed]:
        """Return all calls on an account's questions, newest first."""
        return await self._select(
            "WHERE account_id = ? ORDER BY asked_at DESC, question_id, who", (account_id,)
        )

    async def _select(self, where: str, values: Sequence[object]) -> list[Followed]:
        def work(database: Database) -> list[Followed]:
            rows = database.conn.execute(
                f"SELECT {_COLUMNS} FROM verdicts {where}",  # noqa: S608  written above
                values,
            )
            return [_followed(row) for row in rows]

        return await self._file.run(work)


def _parts(key: Key) -> tuple[str, str]:
    return key[0], key[1].value


def _row(call: Call, due_at: datetime) -> tuple[object, ...]:
    state = CallState.NO_CALL if call.stance == "no call" else CallState.WAITING
    return (
        call.question_id,
        call.who.value,
        call.analyst,
        call.account_id,
        text_of(call.asked_at),
        text_of(call.as_of),
        call.source,
        int(call.demo),
        call.symbol,
        call.timeframe.value,
        call.horizon,
        call.stance,
        call.votes,
        call.runs,
        call.against,
        call.up,
        None if call.price is None else str(call.price),
        state.value,
        text_of(due_at),
        text_of(due_at),
    )


def _followed(row: Sequence[Any]) -> Followed:
    price, state, due_at, left, left_at, tried_at, why = row[16:]
    call = Call(
        question_id=row[0],
        who=Who(row[1]),
        analyst=row[2],
        account_id=row[3],
        asked_at=datetime.fromisoformat(row[4]),
        as_of=datetime.fromisoformat(row[5]),
        source=row[6],
        demo=bool(row[7]),
        symbol=row[8],
        timeframe=Timeframe(row[9]),
        horizon=row[10],
        stance=row[11],
        votes=row[12],
        runs=row[13],
        against=row[14],
        up=row[15],
        price=None if price is None else Decimal(price),
    )
    return Followed(
        call=call,
        state=CallState(state),
        due_at=datetime.fromisoformat(due_at),
        left=None if left is None else Decimal(left),
        left_at=_moment(left_at),
        tried_at=_moment(tried_at),
        why=why,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
