"""Rows of candles as an exchange gave them, checked."""

from __future__ import annotations

import numpy as np

from desk.errors import MarketUnavailable
from trading.candles import FloatArray


def read_rows(rows: object, source: str) -> FloatArray:
    """Return candles of shape (n, 6): time in ms, open, high, low, close, volume; oldest first.

    Rows whose prices are all zero mean "no trade": they are left out, as a gap. Of two rows of
    one time the later counts. Anything else that no market can have done makes the whole answer
    MarketUnavailable: who garbles one row can't be trusted with the others.
    """
    try:
        table = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError):
        raise _unreadable(source) from None
    if table.size == 0:
        if not isinstance(rows, list):
            raise _unreadable(source)
        return np.empty((0, 6))
    if table.ndim != 2 or table.shape[1] != 6:
        raise _unreadable(source)
    table = table[~np.all(table[:, 1:5] == 0, axis=1)]
    if not _plausible(table):
        raise _unreadable(source)
    table = table[np.argsort(table[:, 0], kind="stable")]
    newest_of_time = np.append(np.diff(table[:, 0]) > 0, True)[: len(table)]
    kept: FloatArray = table[newest_of_time]
    return kept


def _plausible(table: FloatArray) -> bool:
    time, prices, volume = table[:, 0], table[:, 1:5], table[:, 5]
    finite = bool(np.all(np.isfinite(table)))
    return (
        finite
        and bool(np.all(time > 0))
        and bool(np.all(time == np.floor(time)))
        and bool(np.all(prices > 0))
        and bool(np.all(volume >= 0))
        and bool(np.all(table[:, 2] >= table[:, 3]))
    )


def _unreadable(source: str) -> MarketUnavailable:
    return MarketUnavailable(
        f"{source} gave candles that can't be read. Try again in a moment, or another timeframe."
    )
