"""What happened while nobody watched: closed candles stand in for the quotes that were missed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np

from desk.booking import open_exits
from desk.confirm import Confirm
from desk.errors import MarketError
from desk.ports import Clock, MarketData
from desk.pricing import MAX_MARK_AGE
from trading.account import AccountState
from trading.candles import Candles, Timeframe, to_ms
from trading.instrument import Quote

logger = logging.getLogger(__name__)
GAP = timedelta(seconds=90)
MOST_CANDLES = 1000
TIMEFRAMES = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1)
PATIENCE = 12  # ticks that a symbol's exits wait for its candles before quotes alone decide


class Missed:
    """Replays closed candles over the exits of an account after a gap in watching it."""

    def __init__(self, market: MarketData, confirm: Confirm, clock: Clock) -> None:
        self._market = market
        self._confirm = confirm
        self._clock = clock
        self._seen: dict[tuple[str, str], datetime] = {}
        self._failures: Counter[tuple[str, str]] = Counter()

    async def replay(self, state: AccountState, quotes: Mapping[str, Quote]) -> Mapping[str, Quote]:
        """Fill what missed candles reached; return the quotes that may trigger exits now.

        A symbol whose missed candles can't be had yet is held back: its present quote might
        fill a target although the stop was touched before.
        """
        now, candles, held_back = self._clock(), dict[str, Candles](), set[str]()
        for symbol, placed in _first_placed(state).items():
            since = max(self._since(state, symbol), placed)
            if symbol not in quotes or now - since <= GAP:
                continue
            try:
                candles[symbol] = await self._candles(symbol, since, now)
            except MarketError as error:
                name = (state.account_id, symbol)
                self._failures[name] += 1
                logger.warning("candles of %s missed since %s: %s", symbol, since, error)
                if self._failures[name] < PATIENCE:
                    held_back.add(symbol)
        if candles:
            await self._confirm.replay(state.account_id, candles)
        return {symbol: quote for symbol, quote in quotes.items() if symbol not in held_back}

    def watched(self, state: AccountState, quotes: Mapping[str, Quote]) -> None:
        """Note that the account's exits were held against these fresh quotes."""
        for symbol in _first_placed(state).keys() & quotes.keys():
            self._seen[state.account_id, symbol] = quotes[symbol].at
            del self._failures[state.account_id, symbol]

    def _since(self, state: AccountState, symbol: str) -> datetime:
        """Return when the symbol's exits were last known to be watched."""
        name = (state.account_id, symbol)
        if name not in self._seen:
            # After a start: equity is recorded only while exits are watched, at prices of at most
            # this age. A candle that is looked at twice does no harm.
            last = state.last_mark.at - MAX_MARK_AGE if state.last_mark else state.opened_at
            self._seen[name] = last
        return self._seen[name]

    async def _candles(self, symbol: str, since: datetime, now: datetime) -> Candles:
        frame = _frame(now - since)
        count = min(int((now - since) / frame.delta) + 2, MOST_CANDLES)
        rows = await self._market.candles(symbol, frame, now, count)
        first = int(np.searchsorted(rows.time + frame.ms, to_ms(since), side="right"))
        return rows[first:]


def _first_placed(state: AccountState) -> dict[str, datetime]:
    """Return when the oldest open exit of each symbol was placed."""
    first: dict[str, datetime] = {}
    for order in open_exits(state):
        first.setdefault(order.symbol, order.placed_at)
    return first


def _frame(gap: timedelta) -> Timeframe:
    fine = (frame for frame in TIMEFRAMES if gap / frame.delta < MOST_CANDLES - 2)
    return next(fine, Timeframe.D1)
