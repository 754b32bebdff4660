"""Facts: figures with their origin. Whatever figure a person sees is one of these."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

Value = float | int | Decimal | str


@dataclass(frozen=True)
class Fact:
    """One figure (or reading in words) that a tool computed.

    `unit` is "" for a plain number, "fraction" for 0.01 = 1 %, "points" for a difference of two
    fractions (0.01 is one percentage point), "items", "candles", "loss" for a mean squared error,
    or a currency such as "USDT". `tool` is the tool's name, `source` where its data came from.
    """

    id: str
    label: str
    value: Value
    unit: str
    symbol: str
    timeframe: str
    as_of: datetime
    tool: str
    source: str


@dataclass
class FactBook:
    """Gives out ids that are unique within one question and finds facts again by id."""

    facts: dict[str, Fact] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(
        self,
        tool: str,
        label: str,
        value: Value,
        unit: str = "",
        *,
        symbol: str = "",
        timeframe: str = "",
        as_of: datetime,
        source: str,
    ) -> Fact:
        fact = Fact(
            f"f{next(self._numbers)}", label, value, unit, symbol, timeframe, as_of, tool, source
        )
        self.facts[fact.id] = fact
        return fact
