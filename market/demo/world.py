"""The demo market's price paths: a seeded world in which every price is a function of time.

A common factor and each coin's own noise are drawn day by day on a grid of ten seconds. The
volatility has a slow part (days), a fast part (hours), the rhythm of a trading day, and a
heavy-tailed factor per hour, so that hourly returns are Student-t with volatility clusters
(stochastic volatility after Taylor, 1986). One crash of the common factor falls into 2026.

Nothing here reads a clock: who asks must not look beyond its own present.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from trading.candles import FloatArray, IntArray, to_ms
from trading.instrument import Instrument

WORLD_START = to_ms(datetime(2025, 1, 1, tzinfo=UTC))
DAY, HOUR, TICK_OF_TIME = 86_400_000, 3_600_000, 10_000
POINTS = DAY // TICK_OF_TIME
POINTS_PER_HOUR = HOUR // TICK_OF_TIME

# Crash: first possible day and how many days it may fall on (March to August 2026).
CRASH_FROM = (to_ms(datetime(2026, 3, 1, tzinfo=UTC)) - WORLD_START) // DAY
CRASH_CHOICES = 180
CRASH_HOURS = 30
CRASH_LOG_RETURN = float(np.log(0.65))
AFTERSHOCK_DAYS = 12.0

# Volatility: persistence and stationary deviation of the slow (daily) and fast (hourly) parts.
SLOW, SLOW_DEVIATION = 0.95, 0.40
FAST, FAST_DEVIATION = 0.80, 0.30
DEGREES_OF_FREEDOM = 4
# Share of the way back to the first price that is made good per day: no coin runs away for ever.
PULL = 0.002
DAYS_KEPT = 48


@dataclass(frozen=True)
class Coin:
    """A coin of the demo market.

    `price` at the world's start in quote units with `places` decimals; `lot_places` decimals of
    a quantity; daily volatility from the common factor (`beta` × the factor's) and of its own
    (`own`, a fraction); `volume` traded on a calm day, in base units.
    """

    base: str
    price: float
    places: int
    lot_places: int
    beta: float
    own: float
    volume: float

    @property
    def symbol(self) -> str:
        return f"{self.base}/USDT"

    @property
    def instrument(self) -> Instrument:
        tick, lot = (Decimal(1).scaleb(-places) for places in (self.places, self.lot_places))
        return Instrument(self.symbol, self.base, "USDT", tick, lot, Decimal(5))


FACTOR_VOLATILITY = 0.021
COINS = (
    Coin("BTC", 93_500.0, 2, 5, 1.00, 0.009, 24_000),
    Coin("ETH", 3_330.0, 2, 4, 1.25, 0.018, 380_000),
    Coin("SOL", 189.0, 2, 3, 1.45, 0.028, 3_600_000),
    Coin("BNB", 702.0, 2, 3, 0.95, 0.015, 210_000),
    Coin("XRP", 2.08, 4, 1, 1.20, 0.030, 190_000_000),
    Coin("ADA", 0.845, 4, 1, 1.35, 0.030, 110_000_000),
    Coin("DOGE", 0.315, 5, 0, 1.45, 0.034, 1_100_000_000),
    Coin("LTC", 103.0, 2, 3, 1.15, 0.024, 520_000),
)


@dataclass(frozen=True, eq=False)
class Bars:
    """Candles in whole ticks and lots, so that joining them is exact; `time` in ms."""

    time: IntArray
    open: IntArray
    high: IntArray
    low: IntArray
    close: IntArray
    volume: IntArray

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, part: slice) -> Bars:
        columns = (self.time, self.open, self.high, self.low, self.close, self.volume)
        return Bars(*(column[part] for column in columns))

    def joined(self, length: int, anchor: int = 0) -> Bars:
        """Return candles of `length` ms that start at `anchor + k·length`."""
        groups = (self.time - anchor) // length
        firsts = np.flatnonzero(np.diff(groups, prepend=-1))
        lasts = np.append(firsts[1:], len(groups)) - 1
        return Bars(
            groups[firsts] * length + anchor,
            self.open[firsts],
            np.maximum.reduceat(self.high, firsts),
            np.minimum.reduceat(self.low, firsts),
            self.close[lasts],
            np.add.reduceat(self.volume, firsts),
        )

    @staticmethod
    def chain(parts: list[Bars]) -> Bars:
        names = ("time", "open", "high", "low", "close", "volume")
        return Bars(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class DemoWorld:
    """All paths of one seed. Not safe for several threads at once.

    `hours` and `minutes` give bars by day; `price` the path itself. Days count from the world's
    start. A day's path depends on the days before it, so the first call works through them all
    and keeps each day's hours and first price.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._mood = _Mood(seed)
        self._coins = {coin.symbol: coin for coin in COINS}
        # Log price at each day's first moment, relative to the coin's first price.
        self._starts: dict[str, list[float]] = {coin.symbol: [0.0] for coin in COINS}
        self._hours: dict[str, list[Bars]] = {coin.symbol: [] for coin in COINS}
        self._paths: OrderedDict[tuple[str, int], Bars] = OrderedDict()

    def hours(self, symbol: str, first: int, last: int) -> Bars:
        """Return the hourly bars of the days `first` to `last` (both inclusive)."""
        self._work_through(symbol, last)
        return Bars.chain(self._hours[symbol][first : last + 1])

    def minutes(self, symbol: str, first: int, last: int, length: int) -> Bars:
        """Return bars of `length` ms (a divisor of an hour) of the days, both inclusive."""
        days = (self._path(symbol, day) for day in range(first, last + 1))
        return Bars.chain([path.joined(length) for path in days])

    def price(self, symbol: str, moment: int) -> int:
        """Return the price at a moment (ms), in ticks: that of the newest point of the grid."""
        day, rest = divmod(moment - WORLD_START, DAY)
        return int(self._path(symbol, day).close[rest // TICK_OF_TIME])

    def _work_through(self, symbol: str, day: int) -> None:
        for each in range(len(self._hours[symbol]), day + 1):
            self._path(symbol, each)

    def _path(self, symbol: str, day: int) -> Bars:
        """Return the day as bars of ten seconds, each a single price."""
        key = (symbol, day)
        if key in self._paths:
            self._paths.move_to_end(key)
            return self._paths[key]
        if day > len(self._hours[symbol]):
            self._work_through(symbol, day - 1)
        path = self._draw(self._coins[symbol], day)
        self._paths[key] = path
        if len(self._paths) > DAYS_KEPT:
            self._paths.popitem(last=False)
        return path

    def _draw(self, coin: Coin, day: int) -> Bars:
        mood = self._mood.day(day)
        start = self._starts[coin.symbol][day]
        random = _random(self._seed, coin.base, day)
        heavy = np.repeat(_heavy_tails(random, 24), POINTS_PER_HOUR)
        noise = random.standard_normal(POINTS, dtype=np.float32)
        trades = random.standard_exponential(POINTS, dtype=np.float32)
        scale = POINTS**-0.5
        steps = coin.beta * mood.steps + coin.own * scale * mood.calm * heavy * noise
        steps += coin.beta * mood.shock - PULL / POINTS * start
        log_price = start + np.concatenate([[0.0], np.cumsum(steps)])
        if day == len(self._hours[coin.symbol]):
            self._starts[coin.symbol].append(float(log_price[-1]))
        ticks = np.rint(coin.price * 10**coin.places * np.exp(log_price[:-1]))
        prices: IntArray = np.maximum(1, ticks).astype(np.int64)
        busy = mood.calm * heavy * ((0.3 + np.abs(noise)) * trades)
        lots = coin.volume / POINTS * 10**coin.lot_places * busy
        time = WORLD_START + day * DAY + TICK_OF_TIME * np.arange(POINTS, dtype=np.int64)
        path = Bars(time, prices, prices, prices, prices, np.rint(lots).astype(np.int64))
        if day == len(self._hours[coin.symbol]):
            self._hours[coin.symbol].append(path.joined(HOUR))
        return path


@dataclass(frozen=True, eq=False)
class _Day:
    """What all coins share on a day, per point of the grid.

    `steps` are the factor's random log returns, `shock` its planned ones (the crash); `calm` is
    the volatility as a multiple of the usual one.
    """

    steps: FloatArray
    shock: FloatArray
    calm: FloatArray


class _Mood:
    """The common factor and its volatility, drawn day after day."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rhythm = _rhythm()
        plan = _random(seed, "crash", 0)
        self.crash_day = int(CRASH_FROM + plan.integers(CRASH_CHOICES))
        self._crash_hour = int(plan.integers(6, 18))
        # The fall comes in waves, most of it early.
        waves = plan.gamma(0.8, 1.0, CRASH_HOURS) * np.linspace(1.6, 0.4, CRASH_HOURS)
        self._waves = CRASH_LOG_RETURN * waves / waves.sum()
        # State (slow, fast) before each day that was drawn so far.
        self._states: list[tuple[float, float]] = [(0.0, 0.0)]
        self._days: OrderedDict[int, _Day] = OrderedDict()

    def day(self, day: int) -> _Day:
        for each in range(len(self._states) - 1, day):
            self._draw(each, volatility_only=True)
        if day not in self._days:
            self._days[day] = self._draw(day)
            if len(self._days) > 8:
                self._days.popitem(last=False)
        return self._days[day]

    def _draw(self, day: int, volatility_only: bool = False) -> _Day:
        random = _random(self._seed, "world", day)
        slow, fast = self._states[day]
        slow = SLOW * slow + SLOW_DEVIATION * (1 - SLOW**2) ** 0.5 * random.standard_normal()
        pushes = FAST_DEVIATION * (1 - FAST**2) ** 0.5 * random.standard_normal(24)
        fasts = np.empty(24)
        for hour in range(24):
            fast = FAST * fast + pushes[hour]
            fasts[hour] = fast
        if day == len(self._states) - 1:
            self._states.append((float(slow), float(fast)))
        heavy = _heavy_tails(random, 24)
        if volatility_only:
            return _Day(np.empty(0), np.empty(0), np.empty(0))
        hours = day * 24 + np.arange(24)
        usual = np.exp(np.clip(slow, -1.0, 1.0) + fasts - SLOW_DEVIATION**2 - FAST_DEVIATION**2)
        calm = np.repeat(usual * self._rhythm * self._aftershock(hours), POINTS_PER_HOUR)
        noise = random.standard_normal(POINTS, dtype=np.float32).astype(np.float64)
        if self.crash_day <= day <= self.crash_day + 2:
            # The size of the crash is planned: the noise of these days must not undo it.
            noise -= noise.mean()
        scale = FACTOR_VOLATILITY * POINTS**-0.5
        steps = scale * calm * np.repeat(heavy, POINTS_PER_HOUR) * noise
        return _Day(steps, self._shock(hours), calm)

    def _shock(self, hours: IntArray) -> FloatArray:
        since = hours - (self.crash_day * 24 + self._crash_hour)
        inside = (since >= 0) & (since < CRASH_HOURS)
        falls = np.where(inside, self._waves[np.clip(since, 0, CRASH_HOURS - 1)], 0.0)
        return np.repeat(falls / POINTS_PER_HOUR, POINTS_PER_HOUR)

    def _aftershock(self, hours: IntArray) -> FloatArray:
        days = (hours - (self.crash_day * 24 + self._crash_hour)) / 24
        after = 1.0 + 1.5 * np.exp(-np.maximum(days, 0.0) / AFTERSHOCK_DAYS)
        result: FloatArray = np.where(days < 0, 1.0, after)
        return result


def _rhythm() -> FloatArray:
    """Return the volatility of each UTC hour: quiet nights, a peak when America opens."""
    hours = np.arange(24)
    waves = 1.0 + 0.30 * np.cos((hours - 15) / 24 * 2 * np.pi)
    opening: FloatArray = waves + 0.25 * np.exp(-0.5 * ((hours - 14) / 1.5) ** 2)
    return opening / float(np.sqrt(np.mean(opening**2)))


def _heavy_tails(random: np.random.Generator, count: int) -> FloatArray:
    """Return factors that make normal returns Student-t of unit variance, capped at six."""
    chi2 = random.chisquare(DEGREES_OF_FREEDOM, count)
    factors: FloatArray = np.minimum(6.0, np.sqrt((DEGREES_OF_FREEDOM - 2) / chi2))
    return factors


def _random(seed: int, stream: str, day: int) -> np.random.Generator:
    name = int.from_bytes(stream.encode(), "big")
    return np.random.Generator(np.random.PCG64([seed, name, day]))


def as_floats(ticks: IntArray, places: int) -> NDArray[np.float64]:
    """Return ticks or lots as the nearest floats of their decimals."""
    values: NDArray[np.float64] = ticks / 10**places
    return values
