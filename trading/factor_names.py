"""The factors that symbols are ranked by: what they are called, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

FactorName = Literal[
    "score",
    "momentum",
    "momentum_1d",
    "momentum_7d",
    "scaled",
    "volatility",
    "value",
    "liquidity",
    "illiquidity",
    "size",
    "beta",
    "correlation",
]
NAMES: tuple[FactorName, ...] = get_args(FactorName)
# The places of a list, 0 to 100, weighed. Value is not in it: over the same window it says
# nearly the opposite of momentum.
WEIGHTS: Mapping[FactorName, float] = MappingProxyType(
    {"scaled": 0.5, "volatility": 0.25, "liquidity": 0.25}
)


@dataclass(frozen=True)
class Kind:
    """One factor: `label` for its fact, `head` (six letters at most) for a column, `said` plainly.

    `unit` as of a fact; "quote": the quote currency. `highest`: the highest value comes first;
    `first` says in words what comes first.
    """

    label: str
    head: str
    unit: str
    said: str
    first: str
    highest: bool = True


KINDS: Mapping[FactorName, Kind] = MappingProxyType(
    {
        "score": Kind(
            "Score",
            "Score",
            "",
            "mean place in this list, 0 to 100: momentum for its volatility counts 50 %, low "
            "volatility 25 %, liquidity 25 %",
            "highest first",
        ),
        "momentum": Kind(
            "Return 30 days", "30 d", "fraction", "price change in 30 days", "strongest first"
        ),
        "momentum_1d": Kind(
            "Return 1 day", "1 d", "fraction", "price change in a day", "strongest first"
        ),
        "momentum_7d": Kind(
            "Return 7 days", "7 d", "fraction", "price change in 7 days", "strongest first"
        ),
        "scaled": Kind(
            "Return 30 days in deviations",
            "30 d σ",
            "",
            "change in 30 days, in standard deviations of what its volatility makes usual",
            "strongest first",
        ),
        "volatility": Kind(
            "Volatility a year",
            "Vol",
            "fraction",
            "standard deviation of its returns, a year",
            "wildest first",
        ),
        "value": Kind(
            "Price against trend",
            "Trend",
            "",
            "distance of the price from its long average, in deviations of its own; below −2 "
            "cheap, above 2 dear against its trend",
            "cheapest first",
            highest=False,
        ),
        "liquidity": Kind(
            "Median volume a day", "Volume", "quote", "traded on a median day", "most liquid first"
        ),
        "illiquidity": Kind(
            "Illiquidity, bp a million",
            "Illiq",
            "",
            "Amihud's measure: how far a day's price moved for each million traded, in basis "
            "points",
            "most liquid first",
            highest=False,
        ),
        "size": Kind(
            "Share of the list's volume",
            "Share",
            "fraction",
            "share of what this list traded in 30 days; the market capitalisation is not known "
            "here",
            "largest first",
        ),
        "beta": Kind(
            "Beta to BTC",
            "Beta",
            "",
            "how far it moves, in %, when BTC moves by 1 %",
            "highest first",
        ),
        "correlation": Kind(
            "Correlation to BTC",
            "Corr",
            "",
            "how closely it moves with BTC, −1 to 1",
            "closest first",
        ),
    }
)
