"""What somebody called at a moment, to be scored when its horizon has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from trading.candles import Timeframe, from_ms, to_ms

CallStance = Literal["long", "short", "flat", "no call"]
Key = tuple[str, "Who"]


class Who(StrEnum):
    """Whose call it is: the verdict itself, or one that is scored beside it."""

    VERDICT = "verdict"
    RULES = "rules"
    FORECAST = "forecast"


@dataclass(frozen=True)
class Call:
    """One stance on one question; at most one per question of each `who`.

    `analyst` is the name of the model (or "forecast"), `votes` of `runs` runs were for it,
    `against` said otherwise; the rest failed, or were stopped since the result stood.
    `horizon` counts candles. `up` is its own chance of a rise, None where the votes stand for it.
    `price` is the one that was frozen at `as_of`; None: the close of the newest candle by then.
    """

    question_id: str
    who: Who
    analyst: str
    account_id: str
    asked_at: datetime
    as_of: datetime
    source: str
    demo: bool
    symbol: str
    timeframe: Timeframe
    horizon: int
    stance: CallStance
    votes: int
    runs: int
    against: int = 0
    up: float | None = None
    price: Decimal | None = None

    @property
    def key(self) -> Key:
        return self.question_id, self.who

    @property
    def starts(self) -> datetime:
        """When what is called begins: a forecast speaks of the time since the last close."""
        if self.who is Who.FORECAST:
            return from_ms(self.timeframe.last_close(to_ms(self.as_of)))
        return self.as_of


class CallState(StrEnum):
    """How far a call is: "no call" is never scored, a lost one has no price to be scored with."""

    NO_CALL = "no call"
    WAITING = "waiting"
    SCORED = "scored"
    LOST = "lost"


@dataclass(frozen=True)
class Outcome:
    """What became of a call: the prices that it is scored with, or (`left` None) why not.

    `entry` is the price that was frozen or found for `as_of`, `left` the close at `left_at`.
    """

    key: Key
    entry: Decimal | None
    left: Decimal | None
    left_at: datetime | None
    why: str = ""


@dataclass(frozen=True)
class Followed:
    """A call and how far it is; `tried_at`: when its end was first looked for in vain."""

    call: Call
    state: CallState
    due_at: datetime
    left: Decimal | None = None
    left_at: datetime | None = None
    tried_at: datetime | None = None
    why: str = ""
