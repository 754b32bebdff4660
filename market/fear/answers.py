"""ccxt's answers about funding, open interest and order books, as figures.

What an exchange did not state, or not as a number, is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from trading.order_book import Level

HOUR_MS = 3_600_000
# How far from a day ago the older of two records may be.
NEAR_A_DAY_MS = HOUR_MS


@dataclass(frozen=True)
class FundingAnswer:
    """Rate of one interval; times in ms; `price` is the contract's mark price."""

    rate: float | None
    hours: float | None
    paid_at: tuple[float, ...]
    price: float | None
    at: float | None


@dataclass(frozen=True)
class DayChange:
    """Change over a day as a fraction; `at` (ms) is the time of the newer record."""

    fraction: float
    in_coins: bool
    at: float


def read_funding(answer: object) -> FundingAnswer:
    """Read ccxt's funding rate structure."""
    stated = as_dict(answer)
    times = (positive(stated.get(key)) for key in ("fundingTimestamp", "nextFundingTimestamp"))
    return FundingAnswer(
        number(stated.get("fundingRate")),
        _hours(stated.get("interval")),
        tuple(time for time in times if time is not None),
        positive(stated.get("markPrice")),
        positive(stated.get("timestamp")),
    )


def read_interval(answer: object) -> float | None:
    """Return the hours between the two newest of ccxt's past funding rates."""
    stamps = sorted(
        stamp for row in as_rows(answer) if (stamp := positive(row.get("timestamp"))) is not None
    )
    if len(stamps) < 2:
        return None
    hours = round((stamps[-1] - stamps[-2]) / HOUR_MS)
    return float(hours) if 1 <= hours <= 24 else None


def read_day_change(answer: object) -> DayChange | None:
    """Return how the newest of ccxt's open interest records differs from that of a day before."""
    rows = as_rows(answer)
    for field, in_coins in (("openInterestAmount", True), ("openInterestValue", False)):
        stated = ((positive(row.get("timestamp")), positive(row.get(field))) for row in rows)
        points = sorted((at, size) for at, size in stated if at is not None and size is not None)
        if not points:
            continue
        at, size = points[-1]
        day_before = at - 24 * HOUR_MS
        then, before = min(points, key=lambda point: abs(point[0] - day_before))
        if abs(then - day_before) <= NEAR_A_DAY_MS:
            return DayChange(size / before - 1, in_coins, at)
    return None


def read_levels(side: object) -> list[Level]:
    """Return a side of ccxt's order book, the best first, without levels of no amount."""
    rows = (row for row in side if isinstance(row, list)) if isinstance(side, list) else ()
    pairs = ((positive(row[0]), positive(row[1])) for row in rows if len(row) >= 2)
    return [(price, amount) for price, amount in pairs if price is not None and amount is not None]


def number(value: object) -> float | None:
    """Return a finite number; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def positive(value: object) -> float | None:
    """Return a finite number above zero; None for all else."""
    found = number(value)
    return found if found is not None and found > 0 else None


def as_dict(answer: object) -> Mapping[str, Any]:
    """Return ccxt's structure, an empty one for any other answer."""
    return answer if isinstance(answer, dict) else {}


def as_rows(answer: object) -> list[Mapping[str, Any]]:
    """Return ccxt's list of structures, leaving out what is none."""
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []


def _hours(interval: object) -> float | None:
    """Read ccxt's "8h"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)h", interval) if isinstance(interval, str) else None
    return positive(float(match[1])) if match else None
