"""The yardstick of the sweep: the least code that can tell what a crossing would have earned.

It knows this one job only, is given the averages, and keeps nothing but the last equity.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import talib
from numba import njit, uint64

from benchmarks.job import FEE, STOP, TARGET, Pair
from trading.candles import Candles, FloatArray, IntArray

_ONE = np.uint64(1)


class BareScan:
    """Averages of all lengths that the pairs need, computed before any time is taken."""

    def __init__(self, candles: Candles, pairs: Sequence[Pair]) -> None:
        lengths = sorted({length for pair in pairs for length in pair})
        self._averages = np.array([talib.SMA(candles.close, length) for length in lengths])
        self._rows = np.array([[lengths.index(fast), lengths.index(slow)] for fast, slow in pairs])
        self._candles = candles

    def run(self, threads: int) -> FloatArray:
        """Return each pair's total return."""
        found = np.empty(len(self._rows))
        parts = np.array_split(np.arange(len(self._rows)), threads)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: self._some(part, found), parts))
        return found

    def _some(self, part: IntArray, found: FloatArray) -> None:
        candles = self._candles
        _scan(
            candles.open,
            candles.high,
            candles.low,
            candles.close,
            self._averages,
            self._rows,
            part[0],
            part[-1] + 1,
            found,
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _scan(
    open: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    averages: FloatArray,
    rows: IntArray,
    start: int,
    end: int,
    found: FloatArray,
) -> None:
    paid, got = 1.0 / (1.0 + FEE), 1.0 - FEE
    last = uint64(len(close))
    for row in range(start, end):
        fast, slow = averages[rows[row, 0]], averages[rows[row, 1]]
        cash = 1.0
        i = uint64(1)
        while i < last:
            # Flat until the fast average is above (nan is not), then long until an exit.
            while i < last and not fast[i - _ONE] > slow[i - _ONE]:
                i += _ONE
            if i == last:
                break
            entry = open[i]
            stop, target = entry * (1.0 - STOP), entry * (1.0 + TARGET)
            while i < last and low[i] > stop and high[i] < target:
                i += _ONE
                if i == last or not fast[i - _ONE] > slow[i - _ONE]:
                    break
            if i == last:
                cash *= close[last - _ONE] / entry * paid
                break
            if not fast[i - _ONE] > slow[i - _ONE] or open[i] <= stop or open[i] >= target:
                price = open[i]
            else:
                price = stop if low[i] <= stop else target
            cash *= price / entry * paid * got
            # After a stop or target: no second entry until the averages have crossed back.
            while i < last and fast[i - _ONE] > slow[i - _ONE]:
                i += _ONE
        found[row] = cash - 1.0
