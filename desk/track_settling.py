"""Finds the prices that calls are scored with, once their horizon has passed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from desk.called import Call, Followed, Outcome
from desk.errors import MarketUnavailable
from desk.ports import CallStore, Clock, MarketData, Series
from trading.candles import Candles
from trading.errors import ConclaveError
from trading.scoring import close_at, first_close
from trading.symbols import exchange_of, on_exchange

log = logging.getLogger(__name__)

MOST_CALLS = 500  # in one round
MOST_CANDLES = 1_000  # in one request
LATE = 10  # candles that may be missing where a call ends
OLD = 2  # candles that the newest one may be away from where a call begins
SOONEST, LATEST = timedelta(minutes=5), timedelta(hours=6)
GIVEN_UP = timedelta(days=7)
MISSING = "no candle closed when it was due, nor soon after"
NO_ENTRY = "no price is known of when it was called"


class Settling:
    """Settles calls that are due: each for good, whoever is killed in between.

    A call leaves at the close of the candle that ends when it is due. Where that one is missing,
    at the first close after it, once ten candles had time to come. What can't be had is looked
    for again, after five minutes at first, and given up after a week.
    """

    def __init__(self, market: MarketData, store: CallStore, clock: Clock) -> None:
        self._market = market
        self._store = store
        self._clock = clock

    async def settle(self) -> int:
        """Settle what is due, one request for neighbours of a symbol; return how many calls were.

        An exchange that is down is left alone for the rest of the round.
        """
        now = self._clock()
        settled, down = 0, set[str]()
        due = await self._store.due(now, MOST_CALLS, demo=self._market.demo)
        for series, group in _requests(due, self._market.name):
            exchange = exchange_of(series[0])
            if exchange in down:
                continue
            try:
                outcomes = await self._outcomes(series, group, now)
            except MarketUnavailable as error:
                down.add(exchange)
                outcomes = _given_up(group, now, str(error))
            except ConclaveError as error:
                outcomes = _given_up(group, now, str(error))
            except Exception:
                # One call that can't be read must not keep all others from being scored.
                log.exception("calls on %s could not be scored", series)
                outcomes = _given_up(group, now, "it failed on the desk's side")
            await self._store.settle(outcomes)
            settled += len(outcomes)
            await self._put_off(group, outcomes, now)
        return settled

    async def _outcomes(
        self, series: Series, group: Sequence[Followed], now: datetime
    ) -> list[Outcome]:
        symbol, timeframe = series
        first, last = group[0].due_at, group[-1].due_at
        end = min(now, last + LATE * timeframe.delta)
        count = (end - first) // timeframe.delta + 2
        candles = (await self._market.candles(symbol, timeframe, end, count)).closed_by(now)
        outcomes = []
        for one in group:
            entry = one.call.price
            if entry is None:
                entry = await self._entry(symbol, one.call)
            left = _left(candles, one, now)
            if left is not None and entry is not None:
                price = Decimal(str(left[1]))
                outcomes.append(Outcome(one.call.key, entry, price, left[0]))
            else:
                outcomes += _given_up([one], now, NO_ENTRY if entry is None else MISSING)
        return outcomes

    async def _entry(self, symbol: str, call: Call) -> Decimal | None:
        """Return the newest close that was known when it was called."""
        candles = await self._market.candles(symbol, call.timeframe, call.as_of, 2)
        candles = candles.closed_by(call.as_of)
        if not len(candles) or call.as_of - candles.last_close_time > OLD * call.timeframe.delta:
            return None
        return Decimal(str(candles.close[-1]))

    async def _put_off(
        self, group: Sequence[Followed], outcomes: Sequence[Outcome], now: datetime
    ) -> None:
        done = {one.key for one in outcomes}
        for one in group:
            if one.call.key not in done:
                tried = now - (one.tried_at or now)
                again = now + min(max(SOONEST, tried / 2), LATEST)
                await self._store.postpone([one.call.key], now, again)


def _requests(due: Sequence[Followed], default: str) -> Iterator[tuple[Series, Sequence[Followed]]]:
    """Group what one request answers: a symbol's calls whose ends are near each other."""

    def series(one: Followed) -> Series:
        return _symbol(one.call, default), one.call.timeframe

    for key, together in groupby(sorted(due, key=lambda one: (series(one), one.due_at)), series):
        group: list[Followed] = []
        for one in together:
            span = MOST_CANDLES * one.call.timeframe.delta
            if group and one.due_at - group[0].due_at > span:
                yield key, group
                group = []
            group.append(one)
        yield key, group


def _symbol(call: Call, default: str) -> str:
    """Name the call's market, also after another exchange became the default one."""
    if exchange_of(call.symbol) or call.source == default:
        return call.symbol
    return on_exchange(call.source, call.symbol)


def _left(candles: Candles, one: Followed, now: datetime) -> tuple[datetime, float] | None:
    exact = close_at(candles, one.due_at)
    if exact is not None:
        return one.due_at, exact
    late = LATE * candles.timeframe.delta
    return first_close(candles, one.due_at, late) if now >= one.due_at + late else None


def _given_up(group: Sequence[Followed], now: datetime, why: str) -> list[Outcome]:
    """What has been looked for in vain for so long is lost."""
    return [
        Outcome(one.call.key, one.call.price, None, None, why)
        for one in group
        if one.tried_at is not None and now - one.tried_at >= GIVEN_UP
    ]
