"""Candles (OHLCV bars) and timeframes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from trading.errors import BadArgument, BadCandles

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
T = TypeVar("T")
DAY_MS = 86_400_000
_REMEMBERED_VALUES = 8_000_000  # of all results together, 64 MB
_NOTHING = object()


class Timeframe(StrEnum):
    """The length of a candle, in the exchanges' own short names."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H12 = "12h"
    D1 = "1d"
    W1 = "1w"

    @property
    def ms(self) -> int:
        """Length in milliseconds."""
        unit = {"m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 604_800_000}
        return int(self.value[:-1]) * unit[self.value[-1]]

    @property
    def delta(self) -> timedelta:
        return timedelta(milliseconds=self.ms)

    @property
    def phase(self) -> int:
        """Where its grid lies, ms after 1970: weeks open on a Monday, and 1970 on a Thursday."""
        return 4 * DAY_MS if self is Timeframe.W1 else 0

    def last_close(self, moment: int) -> int:
        """Return when the newest candle closed at `moment` or before did; ms since 1970, UTC."""
        return (moment - self.phase) // self.ms * self.ms + self.phase

    @property
    def per_year(self) -> float:
        """Candles in a year of 365 days (crypto never closes)."""
        return 365 * DAY_MS / self.ms

    @classmethod
    def parse(cls, text: str) -> Timeframe:
        try:
            return cls(text.strip().lower())
        except ValueError:
            known = ", ".join(member.value for member in cls)
            raise BadArgument(f"'{text}' is no timeframe. Use one of {known}.") from None


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


@dataclass(frozen=True, eq=False)
class Candles:
    """Closed candles of one symbol and timeframe, oldest first.

    `time` is each candle's OPEN time in milliseconds UTC, strictly increasing; gaps stay gaps.
    All arrays are 1-D and of one length, prices in the quote currency, volume in base units.
    `made_from`: they were rolled up from candles of this timeframe; None: the market's own.
    """

    symbol: str
    timeframe: Timeframe
    time: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    made_from: Timeframe | None = field(default=None, kw_only=True)
    _computed: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        columns = (self.open, self.high, self.low, self.close, self.volume)
        if any(column.shape != self.time.shape for column in columns):
            raise BadCandles(f"{self.symbol} {self.timeframe}: columns differ in length")
        if len(self.time) and bool(np.any(np.diff(self.time) <= 0)):
            raise BadCandles(f"{self.symbol} {self.timeframe}: times are not strictly increasing")
        for name, column in zip(("open", "high", "low", "close", "volume"), columns, strict=True):
            finite = np.isfinite(column)
            if not bool(finite.all()):
                raise self._bad(name, column, int(np.argmin(finite)), "which is no finite number")
            if name != "volume" and bool((column <= 0).any()):
                raise self._bad(name, column, int(np.argmax(column <= 0)), "a price is above 0")

    def _bad(self, name: str, column: FloatArray, at: int, why: str) -> BadCandles:
        return BadCandles(
            f"{self.symbol} {self.timeframe}: the {name} at "
            f"{from_ms(int(self.time[at])):%Y-%m-%d %H:%M} UTC is {float(column[at]):g}, {why}. "
            "Load these candles again, or use a span without this one."
        )

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what `compute()` makes of these candles, remembered as long as there is room.

        For arrays that many sets of parameters have in common. Threads that ask at the same moment
        may each compute it.
        """
        found = self._computed.get(key, _NOTHING)
        if found is _NOTHING:
            found = compute()
            if len(self._computed) * len(self) >= _REMEMBERED_VALUES:
                self._computed.clear()
            self._computed[key] = found
        return cast(T, found)

    def __len__(self) -> int:
        return len(self.time)

    @property
    def last_close_time(self) -> datetime:
        """When the newest candle closed."""
        return from_ms(int(self.time[-1]) + self.timeframe.ms)

    @property
    def missing(self) -> int:
        """Candles absent between the first and the last one."""
        if len(self) < 2:
            return 0
        span = (int(self.time[-1]) - int(self.time[0])) // self.timeframe.ms
        return int(span + 1 - len(self))

    def closed_by(self, moment: datetime) -> Candles:
        """Only the candles whose close time is not after `moment`."""
        end = int(np.searchsorted(self.time + self.timeframe.ms, to_ms(moment), side="right"))
        return self[:end]

    def tail(self, count: int) -> Candles:
        return self[max(0, len(self) - count) :]

    def __getitem__(self, part: slice) -> Candles:
        return Candles(
            self.symbol,
            self.timeframe,
            self.time[part],
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            self.volume[part],
            made_from=self.made_from,
        )

    @classmethod
    def from_rows(cls, symbol: str, timeframe: Timeframe, rows: object) -> Candles:
        """Make candles of rows `[time_ms, open, high, low, close, volume]`, ccxt's shape."""
        table = np.asarray(rows, dtype=np.float64).reshape(-1, 6)
        columns = [np.ascontiguousarray(table[:, i]) for i in range(1, 6)]
        return cls(symbol, timeframe, table[:, 0].astype(np.int64), *columns)
