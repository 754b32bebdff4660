"""Markets that try a strategy: wild, still, full of ties, full of holes, without volume."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from tests.trading.sample_candles import flat_bars, joined, scaled, walk
from trading.candles import Candles, FloatArray
from trading.contract import signals_of
from trading.strategies.base import PairStrategy, Parameters

Kind = Literal["walk", "ties", "spells", "holes", "no volume"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Series = tuple[Candles, ...]
PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")


def market(cls: type[Parameters], count: int, seed: int = 1, kind: Kind = "walk") -> Series:
    """Make the candles that a strategy takes: of one symbol, of two for a pair."""
    first = _of_kind(kind, count, seed)
    return (first, beside(first, seed)) if issubclass(cls, PairStrategy) else (first,)


def beside(first: Candles, seed: int = 1, reach: float = 0.01) -> Candles:
    """Make a symbol that follows another one half-heartedly, at distances that come and go."""
    random = np.random.default_rng(seed)
    away = np.zeros(len(first))
    for i in range(1, len(first)):
        away[i] = 0.9 * away[i - 1] + reach * random.standard_normal()
    return replace(
        first,
        symbol="BBB/USDT",
        **{n: _column(np.sqrt(vars(first)[n]) * np.exp(away)) for n in PRICES},
    )


def still(count: int, price: float) -> Candles:
    """Make a market without any movement."""
    return flat_bars([price] * count)


def at_level(series: Series, *factors: float) -> Series:
    """Multiply the prices of each symbol."""
    return tuple(scaled(one, factor) for one, factor in zip(series, factors, strict=False))


def until(series: Series, count: int) -> Series:
    return tuple(one[:count] for one in series)


def continued(series: Series, cut: int, other: Series, factor: float) -> Series:
    """Replace all that comes after a cut, prices jumping by a factor."""
    pairs = zip(series, other, strict=True)
    return tuple(_jump(joined(one[:cut], end), cut, factor) for one, end in pairs)


def told(strategy: Parameters, series: Series) -> list[list[float]]:
    """Return the signals of a strategy, asked for on candles that nobody has used before."""
    return [list(row) for row in signals_of(strategy, [replace(one) for one in series])]


def _jump(candles: Candles, cut: int, factor: float) -> Candles:
    factors = np.where(np.arange(len(candles)) < cut, 1.0, factor)
    return replace(candles, **{n: _column(vars(candles)[n] * factors) for n in PRICES})


def _of_kind(kind: Kind, count: int, seed: int) -> Candles:
    random = np.random.default_rng(seed)
    candles = walk(count, seed)
    if kind == "ties":
        return flat_bars(random.integers(1, 6, count) / 10)
    if kind == "spells":
        moves = (np.arange(count) // 40) % 2 == 0
        return _at(candles, np.maximum.accumulate(np.where(moves, np.arange(count), 0)))
    if kind == "holes":
        kept = random.random(count + 50) > 0.05
        kept[20:60] = False
        longer = walk(2 * count + 100, seed)
        places = np.flatnonzero(np.resize(kept, len(longer)))[:count]
        return replace(_at(longer, places), time=longer.time[places])
    if kind == "no volume":
        return replace(candles, volume=np.zeros(count))
    return candles


def _at(candles: Candles, places: Any) -> Candles:
    """Take the prices of other candles."""
    chosen = {n: _column(vars(candles)[n][places]) for n in COLUMNS}
    return replace(candles, time=candles.time[: len(places)], **chosen)


def _column(values: FloatArray) -> Any:
    # Any, because replace() can't tell which field a name in a mapping is.
    return values
