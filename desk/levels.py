"""An index of who waits for which value: a look that crosses nothing costs two comparisons."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Level = tuple[Decimal, str]  # value, owner
LAST = "\U0010ffff"  # sorts after every owner


@dataclass(frozen=True)
class Band:
    """The values between which nothing happens; None: no level on that side."""

    low: Decimal | None = None
    high: Decimal | None = None

    def meet(self, other: Band) -> Band:
        """Return the band inside both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Band(max(lows, default=None), min(highs, default=None))


@dataclass
class _Gauge:
    """The levels on one value, each list sorted, and all who wait for it."""

    low: list[Level] = field(default_factory=list)
    high: list[Level] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)


class Levels:
    """Bands by owner (an account's id) and gauge (a symbol's price, an indicator's value, …)."""

    def __init__(self) -> None:
        self._gauges: dict[str, _Gauge] = {}
        self._bands: dict[str, Mapping[str, Band]] = {}

    @property
    def gauges(self) -> frozenset[str]:
        """The values that somebody waits for."""
        return frozenset(self._gauges)

    def owners(self, gauge: str) -> frozenset[str]:
        """Return all who wait for a value, whatever their levels."""
        found = self._gauges.get(gauge)
        return frozenset(found.owners) if found else frozenset()

    def put(self, owner: str, bands: Mapping[str, Band]) -> None:
        """Replace the owner's bands; an empty mapping forgets the owner."""
        before = self._bands.get(owner, {})
        for gauge, band in before.items():
            if bands.get(gauge) != band:
                self._remove(owner, gauge, band)
        for gauge, band in bands.items():
            if before.get(gauge) != band:
                self._add(owner, gauge, band)
        if bands:
            self._bands[owner] = dict(bands)
        else:
            self._bands.pop(owner, None)

    def crossed(self, gauge: str, low: Decimal, high: Decimal) -> set[str]:
        """Return the owners whose band does not hold all of `low` to `high` inside it.

        A band's own ends are crossed when they are touched.
        """
        levels = self._gauges.get(gauge)
        found: set[str] = set()
        if levels is None:
            return found
        if levels.low and levels.low[-1][0] >= low:
            found.update(owner for _, owner in levels.low[bisect_left(levels.low, (low, "")) :])
        if levels.high and levels.high[0][0] <= high:
            end = bisect_right(levels.high, (high, LAST))
            found.update(owner for _, owner in levels.high[:end])
        return found

    def _add(self, owner: str, gauge: str, band: Band) -> None:
        levels = self._gauges.setdefault(gauge, _Gauge())
        levels.owners.add(owner)
        if band.low is not None:
            insort(levels.low, (band.low, owner))
        if band.high is not None:
            insort(levels.high, (band.high, owner))

    def _remove(self, owner: str, gauge: str, band: Band) -> None:
        levels = self._gauges[gauge]
        levels.owners.discard(owner)
        for side, value in ((levels.low, band.low), (levels.high, band.high)):
            if value is not None:
                del side[bisect_left(side, (value, owner))]
        if not levels.owners:
            del self._gauges[gauge]
