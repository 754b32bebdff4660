"""Let time pass over an account's book: missed candles in their order, then the present quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from desk.booking import Booking, Source
from desk.filling import Conditions, Filling
from desk.levels import Band
from desk.marking import mark
from desk.moments import Moment, of_candle, of_quote
from desk.ringing import price_events, value_events
from desk.terms import Terms
from desk.waiting import bands
from trading.account import AccountState
from trading.bounds import Limits
from trading.candles import Candles
from trading.gauges import GaugeValue, symbol_of
from trading.instrument import Instrument, Quote


@dataclass(frozen=True)
class Step:
    """What symbols and gauges did up to `at`; `live`: it is now, nothing that was missed."""

    at: datetime
    moments: tuple[Moment, ...]
    values: tuple[GaugeValue, ...]
    live: bool

    def only(self, symbols: Container[str]) -> Step:
        """Return the part that concerns these symbols."""
        moments = tuple(moment for moment in self.moments if moment.symbol in symbols)
        values = tuple(one for one in self.values if symbol_of(one.gauge) in symbols)
        return Step(self.at, moments, values, self.live)

    def past(self) -> Step:
        """Return it as one that was missed."""
        return replace(self, live=False)


def missed_steps(candles: Iterable[Candles], values: Iterable[GaugeValue]) -> list[Step]:
    """Put closed candles of several symbols, and what gauges showed, in the order of time."""
    moments: defaultdict[datetime, list[Moment]] = defaultdict(list)
    shown: defaultdict[datetime, list[GaugeValue]] = defaultdict(list)
    for rows in candles:
        for i in range(len(rows)):
            moment = of_candle(rows, i)
            moments[moment.at].append(moment)
    for value in values:
        shown[value.at].append(value)
    return [
        Step(at, tuple(moments[at]), tuple(shown[at]), live=False)
        for at in sorted(moments.keys() | shown.keys())
    ]


def live_step(quotes: Iterable[Quote], values: Iterable[GaugeValue], now: datetime) -> Step:
    """Take the quotes and values of this moment."""
    return Step(now, tuple(of_quote(quote) for quote in quotes), tuple(values), live=True)


class Walk:
    """Takes one account through steps; `instruments` holds those of all symbols stepped on.

    `prices` are the marks known before the first step; a symbol held without one keeps equity from
    being recorded, because equity at guessed prices could pause somebody, or hide what should.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        terms: Terms,
        limits: Limits,
        every: timedelta,
        source: Source,
    ) -> None:
        self._instruments = instruments
        self._terms = terms
        self._limits = limits
        self._every = every
        self._source = source

    def through(
        self, booking: Booking, steps: Sequence[Step], prices: Mapping[str, Decimal]
    ) -> None:
        """Let every step happen, one after the other."""
        seen = dict(prices)
        looked: tuple[AccountState, bool] | None = None
        inside: Mapping[str, Band] = {}
        for step in steps:
            if step.live:
                # Its moments are one: each is judged with the present prices of the others.
                seen = {**{moment.symbol: moment.mark for moment in step.moments}, **seen}
            for moment in step.moments:
                if looked is None or looked[0] is not booking.state or looked[1] != step.live:
                    looked = booking.state, step.live
                    inside = bands(booking.state, self._instruments, live=step.live)
                if _touches(moment, inside.get(moment.symbol)):
                    self._fill(booking, moment, seen)
                _ring(booking, moment)
                seen[moment.symbol] = moment.mark
            for value in step.values:
                _ring_at(booking, value)
            self._mark(booking, step, seen)

    def _fill(self, booking: Booking, moment: Moment, seen: Mapping[str, Decimal]) -> None:
        instrument = self._instruments.get(moment.symbol)
        if instrument is not None:
            conditions = Conditions(instrument, self._terms, self._limits)
            Filling(booking, conditions, seen).apply(moment)

    def _mark(self, booking: Booking, step: Step, seen: Mapping[str, Decimal]) -> None:
        state = booking.state
        if not state.symbols <= seen.keys():
            return
        worth = {symbol: seen[symbol] for symbol in state.symbols}
        now = step.at if step.live else booking.at
        at = None if step.live else step.at
        booking.join(mark(state, worth, now, self._limits, self._every, self._source, at))


def _ring(booking: Booking, moment: Moment) -> None:
    low, high = Decimal(repr(moment.low)), Decimal(repr(moment.high))
    for event in price_events(booking.state, moment.symbol, low, high, moment.at, moment.since):
        booking.note(event)


def _ring_at(booking: Booking, seen: GaugeValue) -> None:
    for event in value_events(booking.state, seen.gauge, seen.value, seen.at, seen.opened):
        booking.note(event)


def _touches(moment: Moment, band: Band | None) -> bool:
    if band is None:
        return False
    # As floats on both sides, as in the rule book: 26800.7 written in binary is a little more.
    return (band.low is not None and moment.low <= float(band.low)) or (
        band.high is not None and moment.high >= float(band.high)
    )
