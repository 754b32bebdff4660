"""Up to when each symbol's prices were held against the book, and the candles for what was missed.

A symbol is covered while quotes keep coming. After a gap (the process was down, the exchange did
not answer) closed candles stand in for the quotes that were missed; the candle in which the gap
ended is looked at once it has closed, because its first part was not seen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from desk.errors import MarketError
from desk.ports import Clock, MarketData, Watermarks
from trading.candles import Candles, Timeframe, from_ms, to_ms
from trading.instrument import Quote

logger = logging.getLogger(__name__)
GAP = timedelta(seconds=30)  # without a quote for so long a symbol was not watched
MOST_CANDLES = 1000
TIMEFRAMES = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1)
# So many tries a symbol's orders wait for its candles; then quotes decide, and candles that come
# later fill what is left.
PATIENCE = 12
PAUSE = timedelta(minutes=1)  # between the tries after that
SAVE_EVERY = timedelta(seconds=15)


@dataclass
class _Cover:
    """`until`: all prices up to then were seen; `live_since`: quotes have kept coming since."""

    until: datetime
    live_since: datetime
    quoted_at: datetime


@dataclass(frozen=True)
class Caught:
    """The candles that were missed, and the symbols whose missed candles can't be had yet.

    `since`: the earliest moment that was missed; None: nothing was. The present quote of a symbol
    that is held back might fill a target although the stop was touched before. `missed` are all
    symbols that were not watched for a while, with candles by now or without.
    """

    candles: Mapping[str, tuple[Candles, ...]]
    held_back: frozenset[str]
    missed: frozenset[str]
    since: datetime | None = None


class Coverage:
    """Knows what was missed; what is covered survives a restart."""

    def __init__(self, market: MarketData, watermarks: Watermarks, clock: Clock) -> None:
        self._market = market
        self._watermarks = watermarks
        self._clock = clock
        self._covers: dict[str, _Cover] = {}
        self._stored: Mapping[str, datetime] = {}
        self._saved_at: datetime | None = None
        self._failures: dict[str, tuple[int, datetime]] = {}

    async def load(self) -> None:
        """Read up to when each symbol was covered before the last stop."""
        self._stored = await self._watermarks.load()

    def seen_at(self, symbol: str) -> datetime | None:
        """Return when the symbol's last fresh quote came; None: none since the start."""
        cover = self._covers.get(symbol)
        return cover.quoted_at if cover else None

    def watched(self, symbol: str) -> bool:
        """Tell whether nothing is missed of the symbol, so that its next quote can stand alone."""
        cover = self._covers.get(symbol)
        if cover is None or cover.until < cover.live_since:
            return False
        return timedelta() <= self._clock() - cover.quoted_at <= GAP

    def saw(self, symbols: Iterable[str]) -> None:
        """Note that the book was held against a quote of these just now; they are watched."""
        now = self._clock()
        for symbol in symbols:
            cover = self._covers[symbol]
            cover.quoted_at = cover.until = now

    def forget(self, wanted: Iterable[str]) -> None:
        """Keep only symbols that somebody waits for: what others do needs no cover."""
        self._covers = {name: self._covers[name] for name in self._covers.keys() & set(wanted)}

    async def catch_up(self, quotes: Mapping[str, Quote], oldest: Mapping[str, datetime]) -> Caught:
        """Return what was missed of each quoted symbol, at most since its `oldest` interest."""
        now = self._clock()
        candles: dict[str, tuple[Candles, ...]] = {}
        held_back = set()
        since = []
        for symbol in quotes:
            cover = self._cover(symbol, now, oldest.get(symbol, now))
            if cover.until >= cover.live_since or self._rests(symbol, now):
                continue
            since.append(cover.until)
            candles[symbol], whole = await self._missed(symbol, cover.until, now)
            if whole:
                self._failures.pop(symbol, None)
            elif self._failed(symbol, now):
                held_back.add(symbol)
        found = {name: rows for name, rows in candles.items() if rows}
        missed = frozenset(candles)
        return Caught(found, frozenset(held_back), missed, min(since, default=None))

    async def covered(
        self, quotes: Mapping[str, Quote], caught: Caught, *, save: bool = True
    ) -> None:
        """Note that the book was held against these quotes and candles.

        `save` False: not all of the book yet, so after a restart it is to be held once more.
        """
        now = self._clock()
        for symbol in quotes:
            cover = self._covers[symbol]
            if symbol in caught.candles:
                cover.until = max(cover.until, caught.candles[symbol][-1].last_close_time)
            if cover.until >= cover.live_since:
                cover.until = now
        due = self._saved_at is None or not timedelta() <= now - self._saved_at < SAVE_EVERY
        if save and due:
            self._saved_at = now
            await self._watermarks.put({name: one.until for name, one in self._covers.items()})

    def _failed(self, symbol: str, now: datetime) -> bool:
        """Note that candles can't be had; tell whether the symbol's quotes wait for them still."""
        count, _ = self._failures.get(symbol, (0, now))
        self._failures[symbol] = (count + 1, now)
        return count + 1 < PATIENCE

    def _rests(self, symbol: str, now: datetime) -> bool:
        """Tell whether candles that never came are not to be asked for just yet."""
        count, at = self._failures.get(symbol, (0, now))
        return count >= PATIENCE and timedelta() <= now - at < PAUSE

    def _cover(self, symbol: str, now: datetime, oldest: datetime) -> _Cover:
        cover = self._covers.get(symbol)
        if cover is None:
            until = max(self._stored.get(symbol, oldest), min(oldest, now))
            # A symbol that somebody waits for only since a moment ago was never unwatched.
            until = now if now - until <= GAP else until
            cover = self._covers[symbol] = _Cover(until, now, now)
        elif now - cover.quoted_at > GAP:
            cover.live_since = now
        cover.quoted_at = now
        return cover

    async def _missed(
        self, symbol: str, since: datetime, now: datetime
    ) -> tuple[tuple[Candles, ...], bool]:
        """Return the closed candles after `since`, and whether they are all.

        For a long gap they are coarse, with finer ones at its ends: a candle that was open already
        when an order was placed does nothing to it, so the first ones should be short.
        """
        found: list[Candles] = []
        for frame, end in _parts(since, now):
            if not _closed_one(frame, since, end):
                continue
            count = min(int((end - since) / frame.delta) + 2, MOST_CANDLES)
            try:
                rows = await self._market.candles(symbol, frame, end, count)
            except MarketError as error:
                logger.warning("%s candles of %s since %s: %s", frame, symbol, since, error)
                return tuple(found), False
            rows = rows[int(np.searchsorted(rows.time + frame.ms, to_ms(since), side="right")) :]
            if len(rows):
                found.append(rows)
                since = rows.last_close_time
        return tuple(found), True


def _closed_one(frame: Timeframe, since: datetime, now: datetime) -> bool:
    """Tell whether a candle that holds something after `since` has closed."""
    return to_ms(now) // frame.ms > to_ms(since) // frame.ms


def _parts(since: datetime, now: datetime) -> list[tuple[Timeframe, datetime]]:
    """Return which candles to ask for, and up to when: from fine to coarse and back to fine."""
    coarsest = TIMEFRAMES.index(_frame(now - since))
    rising = [
        (fine, from_ms(-(-to_ms(since) // coarse.ms) * coarse.ms))
        for fine, coarse in pairwise(TIMEFRAMES[: coarsest + 1])
    ]
    falling = [(frame, now) for frame in reversed(TIMEFRAMES[: coarsest + 1])]
    return [(frame, end) for frame, end in rising if end <= now] + falling


def _frame(gap: timedelta) -> Timeframe:
    fine = (frame for frame in TIMEFRAMES if gap / frame.delta < MOST_CANDLES - 2)
    return next(fine, Timeframe.D1)
