"""What every account waits for: an index, so that a look at the market finds whom it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from desk import ringing, waiting
from desk.deadlines import Deadlines
from desk.equity_band import equity_band
from desk.levels import Band, Levels
from desk.marking import has_news
from desk.moments import Moment
from desk.ports import Clock
from desk.pricing import Marks, complete, prices
from trading.account import AccountState, scopes
from trading.bounds import Limits
from trading.gauges import GaugeValue, symbol_of
from trading.instrument import Instrument


class Interests:
    """Bands of values and times by account, kept in step with each state that becomes known.

    Inside an account's bands, and before its time, nothing of it can happen.
    """

    def __init__(self, limits: Limits, marks: Marks, clock: Clock, every: timedelta) -> None:
        self._limits = limits
        self._marks = marks
        self._clock = clock
        self._every = every
        self._levels = Levels()
        self._times = Deadlines()
        self._stale: defaultdict[str, set[str]] = defaultdict(set)
        self._instruments: dict[str, Instrument] = {}

    @property
    def gauges(self) -> frozenset[str]:
        """Every value that somebody waits for."""
        return self._levels.gauges

    @property
    def symbols(self) -> frozenset[str]:
        """Every symbol that somebody needs prices of."""
        return frozenset(symbol_of(gauge) for gauge in self._levels.gauges)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The trading rules of the symbols in use, as far as they could be asked for."""
        return self._instruments

    def learn(self, instrument: Instrument) -> None:
        """Take a symbol's trading rules, which liquidation prices need."""
        self._instruments[instrument.symbol] = instrument

    def note(self, state: AccountState) -> None:
        """Take an account's newest state."""
        found: defaultdict[str, Band] = defaultdict(Band)
        # A symbol that is followed is watched even where no level is near.
        for symbol in ringing.followed(state):
            found[symbol] = Band()
        worth = complete(state, prices(self._marks.known(state, {})))
        for part in (
            waiting.bands(state, self._instruments),
            equity_band(state, worth, self._limits),
            ringing.bands(state, self._clock()),
        ):
            for gauge, band in part.items():
                found[gauge] = found[gauge].meet(band)
        self._levels.put(state.account_id, found)
        self._times.put(state.account_id, self._due(state))
        for symbol, owners in self._stale.items():
            if symbol not in state.stale:
                owners.discard(state.account_id)
        for symbol in state.stale:
            self._stale[symbol].add(state.account_id)

    def later(self, account_id: str, at: datetime) -> None:
        """Put off an account whose look failed, so that it is tried again."""
        self._times.put(account_id, at)

    def due(self, now: datetime) -> set[str]:
        """Return the accounts whose time has come."""
        return self._times.due(now)

    def concerned(self, moments: Iterable[Moment], values: Iterable[GaugeValue]) -> set[str]:
        """Return the accounts for which one of the moments or values leaves a band."""
        found: set[str] = set()
        for moment in moments:
            low, high = Decimal(repr(moment.low)), Decimal(repr(moment.high))
            found |= self._levels.crossed(moment.symbol, low, high)
        for seen in values:
            found |= self._levels.crossed(seen.gauge, seen.value, seen.value)
        return found

    def owners(self, symbol: str) -> set[str]:
        """Return the accounts that need the symbol's prices, for whatever gauge."""
        return {
            owner
            for gauge in self._levels.gauges
            if symbol_of(gauge) == symbol
            for owner in self._levels.owners(gauge)
        }

    def without(self, symbol: str) -> frozenset[str]:
        """Return the accounts that were told that the symbol's prices are missing."""
        return frozenset(self._stale.get(symbol, ()))

    def _due(self, state: AccountState) -> datetime | None:
        times = [proposal.expires_at for proposal in state.waiting.values()]
        times += [order.until for order in state.orders.values() if order.until is not None]
        if not state.marked:
            times.append(self._clock())
        elif state.positions:
            last = state.last_mark
            times.append(last.at + self._every if last else self._clock())
        elif has_news(state, scopes(state, {}), self._limits, self._clock().date()):
            # No price moves what holds nothing, so no band says so; other limits do.
            times.append(self._clock())
        alarm = ringing.next_look(state, self._clock())
        return min([*times, alarm] if alarm else times, default=None)
