"""What each month and year of an equity curve returned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np

from trading.candles import FloatArray, IntArray, Timeframe


@dataclass(frozen=True)
class Month:
    """The returns (fractions) of one calendar month, UTC, and of buying and holding in it.

    `whole` is False for a first or last month of which the test saw only a part.
    """

    year: int
    month: int
    change: float
    held: float
    whole: bool


@dataclass(frozen=True)
class Year:
    """A year's returns: those of its months, compounded; `whole` when it has all twelve, whole."""

    year: int
    change: float
    held: float
    whole: bool


@dataclass(frozen=True)
class MonthlyTable:
    """Oldest first; months without a candle are absent."""

    months: tuple[Month, ...]
    years: tuple[Year, ...]


def monthly_returns(
    time: IntArray, timeframe: Timeframe, equity: FloatArray, held: FloatArray
) -> MonthlyTable:
    """Compute the returns of each month: its last equity / the last of the month before − 1.

    `time` is each candle's open in milliseconds UTC; `equity` and `held` are one value a candle,
    at its close. A candle belongs to the month in which it ends (one that ends at midnight, to the
    day before). The first month counts from the first value, so all months compound to the total
    return. Where months are missing, the return since the last candle before is the next month's.
    After ruin the return is 0.
    """
    last_moment = timeframe.ms - 1
    ends = (time[[0, -1]] + last_moment).astype("datetime64[ms]").astype("datetime64[M]")
    named = np.arange(ends[0], ends[1] + 1)
    starts = np.append(named, ends[1] + 1).astype("datetime64[ms]").astype(np.int64)
    # Where each month's first candle stands, and after the last month's, their end.
    places = np.searchsorted(time, starts - last_moment)
    months = []
    for k, (first, end) in enumerate(pairwise(places)):
        if first == end:
            continue
        year, month = divmod(int(named[k].astype(np.int64)), 12)
        begins = first > 0 or int(time[0]) <= int(starts[k])
        lasts = end < len(time) or int(time[-1]) + timeframe.ms >= int(starts[k + 1])
        base, last = max(int(first) - 1, 0), int(end) - 1
        months.append(
            Month(
                1970 + year,
                month + 1,
                _change(equity, base, last),
                _change(held, base, last),
                begins and lasts,
            )
        )
    return MonthlyTable(tuple(months), _years(months))


def _change(values: FloatArray, base: int, last: int) -> float:
    before = float(values[base])
    return float(values[last]) / before - 1.0 if before > 0.0 else 0.0


def _years(months: list[Month]) -> tuple[Year, ...]:
    by_year: dict[int, list[Month]] = {}
    for month in months:
        by_year.setdefault(month.year, []).append(month)
    return tuple(
        Year(
            year,
            prod(1.0 + each.change for each in part) - 1.0,
            prod(1.0 + each.held for each in part) - 1.0,
            len(part) == 12 and all(each.whole for each in part),
        )
        for year, part in by_year.items()
    )
