"""The order of a majority: size, stop and target are the median of what its runs proposed.

Counting ends when the winner is certain, so the median is of the runs that had ended by then. It
lies within what the whole majority would have said, and is that itself where they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from agents.answer import OrderIdea
from agents.vote import middle

Part = Literal["size", "stop", "target"]


@dataclass(frozen=True)
class Median:
    """A part of an order on which the runs differ: the median of what `runs` of them said."""

    part: Part
    runs: int


@dataclass(frozen=True)
class MedianOrder:
    """Fractions as in OrderIdea; None: no run named one. `apart`: where the runs differ."""

    size: Decimal = Decimal(1)
    stop: Decimal | None = None
    target: Decimal | None = None
    apart: tuple[Median, ...] = ()


def median_order(orders: Sequence[OrderIdea]) -> MedianOrder:
    """Return the median of these orders, part by part, whatever their order."""
    sizes = [order.size for order in orders]
    stops = [order.stop for order in orders if order.stop is not None]
    targets = [order.target for order in orders if order.target is not None]
    parts: tuple[tuple[Part, list[Decimal]], ...] = (
        ("size", sizes),
        ("stop", stops),
        ("target", targets),
    )
    return MedianOrder(
        size=middle(sizes) or Decimal(1),
        stop=middle(stops),
        target=middle(targets),
        apart=tuple(Median(part, len(said)) for part, said in parts if len(set(said)) > 1),
    )
