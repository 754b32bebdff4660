"""What a search may vary: the marked parameters of a strategy, within their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from trading.strategies.base import Search, Strategy
from trading.strategies.catalogue import build

Values = Mapping[str, float | int]


@dataclass(frozen=True, eq=False)
class Space:
    """What is searched: a strategy whose marked parameters vary, the others staying as they are."""

    base: Strategy

    @property
    def ranges(self) -> Mapping[str, Search]:
        return type(self.base).searched()

    def whole(self, name: str) -> bool:
        """Tell whether a parameter takes whole numbers only."""
        return type(self.base).model_fields[name].annotation is int

    def strategy(self, values: Values) -> Strategy:
        """Build the strategy; BadArgument when the values do not go together."""
        return build(type(self.base), {**dict(self.base), **values})

    def values(self, strategy: Strategy) -> dict[str, float | int]:
        return {name: getattr(strategy, name) for name in self.ranges}

    @cached_property
    def start(self) -> dict[str, float | int] | None:
        """The present values, to be tried first; None when the search does not reach them."""
        values = self.values(self.base)
        for name, mark in self.ranges.items():
            # A default of another kind, such as None for "not used", is nothing to begin with.
            if not isinstance(values[name], int | float) or not mark.holds(values[name]):
                return None
        return values
