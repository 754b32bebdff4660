"""Prices that swing around thresholds, and what a person expects to be told of them.

A path is a list of prices, one for each minute. Its swings are wild, but never in doubt: whoever
looks at it closely or by five-minute candles sees the same crossings, because what changes
anything lasts for ten minutes at least, and no price stands closer than 0.1 % to a threshold.
The expectations are worked out minute by minute, by what the product's documentation promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

# In shares of a level that rising prices ring; mirrored for falling ones.
BEYOND, INSIDE, BACK = 0.002, -0.001, -0.0035
MARGIN = 0.002
COOLDOWN = 15  # minutes
# Falls from the peak that a path stands at; between each pair of SHAKEN is one threshold of the
# limits 5 % and 8 %, and shaking there changes nothing once the deeper one was reached.
FALLS = (0.0, 0.012, 0.024, 0.032, 0.0375, 0.045, 0.053, 0.060, 0.072, 0.085)
SHAKEN = ((0.0375, 0.045), (0.045, 0.053), (0.060, 0.072), (0.072, 0.085))
RISE = 1.005  # from one peak to the next


@dataclass(frozen=True)
class Level:
    """A price that somebody wants to be told of, each time or once."""

    price: float
    rises: bool
    once: bool = False

    def at(self, share: float) -> float:
        """Return the price that lies this share of the level beyond it."""
        return round(self.price * (1 + share if self.rises else 1 - share), 2)


def around(chance: Random, start: float, levels: Sequence[Level], minutes: int) -> list[float]:
    """Return a path that comes to a level, swings around it, rests, and goes to another."""
    path = [start] * 60
    while len(path) < minutes:
        level = chance.choice(levels)
        path += [level.at(BACK)] * chance.randint(30, 300)
        path += [level.at(BEYOND)] * chance.randint(1, 3)
        path += _shaken(chance, [level.at(share) for share in (BEYOND, INSIDE, BACK)], 5)
        path += _shaken(chance, [level.at(share) for share in (BEYOND, INSIDE)], 25)
        path += [level.at(chance.choice((BEYOND, INSIDE)))] * chance.randint(30, 400)
    return path[:minutes]


def falling(chance: Random, start: float, peak: float, minutes: int) -> list[float]:
    """Return a path of equity that falls from its peak, recovers, and rises to new ones."""
    path, place = [start] * 60, 0
    while len(path) < minutes:
        pair = chance.choice(SHAKEN)
        if chance.random() < 0.25:
            path += [peak * (1 - pair[1])] * chance.randint(15, 120)
            path += _shaken(chance, [peak * (1 - fall) for fall in pair], 30)
            place = FALLS.index(chance.choice(pair))
        else:
            place = min(max(place + chance.choice((-3, -2, -1, 1, 1, 2)), 0), len(FALLS) - 1)
        if place == 0 and chance.random() < 0.2:
            peak *= RISE
        path += [peak * (1 - FALLS[place])] * chance.randint(15, 360)
    return path[:minutes]


def rings(path: Sequence[float], level: Level) -> Iterator[int]:
    """Yield the minutes at which a level is told: beyond it, after a cooldown and a way back."""
    ready, rang = True, 0
    for minute, price in enumerate(path):
        over = (price - level.price) * (1 if level.rises else -1)
        if ready and over >= 0:
            yield minute
            if level.once:
                return
            ready, rang = False, minute
        elif not ready and minute - rang >= COOLDOWN and over <= -MARGIN * level.price:
            ready = True


def tiers(path: Sequence[float], peak: float, limit: float) -> Iterator[tuple[int, str]]:
    """Yield when a drawdown comes to 0.8 of its limit, to the limit, and back below 0.7 of it."""
    tier = "ok"
    for minute, equity in enumerate(path):
        peak = max(peak, equity)
        fall = 1 - equity / peak
        before = tier
        if fall >= limit:
            tier = "limit"
        elif tier == "ok" and fall >= 0.8 * limit:
            tier = "warning"
        elif tier != "ok" and fall < 0.7 * limit:
            tier = "ok"
        if tier != before:
            yield minute, tier


def _shaken(chance: Random, prices: Sequence[float], minutes: int) -> list[float]:
    """Swing between prices, a minute or a few at each, for at most so long."""
    path: list[float] = []
    for _ in range(chance.randint(2, 10)):
        path += [chance.choice(prices)] * chance.randint(1, 4)
    return path[:minutes]
