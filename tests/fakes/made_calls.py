"""Calls as questions leave them, for tests of the track record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from desk.called import Call, CallState, Followed, Who
from trading.candles import Timeframe
from trading.scoring import due_at

AS_OF = datetime(2026, 3, 1, 14, 0, 5, tzinfo=UTC)
LONG = Call(
    question_id="q1",
    who=Who.VERDICT,
    analyst="gpt-x",
    account_id="anne",
    asked_at=AS_OF,
    as_of=AS_OF,
    source="fake",
    demo=False,
    symbol="BTC/USDT",
    timeframe=Timeframe.H1,
    horizon=4,
    stance="long",
    votes=2,
    runs=3,
    against=1,
    price=Decimal(100),
)


def made_call(question_id: str = "q1", *, hours: float = 0, **changes: Any) -> Call:
    """A long of two of three runs, asked so many hours later."""
    at = AS_OF + timedelta(hours=hours)
    return replace(LONG, question_id=question_id, asked_at=at, as_of=at, **changes)


def due(call: Call) -> datetime:
    return due_at(call.starts, call.timeframe, call.horizon)


def scored(call: Call, left: float | str) -> Followed:
    """The call once its horizon has passed at that price."""
    at = due(call)
    return Followed(call, CallState.SCORED, at, Decimal(str(left)), at)


def in_state(call: Call, state: CallState) -> Followed:
    return Followed(call, state, due(call))
