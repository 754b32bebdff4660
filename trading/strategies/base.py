"""What a strategy is: frozen parameters and a signal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from trading.candles import Candles, FloatArray


@dataclass(frozen=True)
class Search:
    """The values of a parameter that are worth trying: `least` to `most`, ends included.

    Written beside the wider range of what is allowed:
    `fast: Annotated[int, Search(5, 60)] = Field(10, ge=2, le=400)`. `log`: ratios count, not
    differences.
    """

    least: float
    most: float
    log: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the range."""
        return self.least <= value <= self.most


class Parameters(BaseModel, ABC):
    """What all strategies have: a name, frozen parameters with their allowed ranges, a warm-up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    exits: ClassVar[bool] = True
    """False where a stop or target would be in the way: it would end a signal that never turns, or
    leave one leg of a pair alone."""
    caution: ClassVar[str] = ""
    """What must be said beside each of its results."""

    @property
    @abstractmethod
    def warm_up(self) -> int:
        """Candles at the start for which the signal is always 0."""

    @classmethod
    def searched(cls) -> Mapping[str, Search]:
        """Return the parameters that are worth searching, with their ranges."""
        return {
            name: mark
            for name, field in cls.model_fields.items()
            for mark in field.metadata
            if isinstance(mark, Search)
        }

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value}" for key, value in self)
        return f"{self.title} ({values})" if values else self.title


class Strategy(Parameters):
    """The target exposure that follows from the candles of one symbol.

    A subclass in its own file of this package is found by itself (trading.strategies.catalogue)
    and held to the conformance tests (trading.causality): the signal at a candle depends on that
    candle and those before it only, lies in [-1, 1], holds no nan and is zero during the warm-up.
    """

    @abstractmethod
    def signal(self, candles: Candles) -> FloatArray:
        """Return the target exposure decided at each candle's close, in [-1, 1].

        A strategy says what it sees; whether shorts are allowed is the rules' business. What
        several sets of parameters need alike can be shared by `candles.once`.
        """


class PairStrategy(Parameters):
    """The target exposures that follow from the candles of two symbols."""

    @abstractmethod
    def signals(self, first: Candles, second: Candles) -> tuple[FloatArray, FloatArray]:
        """Return the target exposures of both symbols, decided at each close.

        Both have the same times. |first| + |second| is at most 1; otherwise as `Strategy.signal`.
        """
