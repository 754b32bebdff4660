"""How far prices have moved within the last minutes: a bounded memory by symbol and minute."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from desk.errors import MarketError
from desk.ports import MarketData
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.gauges import GaugeValue, MoveGauge, Way, moves_of

logger = logging.getLogger(__name__)
MINUTE_MS = 60_000
MOST_CANDLES = 1000
SPANS = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1)
SLACK = 2  # minutes without a price that are no gap: a quiet market, a slow tick
PAUSE = timedelta(minutes=1)  # between tries to fill a gap
ONE = Decimal(1)


@dataclass(slots=True)
class _Minute:
    """The prices of one minute; `last` is the newest of them."""

    low: Decimal
    high: Decimal
    last: Decimal

    def add(self, price: Decimal) -> None:
        self.low, self.high, self.last = min(self.low, price), max(self.high, price), price


@dataclass
class _Track:
    """A symbol's minutes, by their number since 1970, oldest first.

    `window` of them are kept; they are known back to `since` (None: nothing was filled in yet).
    `extremes`: what `before` answered for minute `at`, by window.
    """

    window: int
    since: int | None = None
    minutes: dict[int, _Minute] = field(default_factory=dict)
    at: int = 0
    extremes: dict[int, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)

    def before(self, minute: int, window: int) -> tuple[Decimal | None, Decimal | None]:
        """Return lowest and highest of the window's whole minutes before this one."""
        if self.at != minute:
            self.extremes.clear()
            self.at = minute
        if window not in self.extremes:
            span = [
                self.minutes[number]
                for number in range(minute - window + 1, minute)
                if number in self.minutes
            ]
            low = min((one.low for one in span), default=None)
            high = max((one.high for one in span), default=None)
            self.extremes[window] = (low, high)
        return self.extremes[window]

    def sort(self) -> None:
        self.minutes = dict(sorted(self.minutes.items()))
        self.extremes.clear()

    def forget(self, minute: int) -> None:
        """Drop the minutes that are out of the window at `minute`."""
        for number in [number for number in self.minutes if number <= minute - self.window]:
            del self.minutes[number]


class Moves:
    """Remembers the prices of each symbol that a move is watched of, for its longest window.

    A move of 5 % within 60 minutes: the present price stands 5 % above the lowest ("up"), or below
    the highest ("down"), of the present minute and the 59 before it. So no price older than the
    window counts, and what one tick costs does not depend on the number of alerts.
    """

    def __init__(self, market: MarketData) -> None:
        self._market = market
        self._tracks: dict[str, _Track] = {}
        self._tried: dict[str, datetime] = {}

    def seen(self, symbol: str, price: Decimal, at: datetime) -> None:
        """Take note of a price, if a move of its symbol is watched (see `prepare`)."""
        track = self._tracks.get(symbol)
        if track is None:
            return
        number = _minute(at)
        newest = next(reversed(track.minutes), number)
        if number < newest - SLACK:
            # The clock was put back: prices from ahead of it are no past to compare with.
            track.minutes = {n: one for n, one in track.minutes.items() if n < number}
        if number < track.at:
            track.extremes.clear()
        if number in track.minutes:
            track.minutes[number].add(price)
            return
        track.minutes[number] = _Minute(price, price, price)
        if number < newest:
            track.sort()
        track.forget(number)

    def values(self, gauges: Iterable[str], now: datetime) -> dict[str, Decimal]:
        """Return the present values of the moves among `gauges`; without a price there is none."""
        found = {}
        for gauge in moves_of(gauges):
            value = self._value(gauge, _minute(now))
            if value is not None:
                found[str(gauge)] = value
        return found

    async def prepare(self, gauges: Iterable[str], now: datetime) -> None:
        """Remember the symbols of these moves from now on, and fill their gaps from candles.

        After a start everything is a gap. One that can't be filled is tried again in a minute; the
        symbols of no gauge are forgotten.
        """
        windows: defaultdict[str, int] = defaultdict(int)
        for gauge in moves_of(gauges):
            windows[gauge.symbol] = max(windows[gauge.symbol], gauge.minutes)
        for symbol in self._tracks.keys() - windows.keys():
            del self._tracks[symbol]
        for symbol, window in windows.items():
            self._tracks.setdefault(symbol, _Track(window)).window = window
        due = [symbol for symbol in windows if self._lacks(symbol, _minute(now), now)]
        await asyncio.gather(*(self._try(symbol, windows[symbol], now) for symbol in due))

    async def refill(self, symbol: str, window: int, now: datetime) -> None:
        """Take the symbol's last `window` minutes from candles; raises MarketError."""
        fine = window < MOST_CANDLES
        timeframe = Timeframe.M1 if fine else Timeframe.M5
        count = min(window * MINUTE_MS // timeframe.ms + 1, MOST_CANDLES)
        candles = await self._market.candles(symbol, timeframe, now, count)
        track = self._tracks.setdefault(symbol, _Track(window))
        for number, minute in _minutes(candles):
            known = track.minutes.get(number)
            if known is not None:
                minute = _Minute(
                    min(minute.low, known.low), max(minute.high, known.high), minute.last
                )
            track.minutes[number] = minute
        track.sort()
        track.forget(_minute(now))
        track.since = _minute(now) - window

    async def present(self, gauge: MoveGauge, price: Decimal, now: datetime) -> Decimal:
        """Return a move's value now, for a symbol that need not be watched; raises MarketError."""
        other = Moves(self._market)
        await other.refill(gauge.symbol, gauge.minutes, now)
        other.seen(gauge.symbol, price, now)
        return other.values([str(gauge)], now)[str(gauge)]

    async def past(self, gauge: MoveGauge, since: datetime, now: datetime) -> Sequence[GaugeValue]:
        """Return a move's largest value of each candle from `since` to `now`, in order.

        For the time that nobody watched; the longer it was, the longer the candles. The order of
        prices within a candle is unknown, but that its close comes last. Raises MarketError.
        """
        span = to_ms(now) - to_ms(since) + gauge.minutes * MINUTE_MS
        timeframe = next((one for one in SPANS if span // one.ms < MOST_CANDLES), SPANS[-1])
        count = min(span // timeframe.ms + 1, MOST_CANDLES)
        candles = await self._market.candles(gauge.symbol, timeframe, now, count)
        return [seen for seen in _past(gauge, candles) if seen.opened and seen.opened >= since]

    def _lacks(self, symbol: str, minute: int, now: datetime) -> bool:
        tried = self._tried.get(symbol)
        if tried is not None and abs(now - tried) < PAUSE:
            return False
        track = self._tracks[symbol]
        if track.since is None or track.since > minute - track.window:
            return True
        return next(reversed(track.minutes), 0) < minute - SLACK

    async def _try(self, symbol: str, window: int, now: datetime) -> None:
        self._tried[symbol] = now
        try:
            await self.refill(symbol, window, now)
        except MarketError as error:
            logger.warning("past prices of %s can't be had: %s", symbol, error)
        except Exception:
            logger.exception("past prices of %s failed", symbol)  # The other symbols go on.

    def _value(self, gauge: MoveGauge, minute: int) -> Decimal | None:
        track = self._tracks.get(gauge.symbol)
        present = track.minutes.get(minute) or track.minutes.get(minute - 1) if track else None
        if track is None or present is None:
            return None
        low, high = track.before(minute, gauge.minutes)
        lowest = present.low if low is None else min(low, present.low)
        highest = present.high if high is None else max(high, present.high)
        return _change(gauge.way, present.last / lowest - ONE, ONE - present.last / highest)


def _past(gauge: MoveGauge, candles: Candles) -> Iterator[GaugeValue]:
    for i in range(len(candles)):
        opened = int(candles.time[i])
        closed = opened + candles.timeframe.ms
        first = int(np.searchsorted(candles.time, closed - gauge.minutes * MINUTE_MS))
        low, high, last = (
            float(column[i]) for column in (candles.low, candles.high, candles.close)
        )
        lowest = float(np.min(candles.low[first:i], initial=high))
        highest = float(np.max(candles.high[first:i], initial=low))
        up = max(high / lowest, last / low) - 1
        down = 1 - min(low / highest, last / high)
        value = _change(gauge.way, Decimal(repr(up)), Decimal(repr(down)))
        yield GaugeValue(str(gauge), value, from_ms(closed), from_ms(opened))


def _change(way: Way, up: Decimal, down: Decimal) -> Decimal:
    return up if way == "up" else down if way == "down" else max(up, down)


def _minute(at: datetime) -> int:
    return to_ms(at) // MINUTE_MS


def _minutes(candles: Candles) -> Iterator[tuple[int, _Minute]]:
    """Give each candle to the minute that it began in, which never makes its prices younger."""
    for i in range(len(candles)):
        low, high, last = (
            Decimal(repr(float(column[i]))) for column in (candles.low, candles.high, candles.close)
        )
        yield int(candles.time[i]) // MINUTE_MS, _Minute(low, high, last)
