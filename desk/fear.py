"""Fear gauges of a symbol: what traders pay to hold, how much is at stake, which side queues."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

HOURS_A_YEAR = 365 * 24


@dataclass(frozen=True)
class Missing:
    """A gauge that can't be read, and why, as a plain sentence."""

    reason: str


@dataclass(frozen=True)
class Funding:
    """What longs of a perpetual pay shorts each interval, as a fraction; negative: shorts pay.

    `hours`: the length of an interval, None where the exchange doesn't say; `next_at`: when it is
    paid next. `perpetual` is ccxt's name of the contract, such as BTC/USDT:USDT.
    """

    rate: float
    hours: float | None
    next_at: datetime | None
    perpetual: str
    at: datetime
    source: str

    @property
    def per_eight_hours(self) -> float | None:
        """The rate as if paid every 8 hours, which is usual: so exchanges can be compared."""
        return None if self.hours is None else self.rate * 8 / self.hours

    @property
    def per_year(self) -> float | None:
        """The rate of a year of such payments, without compounding."""
        return None if self.hours is None else self.rate * HOURS_A_YEAR / self.hours


@dataclass(frozen=True)
class OpenInterest:
    """The worth of all open contracts of a perpetual, in units of `quote`."""

    value: float
    quote: str
    perpetual: str
    at: datetime
    source: str


@dataclass(frozen=True)
class InterestChange:
    """How open interest moved over a day, as a fraction.

    `in_coins`: counted in coins, so that the price's own move is not in it.
    """

    fraction: float
    in_coins: bool
    perpetual: str
    at: datetime
    source: str


@dataclass(frozen=True)
class Book:
    """The resting orders around the middle of the spot book.

    `imbalance` is (bids − asks) / (bids + asks) of their worth within `reach` of the middle, in
    [-1, 1]; `spread` and `reach` are fractions of the middle. `reach` is below 1 % where the
    exchange shows fewer levels.
    """

    imbalance: float
    spread: float
    reach: float
    at: datetime
    source: str


Seen = TypeVar("Seen", Funding, OpenInterest, InterestChange, Book)


@dataclass(frozen=True)
class Fear:
    """All gauges of a spot symbol; each is there, or says why not."""

    symbol: str
    funding: Funding | Missing
    interest: OpenInterest | Missing
    change: InterestChange | Missing
    book: Book | Missing

    def seen_by(self, latest: datetime) -> Fear:
        """Leave out what was seen later than `latest`, saying so."""
        return replace(
            self,
            funding=_seen_by(self.funding, latest, "funding rate"),
            interest=_seen_by(self.interest, latest, "open interest"),
            change=_seen_by(self.change, latest, "change of open interest"),
            book=_seen_by(self.book, latest, "order book"),
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """Why gauges are missing, each reason once."""
        parts = (self.funding, self.interest, self.change, self.book)
        return tuple(dict.fromkeys(part.reason for part in parts if isinstance(part, Missing)))


def _seen_by(part: Seen | Missing, latest: datetime, what: str) -> Seen | Missing:
    if isinstance(part, Missing) or part.at <= latest:
        return part
    return Missing(
        f"the {what} could only be had at {part.at:%H:%M:%S} UTC, after the moment of this answer"
    )
