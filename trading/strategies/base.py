"""What a strategy is: frozen parameters and a signal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from trading.candles import Candles, FloatArray


class Strategy(BaseModel, ABC):
    """Parameters with their allowed ranges, and the target exposure that follows from candles.

    A subclass in its own file of this package is found by itself (trading.strategies.catalogue)
    and held to the conformance tests: the signal at a candle depends on that candle and those
    before it only, lies in [-1, 1], holds no nan and is zero during the warm-up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    exits: ClassVar[bool] = True
    """False when a stop or target would end it for good, because its signal never turns."""

    @property
    @abstractmethod
    def warm_up(self) -> int:
        """Candles at the start for which the signal is always 0."""

    @abstractmethod
    def signal(self, candles: Candles) -> FloatArray:
        """Return the target exposure decided at each candle's close, in [-1, 1].

        A strategy says what it sees; whether shorts are allowed is the rules' business.
        """

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value}" for key, value in self)
        return f"{self.title} ({values})" if values else self.title
