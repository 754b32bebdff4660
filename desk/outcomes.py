"""What a use case answers; a refusal is a value, with words for the person and a code for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trading.limits import Denied
from trading.measure import number
from trading.orders import Fill, Order, Proposal

NOTHING_PASSES = "No size would pass."
RefusalCode = Literal[
    "not_yours",  # unknown, or another account's: the answer does not tell which
    "confirmed",
    "rejected",
    "replaced",
    "withdrawn",  # by the watch that proposed it
    "expired",
    "market",  # no fresh price: nothing is lost, try again
    "denied",  # a risk limit
    "changed",  # the position changed at this moment: nothing is lost, try again
    "closed",
]


@dataclass(frozen=True)
class Refused:
    """Nothing happened, and `text` says why."""

    text: str
    code: RefusalCode


@dataclass(frozen=True)
class Filled:
    """An order was filled; `orders` are the exits placed with it, `proposal` what was confirmed."""

    fill: Fill
    orders: tuple[Order, ...] = ()
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Placed:
    """A limit or stop order waits in the book for its price."""

    order: Order
    proposal: Proposal


@dataclass(frozen=True)
class Cancelled:
    """A waiting order was taken out of the book."""

    order: Order


@dataclass(frozen=True)
class Flattened:
    """All waiting orders are cancelled and every position closed; `left`: why some are not.

    `exits`: stops and targets that ended with their positions.
    """

    filled: tuple[Filled, ...]
    cancelled: int
    left: tuple[str, ...]
    exits: int = 0


@dataclass(frozen=True)
class Repriced:
    """A fill would not be what was shown, `why` says in what: a new proposal replaces the old."""

    proposal: Proposal
    why: str


@dataclass(frozen=True)
class Rejected:
    """The person turned the proposal down."""

    proposal: Proposal


def refuse_denied(denied: Denied, base: str) -> Refused:
    """Say every limit that an order breaks, and the size that would pass."""
    reasons = "; ".join(breach.text for breach in denied.reasons)
    size = denied.passing_quantity
    passing = f"{f'{number(size)} {base}'.rstrip()} would pass." if size else NOTHING_PASSES
    return Refused(f"{reasons[:1].upper()}{reasons[1:]}. {passing}", "denied")
