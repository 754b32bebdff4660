"""What people may spend on the language model a day: set aside before it is spent.

A day is one of UTC, the same for everybody, so that nobody gets a second day by choosing another
time zone. Whatever is set aside counts until it is settled with what was used; after a crash
nobody knows what was, so it stays counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from desk.errors import StorageError

if TYPE_CHECKING:
    from desk.ports import Clock, NewId, SpendingStore
    from desk.token_price import TokenPrice

log = logging.getLogger(__name__)
# For what the desk asks a model by itself, such as the mood of headlines.
DESK = "desk"
# A question that has less than this share of its budget would mostly end without an answer.
LEAST_SHARE = 4


@dataclass(frozen=True)
class Amount:
    """Tokens and their cost in USD (0 where prices are not known)."""

    tokens: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.cost + other.cost)


@dataclass(frozen=True)
class Ceiling:
    """The most that may be spent, in tokens and in USD; None: no limit."""

    tokens: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True)
class DayUse:
    """What a person has used and set aside on a day, and in how many reservations."""

    used: Amount = Amount()
    count: int = 0


@dataclass(frozen=True)
class Reservation:
    """Set aside for a person; no more than `granted` may be spent on it.

    Who spends it keeps to that (agents.meter): before a call there has to be room for the longest
    reply that the model is let write.
    """

    id: str
    person: str
    granted: Amount


@dataclass(frozen=True)
class OverDay:
    """Refused: too little of a day's budget is left; it is free again at `free_at` (UTC)."""

    used: Amount
    ceiling: Ceiling
    now: datetime
    free_at: datetime

    @property
    def by_cost(self) -> bool:
        """Tell whether it is the cost that is short, rather than the tokens."""
        ceiling = self.ceiling
        if ceiling.cost is None or ceiling.tokens is None:
            return ceiling.tokens is None
        by_tokens = self.used.tokens * ceiling.cost
        return self.used.cost * ceiling.tokens > by_tokens


class Spending:
    """Sets aside and settles what each person spends a day.

    `question`: what one question may use at most, by tokens; `price`: of the dearest model that
    may answer it, None where that is not known.
    """

    def __init__(
        self,
        store: SpendingStore,
        clock: Clock,
        new_id: NewId,
        day: Ceiling,
        question: int,
        price: TokenPrice | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._price = price
        self._undoing: set[asyncio.Task[None]] = set()
        self.day = day
        self.question = question

    @property
    def wanted(self) -> Amount:
        """What is set aside for a question where the day has room."""
        price = self._price
        return Amount(self.question, price.at_most(self.question) if price else Decimal(0))

    @property
    def priced(self) -> bool:
        return self._price is not None

    async def for_question(self, person: str) -> Reservation | OverDay:
        """Set aside what a question may use, or what is left of the day if that is enough."""
        least = -(-self.question // LEAST_SHARE)
        cost = self._price.at_least(least) if self._price else Decimal(0)
        return await self.reserve(person, self.wanted, Amount(least, cost))

    async def reserve(self, person: str, wanted: Amount, least: Amount) -> Reservation | OverDay:
        """Set aside `wanted`, or what is left if that is `least` or more.

        Raises StorageError: then nothing may be spent. Cancelled: nothing stays set aside.
        """
        now = self._clock()
        reservation_id = self._new_id()
        writing = asyncio.ensure_future(
            self._store.reserve(
                reservation_id,
                person,
                _day(now),
                lambda used: grant(self.day, used, wanted, least),
            )
        )
        try:
            # What is being written can't be called back, only settled after it.
            before, granted = await asyncio.shield(writing)
        except asyncio.CancelledError:
            undoing = asyncio.create_task(
                self._undo(writing, Reservation(reservation_id, person, Amount()))
            )
            self._undoing.add(undoing)
            undoing.add_done_callback(self._undoing.discard)
            await asyncio.shield(undoing)
            raise
        if granted is None:
            return OverDay(before, self.day, now, _next_day(now))
        return Reservation(reservation_id, person, granted)

    async def settle(self, reservation: Reservation, used: Amount) -> None:
        """Count what was used in place of what was set aside.

        Where that can't be written the reservation stays counted: the answer is there already.
        """
        try:
            await self._store.settle(reservation.id, used, self._clock())
        except StorageError as error:
            log.error("what a question used could not be noted, its budget stays: %s", error)

    async def _undo(
        self, writing: asyncio.Future[tuple[Amount, Amount | None]], reservation: Reservation
    ) -> None:
        """Settle with nothing what was set aside for somebody who has gone by then."""
        # Not written: there is nothing to settle.
        with contextlib.suppress(StorageError):
            _, granted = await writing
            if granted is not None:
                await self.settle(reservation, Amount())

    async def today(self, person: str) -> DayUse:
        """Return what a person has used today."""
        return await self._store.use(person, _day(self._clock()))

    async def day_of(self, person: str) -> OverDay:
        """Return where the person's day stands, as a refusal tells it."""
        now = self._clock()
        use = await self._store.use(person, _day(now))
        return OverDay(use.used, self.day, now, _next_day(now))

    def free_at(self) -> datetime:
        """Return when the next day begins."""
        return _next_day(self._clock())


def grant(day: Ceiling, used: Amount, wanted: Amount, least: Amount) -> Amount | None:
    """Return what may be set aside: `wanted` or what is left, None if that is less than `least`.

    What is used and what is granted are never more than the day's ceiling together.
    """
    tokens, cost = wanted.tokens, wanted.cost
    if day.tokens is not None:
        tokens = min(tokens, day.tokens - used.tokens)
    if day.cost is not None:
        cost = min(cost, day.cost - used.cost)
    if tokens < min(least.tokens, wanted.tokens) or cost < min(least.cost, wanted.cost):
        return None
    if tokens <= 0 < wanted.tokens or cost < 0:
        return None
    return Amount(tokens, cost)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _next_day(now: datetime) -> datetime:
    return datetime.combine(_day(now) + timedelta(days=1), time(), UTC)
