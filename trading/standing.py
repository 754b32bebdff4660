"""How good somebody's calls were, and how much of that may be luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist, fmean

import numpy as np

from trading.resampled import Estimate
from trading.scoring import COIN, COIN_BRIER, Said, Scored, blocks
from trading.symbols import base_of

LEAST = 30
RESAMPLES = 1_000
LEVELS = (0.025, 0.975)
Z = NormalDist().inv_cdf(LEVELS[1])


class Skill(StrEnum):
    """What may be said of a figure against what chance gives."""

    TOO_FEW = "too few"
    BETTER = "better"
    NO_BETTER = "no better"
    WORSE = "worse"


@dataclass(frozen=True)
class Standing:
    """Calls of one kind that were scored; returns are fractions, `flats` are calls too.

    `hits` of `directional` (long and short) calls; `independent` of these don't overlap, and
    `apart` of all calls. `chance`
    is the hit rate that the same longs and shorts have when dealt at random, one half at least.
    `climatology` is the Brier score of the best constant chance of a rise. `made` is the mean
    paper return of a directional call, `held` that of holding instead. None where there is
    nothing to count.
    """

    calls: int
    apart: int
    directional: int
    independent: int
    hits: int
    flats: int
    flat_hits: int
    chance: float
    climatology: float
    held: float
    hit: Estimate | None
    brier: Estimate | None
    made: Estimate | None

    @property
    def skill(self) -> Skill:
        """Compare the interval of the hit rate with chance."""
        return _against(self.hit, self.independent, COIN, self.chance)

    @property
    def brier_skill(self) -> Skill:
        """Compare the interval of the Brier score with a coin's 0.25."""
        return _against(self.brier, self.apart, COIN_BRIER, COIN_BRIER, more_is_better=False)

    @property
    def paper_skill(self) -> Skill:
        """Compare the interval of the mean paper return with nothing."""
        return _against(self.made, self.independent, 0.0, 0.0)


@dataclass(frozen=True)
class Bin:
    """Calls whose chance of a rise lies in [low, high): how often the price rose.

    `stated` is their mean chance.
    """

    low: float
    high: float
    count: int
    stated: float
    rose: Estimate


def standing(scored: Sequence[Scored], seed: int = 7) -> Standing:
    """Add up what was scored, in any order.

    The hit rate has a Wilson interval that counts one call per block (trading.scoring.blocks), the
    means have one of a bootstrap over blocks. Calls on different symbols count as independent,
    though their prices move together: in truth the intervals are somewhat wider.
    """
    ways = [one for one in scored if one.directional]
    flats = [one for one in scored if not one.directional]
    of_ways, of_all = (_blocks([one.said for one in group]) for group in (ways, scored))
    hits = sum(one.hit for one in ways)
    independent = len(set(of_ways))
    return Standing(
        calls=len(scored),
        apart=len(set(of_all)),
        directional=len(ways),
        independent=independent,
        hits=hits,
        flats=len(flats),
        flat_hits=sum(one.hit for one in flats),
        chance=dealt_at_random(ways),
        climatology=climatology(scored),
        held=fmean(one.market for one in ways) if ways else 0.0,
        hit=wilson(hits / len(ways), independent) if ways else None,
        brier=clustered([one.brier for one in scored], of_all, seed),
        made=clustered([one.made for one in ways], of_ways, seed),
    )


def dealt_at_random(ways: Sequence[Scored]) -> float:
    """Return the hit rate that luck gives: one half, or more where one side was mostly right.

    Were the same longs and shorts dealt to the same moments at random, they would hit at the rate
    l·u + s·d: shares of longs, rises, shorts and falls. Who always says long while prices rise
    has no skill in that. (Pesaran & Timmermann 1992, "A simple nonparametric test of predictive
    performance".)
    """
    if not ways:
        return COIN
    longs = fmean(one.said.stance == "long" for one in ways)
    rises = fmean(one.rose for one in ways)
    falls = fmean(one.market < 0.0 for one in ways)
    return max(COIN, longs * rises + (1.0 - longs) * falls)


def climatology(scored: Sequence[Scored]) -> float:
    """Return the Brier score of the share of rises itself, the best constant forecast."""
    rises = fmean(one.rose for one in scored) if scored else COIN
    return rises * (1.0 - rises)


def wilson(share: float, count: int) -> Estimate:
    """Return a share of `count` independent trials with its 95 % interval.

    (Wilson 1927, "Probable inference, the law of succession, and statistical inference".)
    """
    spread = Z * Z / count
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = Z / (1.0 + spread) * sqrt(share * (1.0 - share) / count + spread / (4.0 * count))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def clustered(values: Sequence[float], block_of: Sequence[int], seed: int) -> Estimate | None:
    """Return the mean with its 95 % interval, whole blocks drawn with replacement; None of none.

    Percentile method; the same seed gives the same interval. (Field & Welsh 2007, "Bootstrapping
    clustered data": the randomized cluster bootstrap.)
    """
    if not values:
        return None
    _, places = np.unique(np.asarray(block_of), return_inverse=True)
    sums = np.bincount(places, weights=np.asarray(values, np.float64))
    counts = np.bincount(places)
    shape = RESAMPLES, len(sums)
    drawn = np.random.default_rng(seed).integers(0, len(sums), shape, np.int32)
    even = counts.min() == counts.max()
    weights = counts[0] * len(sums) if even else counts[drawn].sum(axis=1)
    means = sums[drawn].sum(axis=1) / weights
    low, high = np.quantile(means, LEVELS)
    return Estimate(fmean(values), float(low), float(high))


def calibration(scored: Sequence[Scored], bins: int = 10) -> tuple[Bin, ...]:
    """Sort calls by their chance of a rise into bins of equal width; empty ones are left out.

    A reliability diagram's points. A chance of 1 belongs to the last bin.
    """
    found: dict[int, list[Scored]] = {}
    for one in scored:
        found.setdefault(min(int(one.said.up * bins + 1e-9), bins - 1), []).append(one)
    return tuple(
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            count=len(group),
            stated=fmean(one.said.up for one in group),
            rose=wilson(
                fmean(one.rose for one in group), len(set(_blocks([one.said for one in group])))
            ),
        )
        for at, group in sorted(found.items())
    )


def _against(
    seen: Estimate | None, count: int, low: float, high: float, *, more_is_better: bool = True
) -> Skill:
    if seen is None or count < LEAST:
        return Skill.TOO_FEW
    if seen.low > high:
        return Skill.BETTER if more_is_better else Skill.WORSE
    if seen.high < low:
        return Skill.WORSE if more_is_better else Skill.BETTER
    return Skill.NO_BETTER


def _blocks(said: Sequence[Said]) -> list[int]:
    """A coin is the same bet on each exchange and in each currency."""
    return blocks(said, {symbol: base_of(symbol) for symbol in {one.symbol for one in said}})
