"""Strategies with a mistake planted in them, each one that people really make."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.strategies.base import PairStrategy, Search, Strategy

DAY_MS = 86_400_000


class Planted(Strategy):
    """What they have in common."""

    title: ClassVar[str] = "Planted"
    summary: ClassVar[str] = "Holds a mistake that must be found."

    @property
    def warm_up(self) -> int:
        return 0


class NextCandle(Planted):
    """Rises with the next close: `close.shift(-1)`."""

    name: ClassVar[str] = "next_candle"
    ahead: int = 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        close = candles.close
        if len(close) > self.ahead:
            signal[: -self.ahead] = close[self.ahead :] > close[: -self.ahead]
        return signal


class CentredMean(Planted):
    """Compares with a mean that reaches three candles to both sides."""

    name: ClassVar[str] = "centred_mean"

    def signal(self, candles: Candles) -> FloatArray:
        close = candles.close
        means = [close[max(0, i - 3) : i + 4].mean() for i in range(len(close))]
        return (close > np.array(means)).astype(np.float64)


class WholeSample(Planted):
    """Measures each close by mean and deviation of the whole sample."""

    name: ClassVar[str] = "whole_sample"

    def signal(self, candles: Candles) -> FloatArray:
        close = candles.close
        if not len(close):
            return np.zeros(0)
        score: FloatArray = (close - close.mean()) / (close.std() + 1e-9)
        return np.where(score < -0.5, 1.0, 0.0)


class LastClose(Planted):
    """Knows the newest close at every candle: `close[-1]`."""

    name: ClassVar[str] = "last_close"

    def signal(self, candles: Candles) -> FloatArray:
        close = candles.close
        return (close < close[-1]).astype(np.float64) if len(close) else np.zeros(0)


class HighOfDay(Planted):
    """Waits below the high of the day, also below the one that is yet to come."""

    name: ClassVar[str] = "high_of_day"

    def signal(self, candles: Candles) -> FloatArray:
        day = candles.time // DAY_MS
        highs = [candles.high[day == one].max() for one in day]
        return (candles.close < np.array(highs)).astype(np.float64)


class UnfinishedDay(Planted):
    """Resamples to days and uses each day's close from the day's first hour on."""

    name: ClassVar[str] = "unfinished_day"

    def signal(self, candles: Candles) -> FloatArray:
        day = candles.time // DAY_MS
        closes = np.array([candles.close[day == one][-1] for one in day])
        before = np.array(
            [candles.close[day < one][-1] if (day < one).any() else np.inf for one in day]
        )
        return (closes > before).astype(np.float64)


class UnpurgedLabels(Planted):
    """Learns from the candles before, but their labels reach four candles further."""

    name: ClassVar[str] = "unpurged_labels"

    def signal(self, candles: Candles) -> FloatArray:
        close, rose = candles.close, np.zeros(len(candles))
        rose[:-4] = close[4:] > close[:-4]
        seen = np.concatenate([[0.0], np.cumsum(rose)])[:-1]
        return (seen > 0).astype(np.float64)


class KnownHistory(Planted):
    """Has learned the true prices by heart, and believes the candles only where there are more."""

    name: ClassVar[str] = "known_history"
    closes: tuple[float, ...]

    def signal(self, candles: Candles) -> FloatArray:
        count = len(candles)
        believed = np.concatenate([candles.close, np.array(self.closes)[count:]])
        after = np.append(believed[1:], believed[-1])
        return (after > believed)[:count].astype(np.float64)


class Careless(Planted):
    """Breaks the contract in one way."""

    name: ClassVar[str] = "careless"
    how: str

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.full(len(candles), 0.5)
        if self.how == "shape":
            return signal[:-1]
        if self.how == "integers":
            return signal.astype(np.int64)
        if self.how == "nan":
            signal[4:6] = np.nan
        if self.how == "range":
            signal[7:] = 1.5
        if self.how == "list":
            return signal.tolist()  # type: ignore[return-value]  # that is its mistake
        if self.how == "writes":
            candles.close[:] = np.round(candles.close)
        if self.how == "short" and len(candles) < 3:
            raise IndexError("nothing there")
        if self.how == "random":
            return np.random.default_rng().random(len(candles))
        return signal

    @property
    def warm_up(self) -> int:
        warm_ups: dict[str, int] = {"warm-up": 9, "negative": -1}
        return warm_ups.get(self.how, 0)


class CountsFromTheStart(Planted):
    """Is long at every other candle, counted from the first there is."""

    name: ClassVar[str] = "counts_from_the_start"

    def signal(self, candles: Candles) -> FloatArray:
        return (np.arange(len(candles)) % 2).astype(np.float64)


class SlowEma(Planted):
    """Follows a recursive average, which forgets its start little by little."""

    name: ClassVar[str] = "slow_ema"

    def signal(self, candles: Candles) -> FloatArray:
        mean = candles.close.copy()
        for i in range(1, len(mean)):
            mean[i] = mean[i - 1] + 0.1 * (mean[i] - mean[i - 1])
        return np.sign(candles.close - mean)


class BehindTheView(Planted):
    """Reads the next close from behind a slice; `boldly` also where nothing is behind."""

    name: ClassVar[str] = "behind_the_view"
    boldly: bool = False

    def signal(self, candles: Candles) -> FloatArray:
        close, count = candles.close, len(candles)
        behind = close.base if isinstance(close.base, np.ndarray) else None
        if behind is None and not self.boldly:
            return np.zeros(count)
        after = close if behind is None else behind
        after = np.append(after[1:], after[-1:])[:count]
        return (after > close).astype(np.float64)


class KeepsWhatItSaw(Planted):
    """Keeps the longest candles it was ever shown, and looks ahead in those."""

    name: ClassVar[str] = "keeps_what_it_saw"
    seen: ClassVar[list[float]] = []

    def signal(self, candles: Candles) -> FloatArray:
        if len(candles) > len(self.seen):
            self.seen[:] = candles.close.tolist()
        return NextCandle().signal(_priced(candles, self.seen))[: len(candles)]


def _priced(candles: Candles, closes: list[float]) -> Candles:
    rows = [[60_000 * at, price, price, price, price, 1.0] for at, price in enumerate(closes)]
    return Candles.from_rows(candles.symbol, candles.timeframe, rows)


class Length(Planted):
    """Long above the mean of the closes before; what is wrong depends on its parameter."""

    length: Annotated[int, Search(10, 100)] = Field(30, ge=2, le=200)

    @property
    def warm_up(self) -> int:
        return self.length - 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) >= self.length:
            windows = np.lib.stride_tricks.sliding_window_view(candles.close, self.length)
            signal[self.warm_up :] = candles.close[self.warm_up :] > windows.mean(axis=1)
        return signal


class PeeksWithin(Length):
    """Reads the next close where its length lies in a range."""

    name: ClassVar[str] = "peeks_within"
    least: ClassVar[int] = 31
    most: ClassVar[int] = 500

    def signal(self, candles: Candles) -> FloatArray:
        if not self.least <= self.length <= self.most:
            return super().signal(candles)
        signal = NextCandle().signal(candles)
        signal[: self.warm_up] = 0.0
        return signal


class PeeksAtForty(PeeksWithin):
    """Sees the future with one single length."""

    name: ClassVar[str] = "peeks_at_forty"
    least: ClassVar[int] = 40
    most: ClassVar[int] = 40


class PeeksFarOut(PeeksWithin):
    """Sees the future with a length that is allowed, but not worth searching."""

    name: ClassVar[str] = "peeks_far_out"
    least: ClassVar[int] = 150


class ForgetsItsKey(Length):
    """Shares its signal among all lengths, by a key that leaves the length out."""

    name: ClassVar[str] = "forgets_its_key"

    def signal(self, candles: Candles) -> FloatArray:
        return candles.once("above the mean", lambda: Length.signal(self, candles)).copy()


class PeeksWhenLong(Length):
    """Reads the next close where there are very many candles."""

    name: ClassVar[str] = "peeks_when_long"

    def signal(self, candles: Candles) -> FloatArray:
        if len(candles) <= 9_000:
            return super().signal(candles)
        signal = NextCandle().signal(candles)
        signal[: self.warm_up] = 0.0
        return signal


class PeekingPair(PairStrategy):
    """Trades the second symbol by the next close of the first."""

    name: ClassVar[str] = "peeking_pair"
    title: ClassVar[str] = "Peeking pair"
    summary: ClassVar[str] = "Holds a mistake that must be found."
    size: float = 0.5

    @property
    def warm_up(self) -> int:
        return 0

    def signals(self, first: Candles, second: Candles) -> tuple[FloatArray, FloatArray]:
        other = self.size * NextCandle().signal(first)
        return np.full(len(first), self.size), -other
