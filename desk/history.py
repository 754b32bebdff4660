"""Money's history: fills by page, profit, and equity over time.

Only events of the kinds that are needed are read, a piece at a time; what they add up to is kept,
so that the next question reads no more than what came since.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from desk.ports import AccountLog
from trading.candles import FloatArray, IntArray, to_ms
from trading.events import OrderFilled, Recorded
from trading.orders import Fill
from trading.profit import NOTHING, Tally, tally

FILLS = ("order_filled",)
EQUITY = ("account_opened", "equity_marked")
AT_ONCE = 2_000
PER_PAGE = 8


@dataclass(frozen=True)
class FillPage:
    """Fills newest first; page 0 holds the newest. `older`: there is a page after it."""

    fills: tuple[Fill, ...]
    number: int
    older: bool
    symbol: str | None = None


@dataclass
class _Seen:
    """What an account's events up to `fills_seq` and `equity_seq` add up to."""

    tally: Tally = NOTHING
    fills_seq: int = 0
    equity_seq: int = 0
    times: array[int] = field(default_factory=lambda: array("q"))
    equity: array[float] = field(default_factory=lambda: array("d"))


class Histories:
    """Reads the history of accounts; changes nothing."""

    def __init__(self, log: AccountLog) -> None:
        self._log = log
        self._seen: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def page(self, account_id: str, number: int = 0, symbol: str | None = None) -> FillPage:
        """Return a page of fills (of one symbol); a number beyond the last gives an empty page."""
        start, end = number * PER_PAGE, (number + 1) * PER_PAGE
        newest = await self._newest(account_id, end + 1, symbol)
        return FillPage(tuple(newest[start:end]), number, len(newest) > end, symbol)

    async def profit(self, account_id: str) -> Tally:
        """Return what all fills have brought."""
        async with self._locks[account_id]:
            seen = self._seen[account_id]
            async for piece in pieces(self._log, account_id, FILLS, seen.fills_seq):
                seen.tally = tally(fills_of(piece), seen.tally)
                seen.fills_seq = piece[-1].seq
            return seen.tally

    async def equity(self, account_id: str) -> tuple[IntArray, FloatArray]:
        """Return recorded equity in order of time: times (ms UTC) and values, of one length.

        It starts with the opening cash; equity is recorded after each fill and every few minutes
        while something is held.
        """
        async with self._locks[account_id]:
            seen = self._seen[account_id]
            while True:
                points = await self._log.read_equity(account_id, seen.equity_seq, AT_ONCE)
                for point in points:
                    seen.times.append(to_ms(point.at))
                    seen.equity.append(float(point.equity))
                    seen.equity_seq = point.seq
                if len(points) < AT_ONCE:
                    break
            times = np.array(seen.times, dtype=np.int64)
            values = np.array(seen.equity, dtype=np.float64)
        # What happened while nobody looked is recorded later than it was so.
        order = np.argsort(times, kind="stable")
        return times[order], values[order]

    async def _newest(self, account_id: str, count: int, symbol: str | None) -> list[Fill]:
        """Return up to `count` fills (of one symbol), newest first."""
        wanted = count
        while True:
            read = await self._log.read_kinds(account_id, FILLS, newest=wanted)
            found = [fill for fill in fills_of(read) if symbol in (None, fill.symbol)]
            if len(found) >= count or len(read) < wanted:
                return found[::-1][:count]
            wanted *= 4


async def pieces(
    log: AccountLog,
    account_id: str,
    kinds: Sequence[str],
    after: int = 0,
    up_to: int | None = None,
) -> AsyncIterator[Sequence[Recorded]]:
    """Read the events of some kinds in order, with seq > `after` and ≤ `up_to`, piece by piece."""
    while True:
        piece = await log.read_kinds(account_id, kinds, after=after, first=AT_ONCE)
        wanted = [one for one in piece if up_to is None or one.seq <= up_to]
        if wanted:
            yield wanted
            after = wanted[-1].seq
        if len(wanted) < AT_ONCE:
            return


def fills_of(events: Sequence[Recorded]) -> list[Fill]:
    """Take the fills out of events."""
    return [one.event.fill for one in events if isinstance(one.event, OrderFilled)]
