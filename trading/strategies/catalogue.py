"""Find the strategies: one file each in this package, and those that the operator adds."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType, ModuleType
from typing import TypeVar

from pydantic import ValidationError

from trading import strategies
from trading.argument_words import problems_in_words
from trading.errors import BadArgument
from trading.strategies.base import PairStrategy, Parameters, Strategy

Kind = TypeVar("Kind", bound=Parameters)
NEAR = 3


@dataclass(frozen=True)
class Catalogue:
    """The strategies that can be chosen, by name in alphabetical order.

    `skipped` says of names that can't be chosen why they were left out.
    """

    singles: Mapping[str, type[Strategy]]
    pairs: Mapping[str, type[PairStrategy]]
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted((*self.singles, *self.pairs)))

    def find(self, name: str) -> type[Parameters]:
        """Return a strategy's class; spaces, hyphens and capitals don't matter.

        Errors: BadArgument names the nearest, or, where none is near, all there are.
        """
        known = {**self.singles, **self.pairs}
        written = re.sub(r"[-\s]+", "_", name.strip().lower())
        if written not in known:
            if reason := self.skipped.get(written):
                raise BadArgument(f"'{written}' can't be used: {reason}")
            near = nearest(written, self.names)
            meant = f"Did you mean {' or '.join(near)}?" if near else ""
            told = meant or f"Use one of {', '.join(self.names)}."
            raise BadArgument(f"'{name[:40]}' is no strategy. {told}")
        return known[written]

    def make(self, name: str, parameters: Mapping[str, object] | None = None) -> Parameters:
        """Build a strategy by name; parameters that are left out keep their defaults.

        Errors: BadArgument for an unknown name or parameter, or a value out of range.
        """
        return build(self.find(name), parameters)

    def with_own(self, own: Iterable[type[Parameters]]) -> Catalogue:
        """Return a catalogue that has these too; TypeError for a name that is taken."""
        return catalogue_of([*self.singles.values(), *self.pairs.values(), *own])


def build(cls: type[Kind], parameters: Mapping[str, object] | None = None) -> Kind:
    """Make a strategy of a class; BadArgument says which parameter is wrong."""
    try:
        return cls.model_validate(dict(parameters or {}))
    except ValidationError as error:
        unknown = [one["loc"][0] for one in error.errors() if one["type"] == "extra_forbidden"]
        if unknown:
            told = f"{cls.title} has no parameter '{str(unknown[0])[:40]}'"
        else:
            told = f"{cls.title}: {'; '.join(problems_in_words(error, cls))}"
        raise BadArgument(told) from None


def nearest(written: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return up to three names that may be meant, such as `rsi_reversion` by `rsi`."""
    bare = written.replace("_", "")
    same = [name for name in names if name.replace("_", "") == bare]
    begun = [name for name in names if len(bare) > 1 and any(_begins(name, bare))]
    found = same or [*get_close_matches(written, names, NEAR), *begun]
    return tuple(dict.fromkeys(found))[:NEAR]


def _begins(name: str, bare: str) -> Iterator[bool]:
    """Tell of each part of a name whether the name begins with these letters from there on."""
    parts = name.split("_")
    return ("".join(parts[at:]).startswith(bare) for at in range(len(parts)))


def built_in() -> Catalogue:
    """Find the strategies of this package."""
    return catalogue_of(
        cls
        for info in pkgutil.iter_modules(strategies.__path__)
        for cls in defined_in(importlib.import_module(f"{strategies.__name__}.{info.name}"))
    )


def catalogue_of(classes: Iterable[type[Parameters]]) -> Catalogue:
    """Sort classes into a catalogue; TypeError when two have one name."""
    found: dict[str, type[Parameters]] = {}
    for cls in classes:
        if cls.name in found:
            raise TypeError(f"two strategies are named '{cls.name}': {found[cls.name]}, {cls}")
        found[cls.name] = cls
    ordered = dict(sorted(found.items()))
    return Catalogue(
        MappingProxyType({k: v for k, v in ordered.items() if issubclass(v, Strategy)}),
        MappingProxyType({k: v for k, v in ordered.items() if issubclass(v, PairStrategy)}),
    )


def defined_in(module: ModuleType) -> Iterator[type[Parameters]]:
    """Yield the strategies that a file itself defines."""
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(cls, Parameters)
            and not inspect.isabstract(cls)
            and cls.__module__ == module.__name__
        ):
            yield cls
