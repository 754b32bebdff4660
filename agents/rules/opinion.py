"""What a lens of the rule-based analyst says, and what all lenses need for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from agents.answer import Stance
from agents.rules import phrases as say
from agents.rules.phrases import Phrase
from agents.rules.seen import Seen, SeenFact

LEAST_STOP, MOST_STOP = 0.005, 0.10
WAY: Mapping[str, Phrase] = MappingProxyType({"long": say.UP, "short": say.DOWN})


@dataclass(frozen=True)
class Exits:
    """Distances as fractions of the entry; None leaves them to the desk's defaults."""

    stop: Decimal | None
    target: Decimal | None
    size: Decimal


@dataclass(frozen=True)
class Opinion:
    """A stance with its reasons; figures stand as slots. `horizon` in candles."""

    stance: Stance
    headline: str
    reasons: tuple[str, ...]
    exits: Exits | None = None
    horizon: int | None = None


class Unreadable(Exception):
    """The facts that the lens needs are missing; `what` names them."""

    def __init__(self, what: Phrase) -> None:
        super().__init__(what.en)
        self.what = what


def has_edge(edge: SeenFact) -> bool:
    return edge.value.strip().lower() == "edge"


def exits(seen: Seen, stance: Stance, stop: float, target: float, size: str) -> Exits | None:
    """Put stop and target at multiples of ATR(14), within 0.5 % and 10 %; None for flat."""
    if stance == "flat":
        return None
    atr = seen.find("indicators", "ATR")
    if atr is None or atr.number is None or not 0 < atr.number < 1:
        return Exits(None, None, Decimal(size))
    return Exits(_distance(stop * atr.number), _distance(target * atr.number), Decimal(size))


def _distance(fraction: float) -> Decimal:
    return Decimal(str(round(min(max(fraction, LEAST_STOP), MOST_STOP), 4)))
