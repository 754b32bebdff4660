"""Which side of an order book waits with more money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BAND = 0.01
# A level just at the edge belongs to both sides alike, whatever rounding says.
ROUNDING = 1e-9

Level = tuple[float, float]


@dataclass(frozen=True)
class Balance:
    """Imbalance in [-1, 1], positive with more bids; spread and reach as fractions of the middle.

    `reach`: how far from the middle orders were counted, on both sides alike.
    """

    imbalance: float
    spread: float
    reach: float


def balance(bids: Sequence[Level], asks: Sequence[Level], band: float = BAND) -> Balance:
    """Compare the worth (price × amount) of both sides within `band` of the middle.

    Levels are (price, amount), both above zero, the best first; both sides hold one at least and
    the best bid is below the best ask. An exchange shows a limited number of levels: a side that
    has as many as the longer one may go on beyond what is shown, and then both are counted only as
    far as it reaches, or the side with the finer steps would look weaker than it is. Imbalance as
    in Cont, Kukanov and Stoikov (2014), over a band instead of the best level.
    """
    middle = (bids[0][0] + asks[0][0]) / 2
    below = [((middle - price) / middle, price * amount) for price, amount in bids]
    above = [((price - middle) / middle, price * amount) for price, amount in asks]
    most = max(len(below), len(above))
    ends = [side[-1][0] for side in (below, above) if len(side) == most]
    reach = max(min(band, *ends), below[0][0])
    bid, ask = (
        sum(worth for distance, worth in side if distance <= reach * (1 + ROUNDING))
        for side in (below, above)
    )
    return Balance((bid - ask) / (bid + ask), (asks[0][0] - bids[0][0]) / middle, reach)
