"""Closed candles of an exchange: from the store, and only what is missing from the exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np

from desk.errors import MarketUnavailable
from market.candles.ranges import Span, grid_points, missing
from market.candles.recent import Block, Recent
from market.candles.rows import read_rows
from market.candles.store import CandleStore, Held, Series
from trading.candles import FloatArray, Timeframe

Ask = Callable[[str, Timeframe, int, int], Awaitable[object]]

MINUTE = 60_000
# No exchange has older candles (2010-01-01).
OLDEST = 1_262_304_000_000
# So many candles without a trade mean that the market had not opened yet.
LONGEST_HALT = 1000
AT_ONCE = 4
# Of the newest candles the open one is counted too, and a clock may be a candle behind.
SPARE = 3
# An empty answer is believed for as long as it is old, within these seconds.
SHORTEST_BELIEF, LONGEST_BELIEF = 2.0, 60.0


@dataclass(frozen=True)
class _Empty:
    span: Span
    until: float


class CandleFeed:
    """Reads through the store, and what was read lately from memory.

    A hole that lies before a candle of the same answer is the exchange's own and never asked for
    again. An answer with nothing after the hole proves little (it may come too early, or be a
    failure in disguise), so it is believed for a short time only and not stored.

    `ask(symbol, timeframe, since, limit)` gives ccxt's rows from `since` on, oldest first;
    `now` is the present in ms, not later than the exchange's clock. An exchange that gives the
    newest candles alone (so many: `newest_only`) is asked for no older ones: that it does not give
    them says nothing of what there was. History then begins after what was never got.
    """

    def __init__(
        self,
        store: CandleStore,
        source: str,
        page: int,
        ask: Ask,
        now: Callable[[], int],
        newest_only: int | None = None,
    ) -> None:
        self._store = store
        self._source = source
        self._page = page
        self._ask = ask
        self._now = now
        self._newest_only = newest_only
        # Each lock is kept by those who hold it or wait for it.
        self._locks: WeakValueDictionary[Series, asyncio.Lock] = WeakValueDictionary()
        self._empty: dict[Series, list[_Empty]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._recent = Recent()

    async def newest(
        self, symbol: str, timeframe: Timeframe, opened_by: int, count: int
    ) -> FloatArray:
        """Return up to `count` newest candles that opened at `opened_by` (ms) or before.

        Shape (n, 6). All of them must be closed by now.
        """
        series = Series(self._source, symbol, timeframe)
        async with self._lock(series):
            return await self._newest(series, opened_by + 1, count)

    def series(self, symbol: str, timeframe: Timeframe) -> Series:
        """Name a series of this feed's source in the store."""
        return Series(self._source, symbol, timeframe)

    async def unknown(self, series: Series, span: Span) -> list[Span]:
        """Return where candles may exist that the store does not have, oldest first."""
        held = await self._store.read(series, Span(span.stop, span.stop))
        known = await self._store.known(series, span)
        return self._holes(series, span, Held(held.table, known, held.last_time))

    async def fill(self, series: Series, part: Span, *, at_once: bool) -> int:
        """Get what the store lacks of a part; return up to when all is known, its end or later.

        `at_once`: ask for all pages together; otherwise the oldest goes first, which is better
        where the market may not have opened yet. Questions about the series wait meanwhile, so a
        part has a few pages.
        """
        async with self._lock(series):
            reached = part.stop
            for hole in await self.unknown(series, part):
                reached = max(reached, await self._fill(series, hole, at_once=at_once))
        return reached

    def _lock(self, series: Series) -> asyncio.Lock:
        return self._locks.setdefault(series, asyncio.Lock())

    async def _newest(self, series: Series, stop: int, count: int) -> FloatArray:
        step = series.timeframe.ms
        oldest = await self._begins(series, stop)
        start = max(oldest, stop - count * step)
        while True:
            table = await self._complete(series, Span(start, stop))
            short = count - len(table)
            first = int(table[0, 0]) if len(table) else stop
            if short <= 0 or start <= oldest or first - start >= LONGEST_HALT * step:
                return self._unless_suspect(series, table[-count:])
            start = max(oldest, start - max(short, LONGEST_HALT) * step)

    async def _begins(self, series: Series, stop: int) -> int:
        """Return from when on all candles up to `stop` are stored or can be had."""
        if self._newest_only is None:
            return OLDEST
        at = min(stop, self._given_from(series.timeframe))
        known = await self._store.known(series, Span(at, at))
        return known[0].start if known else at

    def _given_from(self, timeframe: Timeframe) -> int:
        """Return when the oldest candle opened that the exchange surely still gives."""
        if self._newest_only is None:
            return OLDEST
        return self._now() - (self._newest_only - SPARE) * timeframe.ms

    def _unless_suspect(self, series: Series, table: FloatArray) -> FloatArray:
        if not len(table) and self._empty.pop(series, []):
            raise MarketUnavailable(
                f"{self._source} gave no {series.timeframe} candles of {series.symbol}."
                " Try again in a minute, or another timeframe."
            )
        return table

    async def _complete(self, series: Series, span: Span) -> FloatArray:
        """Return the span's candles; what is known to be complete of them stays in memory."""
        block = self._recent.of(series)
        if block is not None and block.covers(span):
            return block.cut(span)
        if block is None or not block.span.start <= span.start <= block.span.stop:
            held = await self._stored(series, span)
            self._keep(series, Block(Span(span.start, span.start), held.table[:0]), span, held)
            return held.table
        since = Span(block.span.stop, span.stop)
        held = await self._stored(series, since)
        self._keep(series, block, since, held)
        return np.concatenate([block.cut(Span(span.start, since.start)), held.table])

    def _keep(self, series: Series, before: Block, since: Span, held: Held) -> None:
        """Keep the block with what follows it, as far as that is complete."""
        known = [span for span in held.known if span.start <= since.start < span.stop]
        if not known:
            return
        stop = min(known[0].stop, since.stop)
        newest = self._recent.of(series)
        if newest is not None and newest.span.stop > stop:
            return
        part = held.table[: np.searchsorted(held.table[:, 0], stop)]
        table = np.concatenate([before.table, part])
        self._recent.keep(series, Block(Span(before.span.start, stop), table))

    async def _stored(self, series: Series, span: Span) -> Held:
        """Read from the store after getting what it lacks."""
        held = await self._store.read(series, span)
        holes = self._holes(series, span, held)
        if not holes:
            return held
        for hole in holes:
            await self._fill(series, hole)
        return await self._store.read(series, span)

    def _holes(self, series: Series, span: Span, held: Held) -> list[Span]:
        """Return where candles may exist that the store does not have."""
        now = asyncio.get_running_loop().time()
        believed = [empty for empty in self._empty.get(series, ()) if empty.until > now]
        span = Span(max(span.start, self._given_from(series.timeframe)), span.stop)
        holes = missing(span, [*held.known, *(empty.span for empty in believed)])
        phase = _phase(series.timeframe, held.last_time)
        return [hole for hole in holes if grid_points(hole, series.timeframe.ms, phase)]

    async def _fill(self, series: Series, hole: Span, *, at_once: bool = False) -> int:
        width = self._page * series.timeframe.ms
        reached = hole.start
        if not at_once:
            # The oldest part first: where it is empty, its answer tells when the market opened.
            first = Span(hole.start, min(hole.start + width, hole.stop))
            reached = max(first.stop, await self._fetch(series, first))
        chunks = [
            Span(start, min(start + width, hole.stop)) for start in range(reached, hole.stop, width)
        ]
        outcomes = await asyncio.gather(
            *(self._fetch(series, chunk) for chunk in chunks), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return max(reached, hole.stop)

    async def _fetch(self, series: Series, chunk: Span) -> int:
        """Get the candles of a chunk (a page at most) into the store.

        Return up to when all is known: the chunk's end, or a later first candle.
        """
        step = series.timeframe.ms
        at = chunk.start
        while at < chunk.stop:
            # One more than needed: the candle after the chunk proves that nothing is missing.
            limit = min(self._page, -(-(chunk.stop - at) // step) + 1)
            async with self._slots:
                rows = await self._ask(series.symbol, series.timeframe, at, limit)
            table = read_rows(rows, self._source)
            table = table[table[:, 0] >= at]
            if not len(table):
                self._believe_empty(series, Span(at, chunk.stop))
                return chunk.stop
            first, last = int(table[0, 0]), int(table[-1, 0])
            if first >= chunk.stop:
                await self._store.write(series, table[:0], Span(at, first))
                return first
            rest = Span(last + 1, chunk.stop)
            done = grid_points(rest, step, last % step) is None
            known = Span(at, chunk.stop if done else last + 1)
            await self._store.write(series, table[table[:, 0] < chunk.stop], known)
            at = known.stop
        return chunk.stop

    def _believe_empty(self, series: Series, span: Span) -> None:
        age = (self._now() - span.stop - series.timeframe.ms) / 1000
        belief = min(LONGEST_BELIEF, max(SHORTEST_BELIEF, age))
        now = asyncio.get_running_loop().time()
        self._empty.setdefault(series, []).append(_Empty(span, now + belief))
        lasting = {
            one: [empty for empty in empties if empty.until > now]
            for one, empties in self._empty.items()
        }
        self._empty = {one: empties for one, empties in lasting.items() if empties}


def _phase(timeframe: Timeframe, last_time: int | None) -> int:
    """Return where the timeframe's grid lies, in ms after the epoch.

    Exchanges agree below a quarter of a day; longer candles may start at their local midnight,
    which a stored candle shows.
    """
    if last_time is not None and timeframe.ms >= Timeframe.H6.ms:
        return last_time % timeframe.ms
    return timeframe.phase


def opened_by(timeframe: Timeframe, moment: int) -> int:
    """Return the latest time at which a candle closed at `moment` can have opened (ms).

    Candles open on full minutes.
    """
    return (moment - timeframe.ms) // MINUTE * MINUTE
