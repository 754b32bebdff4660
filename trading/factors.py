"""Factors of several symbols, measured at one moment on their closed candles.

Everything goes by time stamps: a return is one between two candles that follow each other, a price
of a moment is the last close before it, and what two symbols have in common are common times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, log, sqrt

import numpy as np

from trading.candles import DAY_MS, Candles, FloatArray, Timeframe, from_ms
from trading.correlation import LEAST_COMMON, LogReturns, Together, log_returns, moves, together
from trading.errors import BadArgument, BadCandles, NotEnoughHistory
from trading.factor_meanings import MEANINGS
from trading.factor_names import KINDS, NAMES, WEIGHTS, FactorName

DAYS = 30  # of momentum, liquidity and size, and the least that all else is measured over
LEAST_WINDOW = 180  # candles
LEAST_DAYS = 10  # of Amihud's mean
LATE = 0.1  # a price may be older than its moment by this share of the span it begins or ends
MILLION, BASIS_POINTS = 1e6, 1e4
UNKNOWN = "not known: "
FINEST, COARSEST = Timeframe.M15, Timeframe.D1


@dataclass(frozen=True)
class Factor:
    """One figure of a symbol with its plain meaning; `value` None: not known, `meaning` says why.

    `unit` as of a fact: "fraction", "" or the quote currency.
    """

    name: FactorName
    label: str
    value: float | None
    unit: str
    meaning: str


@dataclass(frozen=True)
class Profile:
    """The factors of a symbol at `as_of`, when its newest candle closed.

    `history` is how many candles of the window it has; `market` how it moves with BTC, if known.
    """

    symbol: str
    as_of: datetime
    history: int
    factors: Mapping[FactorName, Factor]
    market: Together | None = None

    def value(self, name: FactorName) -> float | None:
        return self.factors[name].value


@dataclass(frozen=True)
class Refused:
    """A symbol that can't be measured, and why."""

    symbol: str
    reason: str


@dataclass(frozen=True)
class Measured:
    """The profiles in the order asked for, and who has none."""

    profiles: tuple[Profile, ...]
    refused: tuple[Refused, ...] = ()


def window(timeframe: Timeframe) -> int:
    """Return over how many candles factors are measured: 30 days, 180 candles at least.

    Errors: BadArgument for a timeframe that is too fine (30 days of it are too much to fetch for
    many symbols) or longer than the shortest momentum.
    """
    if not FINEST.ms <= timeframe.ms <= COARSEST.ms:
        raise BadArgument(
            f"Ranking takes candles of {FINEST} to {COARSEST}, not {timeframe}. Try 1h or 1d."
        )
    return max(DAYS * DAY_MS // timeframe.ms, LEAST_WINDOW)


def measure(candles: Sequence[Candles], market: Candles | str, quote: str) -> Measured:
    """Measure each symbol's factors at the newest close of all.

    `candles`: of one timeframe, each symbol once, `window` + 1 or more of each; `market`: those of
    BTC, or why there are none; `quote`: the currency of prices and volumes, one for all.

    Errors: BadArgument for a symbol twice or two timeframes; a symbol's own faults are in
    `refused`.
    """
    _refuse_unlike(candles)
    whole = [each for each in candles if len(each)]
    end = max((_closed(each) for each in whole), default=0)
    # BTC is worked out once, also where it is on the list.
    reference = _returns_in(market, end) if isinstance(market, Candles) else market
    parts: list[_Part] = []
    refused: list[Refused] = []
    for each in candles:
        try:
            parts.append(_Part.of(each, end, reference))
        except (BadCandles, NotEnoughHistory) as error:
            refused.append(Refused(each.symbol, str(error)))
    total = sum(part.traded for part in parts)
    profiles = tuple(part.profile(total, quote) for part in parts)
    return Measured(_scored(profiles), tuple(refused))


def places(values: Sequence[float | None]) -> list[float | None]:
    """Return each value's place among those that are known: 100 the highest, 0 the lowest.

    Equal values share the mean of their places; a single one has 50.
    """
    known = np.array([value for value in values if value is not None])
    if len(known) == 1:
        return [None if value is None else 50.0 for value in values]
    below = (known[:, None] > known[None, :]).sum(axis=1)
    equal = (known[:, None] == known[None, :]).sum(axis=1) - 1
    found = iter((100.0 * (below + equal / 2) / (len(known) - 1)).tolist() if len(known) else ())
    return [None if value is None else next(found) for value in values]


@dataclass(frozen=True, eq=False)
class _Part:
    """A symbol's candles of the window, and what is worked out of them once."""

    candles: Candles
    end: int
    returns: LogReturns
    day_volume: FloatArray
    """Quote volume of each of the last 30 times 24 hours that it was listed in, newest first."""
    reference: LogReturns | str
    moves: bool

    @classmethod
    def of(cls, candles: Candles, end: int, reference: LogReturns | str) -> _Part:
        candles = _in_window(candles, end)
        if end - _closed(candles) > max(DAY_MS, 2 * candles.timeframe.ms):
            raise NotEnoughHistory(
                f"its newest {candles.timeframe} candle closed on "
                f"{from_ms(_closed(candles)):%Y-%m-%d %H:%M} UTC; is it still traded?"
            )
        own = isinstance(reference, LogReturns) and reference.symbol == candles.symbol
        returns = reference if own and isinstance(reference, LogReturns) else log_returns(candles)
        volume = _volume_by_day(candles, end)
        return cls(candles, end, returns, volume, reference, moves(returns.values))

    @property
    def traded(self) -> float:
        return float(self.day_volume.sum())

    def profile(self, total: float, quote: str) -> Profile:
        market, lack = self._market()
        found: dict[FactorName, tuple[float | None, str]] = {
            "momentum": self._momentum(DAYS),
            "momentum_1d": self._momentum(1),
            "momentum_7d": self._momentum(7),
            "scaled": self._scaled(),
            "volatility": self._volatility(),
            "value": self._against_trend(),
            "liquidity": self._liquidity(),
            "illiquidity": self._illiquidity(),
            "size": (self.traded / total, "") if total else (None, "nothing was traded"),
            "beta": (market.beta if market else None, lack),
            "correlation": (market.correlation if market else None, lack),
        }
        factors = {name: _factor(name, *each, quote) for name, each in found.items()}
        candles = self.candles
        return Profile(candles.symbol, candles.last_close_time, len(candles), factors, market)

    def _market(self) -> tuple[Together | None, str]:
        if isinstance(self.reference, str):
            return None, self.reference
        try:
            return together(self.returns, self.reference), ""
        except NotEnoughHistory as error:
            return None, str(error)

    def _prices(self, days: Sequence[int], late: float) -> FloatArray:
        """Return the last close so many days before the end; nan where that is `late` ms older."""
        step = self.candles.timeframe.ms
        moments = self.end - step - DAY_MS * np.array(days, np.int64)
        at = np.searchsorted(self.candles.time, moments, "right") - 1
        known = (at >= 0) & (moments - self.candles.time[at] <= late)
        return np.where(known, self.candles.close[at], np.nan)

    def _momentum(self, days: int) -> tuple[float | None, str]:
        """Return the price change of so many days."""
        now, before = self._prices((0, days), LATE * days * DAY_MS).tolist()
        if isnan(now) or isnan(before):
            when = "now" if isnan(now) else f"{days} {'day' if days == 1 else 'days'} ago"
            return None, f"it has no price of {when}"
        return now / before - 1.0, ""

    def _volatility(self) -> tuple[float | None, str]:
        """Return the annualised standard deviation of log returns.

        s · sqrt(candles in a year), s with n − 1 (Hull, "Options, Futures, and Other Derivatives",
        estimating volatility from historical data); crypto's year has 365 days.
        """
        count = len(self.returns)
        if count < LEAST_COMMON:
            return None, f"it has {count} returns, {LEAST_COMMON} are needed"
        deviation = float(self.returns.values.std(ddof=1))
        return deviation * sqrt(self.candles.timeframe.per_year), ""

    def _scaled(self) -> tuple[float | None, str]:
        """Return the log return of 30 days over the deviation that volatility makes usual for it.

        Scaled by volatility as in Moskowitz, Ooi & Pedersen (2012), "Time series momentum".
        """
        change, lack = self._momentum(DAYS)
        volatility, none = self._volatility()
        if change is None or volatility is None:
            return None, lack or none
        if not self.moves:
            return None, "its price does not move"
        return log(1.0 + change) / (volatility * sqrt(DAYS / 365)), ""

    def _against_trend(self) -> tuple[float | None, str]:
        """Return (ln price − its mean over the window) / its standard deviation there."""
        count = len(self.candles)
        if count < LEAST_COMMON:
            return None, f"it has {count} candles, {LEAST_COMMON} are needed"
        if not self.moves:
            return None, "its price does not move"
        prices = np.log(self.candles.close)
        return float((prices[-1] - prices.mean()) / prices.std(ddof=1)), ""

    def _liquidity(self) -> tuple[float | None, str]:
        """Return the median quote volume of 24 hours."""
        if not len(self.day_volume):
            return None, "it has less than a day of candles"
        return float(np.median(self.day_volume)), ""

    def _illiquidity(self) -> tuple[float | None, str]:
        """Return Amihud's (2002) mean of |return of a day| / quote volume of that day.

        In basis points a million; days without a trade, or without a price at either end, are
        left out.
        """
        volume = self.day_volume
        prices = self._prices(range(len(volume) + 1), LATE * DAY_MS)
        moved = np.abs(prices[:-1] / prices[1:] - 1.0)
        known = np.isfinite(moved) & (volume > 0)
        count = int(known.sum())
        if count < LEAST_DAYS:
            return None, f"it has {count} days with trades, {LEAST_DAYS} are needed"
        return float((moved[known] / volume[known]).mean()) * MILLION * BASIS_POINTS, ""


def _closed(candles: Candles) -> int:
    return int(candles.time[-1]) + candles.timeframe.ms


def _in_window(candles: Candles, end: int) -> Candles:
    """Return the candles of the window that ends at `end`, and the one before it."""
    step = candles.timeframe.ms
    start = end - (window(candles.timeframe) + 1) * step
    first = int(np.searchsorted(candles.time, start))
    if first == len(candles):
        raise NotEnoughHistory(f"it has no {candles.timeframe} candles of the last weeks")
    return candles[first:] if first else candles


def _returns_in(candles: Candles, end: int) -> LogReturns | str:
    """Return the log returns of the window, or why there are none."""
    try:
        return log_returns(_in_window(candles, end))
    except (BadCandles, NotEnoughHistory) as error:
        return f"{candles.symbol}: {error}"


def _volume_by_day(candles: Candles, end: int) -> FloatArray:
    """Return the quote volume (volume · close) of 24 hours each, back from `end`, newest first.

    Up to 30; times without a candle traded nothing. The oldest counts only when it is whole.
    """
    step = candles.timeframe.ms
    ago = (end - step - candles.time) // DAY_MS
    whole = min(DAYS, (end - int(candles.time[0])) // DAY_MS)
    recent = ago < whole
    volume = candles.volume[recent] * candles.close[recent]
    return np.bincount(ago[recent], weights=volume, minlength=whole).astype(np.float64)


def _scored(profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """Add to each profile its score: the weighed mean of its places in the list."""
    columns = {}
    for name in WEIGHTS:
        sign = -1.0 if name == "volatility" else 1.0
        values = [profile.value(name) for profile in profiles]
        columns[name] = places([None if value is None else sign * value for value in values])
    found = []
    for at, profile in enumerate(profiles):
        parts = {name: column[at] for name, column in columns.items()}
        lacks = [profile.factors[name].meaning for name, part in parts.items() if part is None]
        value = None
        if not lacks:
            value = sum(WEIGHTS[name] * part for name, part in parts.items() if part is not None)
        lack = lacks[0].removeprefix(UNKNOWN) if lacks else ""
        score = _factor("score", value, lack, "")
        factors = {name: profile.factors.get(name, score) for name in NAMES}
        found.append(
            Profile(profile.symbol, profile.as_of, profile.history, factors, profile.market)
        )
    return tuple(found)


def _factor(name: FactorName, value: float | None, lack: str, quote: str) -> Factor:
    kind = KINDS[name]
    unit = quote if kind.unit == "quote" else kind.unit
    meaning = f"{UNKNOWN}{lack}" if value is None else MEANINGS[name](value)
    return Factor(name, kind.label, value, unit, meaning)


def _refuse_unlike(candles: Sequence[Candles]) -> None:
    symbols = [each.symbol for each in candles]
    twice = [symbol for at, symbol in enumerate(symbols) if symbol in symbols[:at]]
    if twice:
        raise BadArgument(f"{twice[0]} is named twice; name each symbol once.")
    if len({each.timeframe for each in candles}) > 1:
        raise BadArgument("All symbols need one timeframe to be ranked.")
